import { DegreeLists } from "./degree-lists";
import type { SparseGraph } from "./sparse-graph";

/** Nodes that were eliminated together: each is a neighbour of the others and of the same `degree` nodes that remain. */
export interface Elimination {
  readonly pivots: readonly number[];
  readonly degree: number;
}

/**
 * A graph in which nodes of (approximately) least degree are eliminated one after another, with no more memory than its
 * edges and one list per elimination.
 *
 * An eliminated node becomes an element: the list of its neighbours, which from then on are all joined. A node's list
 * holds the elements that it is in, then the neighbours that no element joins it to. Nodes with the same lists are merged
 * and eliminated together; `weight` counts the nodes that one stands for and is 0 if another stands for it or if it is
 * gone.
 */
export class QuotientGraph {
  readonly #lists: Int32Array;
  readonly #begin: Int32Array;
  /** Numbers of elements and of elements and neighbours in a node's list. */
  readonly #elements: Int32Array;
  readonly #length: Int32Array;
  readonly #weight: Int32Array;
  readonly #degrees: DegreeLists;
  /** Lists of elements, one after another. */
  #pool: Int32Array;
  #used = 0;
  readonly #elementBegin: Int32Array;
  readonly #elementEnd: Int32Array;
  /** Nodes in an element by weight; 0 if another element has them all. */
  readonly #size: Int32Array;
  /** Nodes of an element outside the newest one, by weight, if its stamp is the current one. */
  readonly #outside: Int32Array;
  readonly #outsideStamp: Int32Array;
  readonly #seen: Int32Array;
  readonly #tagged: Int32Array;
  #stamp = 0;
  #tag = 0;
  /** Bounds of what a node of the newest element is joined to outside it. */
  readonly #reach: Int32Array;
  readonly #hash: Int32Array;
  readonly #members: (number[] | undefined)[];
  #remaining = 0;

