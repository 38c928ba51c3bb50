import { type Matrix, total } from "./read";

/** Rows that together hold more than all columns they may send to can take: there is no plan. */
export interface Bottleneck {
  readonly rows: Int32Array;
  readonly mass: number;
  /** What their columns take. */
  readonly room: number;
}

/** Parts of the mass that count as nothing. */
const TINY = 1e-14;
/** Balanced weights agree to their rounding only. */
const ROUNDING = 1e-12;

/**
 * Looks for rows that keep forbidden pairs from admitting any plan, by a maximum flow over the allowed ones.
 *
 * @param costs - +∞ where a pair is forbidden
 * @param a - weights of the rows
 * @param b - weights of the columns, of the same sum
 * @returns undefined if there is a plan
 * @see Dinic 1970; the rows are one side of a minimum cut, which Hall 1935 asks to be no bottleneck
 */
export function findBottleneck(
  { data, rows: n, columns: m }: Matrix,
  a: Float64Array,
  b: Float64Array,
): Bottleneck | undefined {
  const tiny = TINY * total(a);
  const [left, room, flow] = [a.slice(), b.slice(), new Float64Array(n * m)];
  const has = (mass: number | undefined): boolean => (mass as number) > tiny;
  const open = (i: number, j: number): boolean => (data[i * m + j] as number) < Infinity;
  // Rows are nodes 0 … n − 1, columns the following ones.
  const level = new Int32Array(n + m);
  const next = new Int32Array(n + m);
  const queue = new Int32Array(n + m);

  const arc = (from: number, to: number): boolean =>
    from < n ? open(from, to) : has(flow[to * m + from - n]);

  /** Distances from what is left; tells whether some room can be reached. */
  const measure = (): boolean => {
    let [end, reached] = [0, false];
    level.fill(-1);
    for (let i = 0; i < n; i++)
      if (has(left[i])) {
        level[i] = 0;
        queue[end++] = i;
      }
    for (let k = 0; k < end; k++) {
      const from = queue[k] as number;
      const [first, count] = from < n ? [n, m] : [0, n];
      if (from >= n && has(room[from - n])) reached = true;
      for (let to = 0; to < count; to++)
        if (level[first + to] === -1 && arc(from, to)) {
          level[first + to] = (level[from] as number) + 1;
          queue[end++] = first + to;
        }
    }
    return reached;
  };

  /** Sends what it can along a path: row, column, row, …, column. */
  const send = (path: readonly number[]): void => {
    const [start, end] = [path[0] as number, (path.at(-1) as number) - n];
    let mass = Math.min(left[start] as number, room[end] as number);
    const at = (k: number): number =>
      k % 2 === 0
        ? (path[k] as number) * m + (path[k + 1] as number) - n
        : (path[k + 1] as number) * m + (path[k] as number) - n;
    for (let k = 1; k < path.length - 1; k += 2) mass = Math.min(mass, flow[at(k)] as number);
    left[start] = (left[start] as number) - mass;
    room[end] = (room[end] as number) - mass;
    for (let k = 0; k < path.length - 1; k++)
      flow[at(k)] = (flow[at(k)] as number) + (k % 2 === 0 ? mass : -mass);
  };

  /** Sends all that shortest paths from a row carry. */
  const drain = (row: number): void => {
    let path = [row];
    while (path.length > 0 && has(left[row])) {
      const from = path.at(-1) as number;
      if (from >= n && has(room[from - n])) {
        send(path);
        path = [row];
        continue;
      }
      const [first, count] = from < n ? [n, m] : [0, n];
      let to = next[from] as number;
      while (to < count && !(level[first + to] === (level[from] as number) + 1 && arc(from, to)))
        to++;
      next[from] = to;
      if (to < count) path.push(first + to);
      else {
        path.pop();
        const above = path.at(-1);
        if (above !== undefined) next[above] = (next[above] as number) + 1;
      }
    }
  };

  while (measure()) {
    next.fill(0);
    for (let i = 0; i < n; i++) drain(i);
  }
  const rows = Int32Array.from({ length: n }, (_, i) => i).filter(
    (i) => (level[i] as number) >= 0 && (a[i] as number) > 0,
  );
  const sum = (w: Float64Array, first: number): number =>
    total(w.filter((_, k) => (level[first + k] as number) >= 0));
  const [mass, taken] = [sum(a, 0), sum(b, n)];
  return mass - taken > ROUNDING * total(a) ? { rows, mass, room: taken } : undefined;
}

/**
 * What is to be said of a problem that did not converge: whether forbidden pairs leave it a plan at all.
 *
 * @returns undefined if no pair is forbidden
 */
export function feasibilityNote(
  costs: Matrix,
  a: Float64Array,
  b: Float64Array,
): string | undefined {
  if (!costs.data.includes(Infinity)) return undefined;
  const found = findBottleneck(costs, a, b);
  if (found === undefined) return "the allowed pairs admit a plan: more iterations may help";
  const { rows, mass, room } = found;
  const named = `${rows.subarray(0, 5).join(", ")}${rows.length > 5 ? ` and ${rows.length - 5} others` : ""}`;
  const excess = Number((mass - room).toPrecision(3));
  return `there is no plan: rows ${named} of C weigh ${excess} more than all columns that they may reach; allow more pairs, change the weights, or use sinkhornUnbalanced`;
}
