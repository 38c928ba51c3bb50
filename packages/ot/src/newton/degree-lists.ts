/** Nodes in lists by their degree, for taking one of least degree in nearly constant time. */
export class DegreeLists {
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #degrees: Int32Array;
  #least = 0;

  constructor(nodes: number) {
    this.#heads = new Int32Array(nodes + 1).fill(-1);
    this.#next = new Int32Array(nodes);
    this.#previous = new Int32Array(nodes);
    this.#degrees = new Int32Array(nodes);
  }

  /** The degree with which a node was added last. */
  degree(node: number): number {
    return this.#degrees[node] as number;
  }

  add(node: number, degree: number): void {
    const head = this.#heads[degree] as number;
    this.#degrees[node] = degree;
    this.#next[node] = head;
    this.#previous[node] = -1;
    if (head >= 0) this.#previous[head] = node;
    this.#heads[degree] = node;
    if (degree < this.#least) this.#least = degree;
  }

  remove(node: number): void {
    const [next, previous] = [this.#next[node] as number, this.#previous[node] as number];
    if (next >= 0) this.#previous[next] = previous;
    if (previous >= 0) this.#next[previous] = next;
    else this.#heads[this.#degrees[node] as number] = next;
  }

  /** Takes out a node of least degree; there has to be one. */
  take(): number {
    while ((this.#heads[this.#least] as number) < 0) this.#least++;
    const node = this.#heads[this.#least] as number;
    this.remove(node);
    return node;
  }
}