  /** @param removed - 1 for nodes that the graph is taken without */
  constructor({ starts, neighbours }: SparseGraph, removed: Uint8Array) {
    const nodes = removed.length;
    const integers = (): Int32Array => new Int32Array(nodes);
    this.#lists = new Int32Array(neighbours.length);
    [this.#begin, this.#elements, this.#length] = [integers(), integers(), integers()];
    [this.#weight, this.#size, this.#reach, this.#hash] = [
      integers(),
      integers(),
      integers(),
      integers(),
    ];
    [this.#elementBegin, this.#elementEnd] = [integers(), integers()];
    [this.#outside, this.#outsideStamp] = [integers(), integers()];
    [this.#seen, this.#tagged] = [integers(), integers()];
    this.#degrees = new DegreeLists(nodes);
    this.#pool = new Int32Array(neighbours.length + 16);
    this.#members = new Array(nodes);
    let at = 0;
    for (let v = 0; v < nodes; v++) {
      if (removed[v]) continue;
      this.#begin[v] = at;
      for (let e = starts[v] as number; e < (starts[v + 1] as number); e++) {
        const other = neighbours[e] as number;
        if (!removed[other]) this.#lists[at++] = other;
      }
      this.#length[v] = at - (this.#begin[v] as number);
      this.#weight[v] = 1;
      this.#remaining++;
      this.#degrees.add(v, this.#length[v] as number);
    }
  }

  /** Eliminates a node of least degree, and those that cost nothing once it is gone. */
  eliminate(): Elimination {
    const pivot = this.#degrees.take();
    const pivots = this.#membersOf(pivot).slice();
    const begin = this.#used;
    let size = this.#gather(pivot);
    this.#measure(begin);
    for (let k = begin; k < this.#used; k++) {
      const node = this.#pool[k] as number;
      if (this.#renew(node, pivot)) continue;
      for (const member of this.#membersOf(node)) pivots.push(member);
      size -= this.#weight[node] as number;
      this.#weight[node] = 0;
    }
    this.#remaining -= pivots.length;
    this.#merge(begin);
    this.#close(pivot, begin, size);
    return { pivots, degree: size };
  }

  #membersOf(node: number): number[] {
    this.#members[node] ??= [node];
    return this.#members[node];
  }

  /** Collects the neighbours of the pivot as a new element; returns their weight. */
  #gather(pivot: number): number {
    const stamp = ++this.#stamp;
    this.#weight[pivot] = 0;
    let size = 0;
    const add = (node: number): void => {
      const weight = this.#weight[node] as number;
      if (weight === 0 || this.#seen[node] === stamp) return;
      this.#seen[node] = stamp;
      this.#pool[this.#used++] = node;
      this.#degrees.remove(node);
      size += weight;
    };
    const first = this.#begin[pivot] as number;
    const middle = first + (this.#elements[pivot] as number);
    const last = first + (this.#length[pivot] as number);
    this.#reserve(last - middle);
    for (let k = first; k < middle; k++) {
      const element = this.#lists[k] as number;
      if (this.#size[element] === 0) continue;
      this.#size[element] = 0;
      const [from, to] = [
        this.#elementBegin[element] as number,
        this.#elementEnd[element] as number,
      ];
      this.#reserve(last - middle + to - from);
      for (let e = from; e < to; e++) add(this.#pool[e] as number);
    }
    for (let k = middle; k < last; k++) add(this.#lists[k] as number);
    return size;
  }

  #reserve(entries: number): void {
    if (this.#used + entries <= this.#pool.length) return;
    const larger = new Int32Array(2 * (this.#used + entries));
    larger.set(this.#pool);
    this.#pool = larger;
  }

  /** How much of every element that the newest one touches is outside it. */
  #measure(begin: number): void {
    const stamp = this.#stamp;
    for (let k = begin; k < this.#used; k++) {
      const node = this.#pool[k] as number;
      const first = this.#begin[node] as number;
      for (let e = first; e < first + (this.#elements[node] as number); e++) {
        const element = this.#lists[e] as number;
        if (this.#outsideStamp[element] !== stamp) {
          this.#outsideStamp[element] = stamp;
          this.#outside[element] = this.#size[element] as number;
        }
        this.#outside[element] =
          (this.#outside[element] as number) - (this.#weight[node] as number);
      }
    }
  }

  /**
   * Rewrites the list of a node of the newest element: without elements and neighbours that it covers, and with it.
   *
   * @returns whether the node has neighbours outside the element
   */
  #renew(node: number, pivot: number): boolean {
    const first = this.#begin[node] as number;
    const middle = first + (this.#elements[node] as number);
    const last = first + (this.#length[node] as number);
    let [at, reach, hash] = [first, 0, 0];
    for (let k = first; k < middle; k++) {
      const element = this.#lists[k] as number;
      if (this.#size[element] === 0) continue;
      const outside = this.#outside[element] as number;
      if (outside === 0) {
        this.#size[element] = 0;
        continue;
      }
      this.#lists[at++] = element;
      reach += outside;
      hash += element;
    }
    const elements = at;
    for (let k = middle; k < last; k++) {
      const other = this.#lists[k] as number;
      const weight = this.#weight[other] as number;
      if (weight === 0 || this.#seen[other] === this.#stamp) continue;
      this.#lists[at++] = other;
      reach += weight;
      hash += other;
    }
    // The pivot or one of its elements was in the list and is no more: there is room.
    if (at > elements) this.#lists[at] = this.#lists[elements] as number;
    this.#lists[elements] = pivot;
    this.#elements[node] = elements + 1 - first;
    this.#length[node] = at + 1 - first;
    this.#hash[node] = hash % this.#hash.length;
    this.#reach[node] = Math.min(reach, this.#degrees.degree(node));
    return reach > 0;
  }

  /** Lets one node of the newest element stand for all with the same list. */
  #merge(begin: number): void {
    const buckets = new Map<number, number[]>();
    for (let k = begin; k < this.#used; k++) {
      const node = this.#pool[k] as number;
      if (this.#weight[node] === 0) continue;
      const hash = this.#hash[node] as number;
      const bucket = buckets.get(hash);
      if (bucket === undefined) buckets.set(hash, [node]);
      else if (!bucket.some((other) => this.#absorb(other, node))) bucket.push(node);
    }
  }

  /** Merges two nodes if their lists are the same. */
  #absorb(into: number, node: number): boolean {
    const length = this.#length[into] as number;
    if (this.#length[node] !== length || this.#elements[node] !== this.#elements[into])
      return false;
    const tag = ++this.#tag;
    const [a, b] = [this.#begin[into] as number, this.#begin[node] as number];
    for (let k = 0; k < length; k++) this.#tagged[this.#lists[a + k] as number] = tag;
    for (let k = 0; k < length; k++)
      if (this.#tagged[this.#lists[b + k] as number] !== tag) return false;
    this.#weight[into] = (this.#weight[into] as number) + (this.#weight[node] as number);
    this.#weight[node] = 0;
    this.#reach[into] = Math.min(this.#reach[into] as number, this.#reach[node] as number);
    const members = this.#membersOf(into);
    for (const member of this.#membersOf(node)) members.push(member);
    return true;
  }

  /** Ends the newest element: what remains of it is put back among the degrees. */
  #close(pivot: number, begin: number, size: number): void {
    let at = begin;
    for (let k = begin; k < this.#used; k++) {
      const node = this.#pool[k] as number;
      const weight = this.#weight[node] as number;
      if (weight === 0) continue;
      this.#pool[at++] = node;
      const bound = (this.#reach[node] as number) + size - weight;
      this.#degrees.add(node, Math.min(this.#remaining - weight, bound));
    }
    this.#used = at;
    this.#size[pivot] = size;
    this.#elementBegin[pivot] = begin;
    this.#elementEnd[pivot] = at;
  }
}
