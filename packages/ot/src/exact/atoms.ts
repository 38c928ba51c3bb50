import { ArgumentError, argsort, tensor } from "@x/tensor";
import { total } from "../internal/read";

/** A measure on the line: its points in ascending order, those without weight left out. */
export interface Atoms {
  readonly x: Float64Array;
  /** Part of the mass in the first k + 1 points; the last is 1. */
  readonly level: Float64Array;
  /** Where the points stood before they were sorted. */
  readonly index: Int32Array;
  /** How many points there were with those. */
  readonly points: number;
  /** The whole mass. */
  readonly mass: number;
}

/**
 * The atoms of a measure.
 *
 * @param weights - undefined = uniform, of the given mass
 * @param order - numbers of the points in ascending order
 */
export function atomsOf(
  points: Float64Array,
  weights: Float64Array | undefined,
  order: Int32Array,
  mass = 1,
): Atoms {
  if (weights === undefined) {
    const n = points.length;
    const level = Float64Array.from(order, (_, k) => (k + 1) / n);
    const x = Float64Array.from(order, (i) => points[i] as number);
    return { x, level, index: order, points: n, mass };
  }
  const index = order.filter((i) => (weights[i] as number) > 0);
  return {
    x: Float64Array.from(index, (i) => points[i] as number),
    level: levels(Float64Array.from(index, (i) => weights[i] as number)),
    index,
    points: points.length,
    mass: total(weights),
  };
}

/** Sums of the first elements as parts of the whole sum, each with an error of a few roundings however many they are. */
function levels(weights: Float64Array): Float64Array {
  const out = new Float64Array(weights.length);
  const whole = total(weights);
  let sum = 0;
  let lost = 0;
  weights.forEach((w, k) => {
    const next = sum + w;
    lost += sum >= w ? sum - next + w : w - next + sum;
    sum = next;
    out[k] = Math.min(1, (sum + lost) / whole);
  });
  out[out.length - 1] = 1;
  return out;
}

/** Numbers of points in ascending order; for several rows of points, of each row. */
export function ascending(
  operation: string,
  points: Float64Array,
  rows: number,
  sorted: boolean,
): Int32Array[] {
  const n = points.length / rows;
  const parts = Array.from({ length: rows }, (_, r) => points.subarray(r * n, (r + 1) * n));
  if (sorted) return parts.map((part) => checkSorted(operation, part));
  const order = argsort(tensor(points, { shape: [rows, n] })).dataSync() as Int32Array;
  return parts.map((_, r) => order.slice(r * n, (r + 1) * n));
}

function checkSorted(operation: string, points: Float64Array): Int32Array {
  const at = points.findIndex((x, i) => i > 0 && x < (points[i - 1] as number));
  if (at >= 0) {
    throw new ArgumentError(
      `${operation}: expected points in ascending order; got ${points[at - 1]} before ${points[at]}; leave sorted out`,
      { index: at },
    );
  }
  return Int32Array.from(points.keys());
}

/** Levels that differ by less are taken for equal: they are sums that rounding separated. */
const SAME = 1e-15;

/**
 * Walks through the monotone coupling of two measures: `visit` gets positions in both and the part of the mass there.
 */
export function couple(
  u: Atoms,
  v: Atoms,
  visit: (i: number, j: number, part: number) => void,
): void {
  let i = 0;
  let j = 0;
  let q = 0;
  while (i < u.x.length && j < v.x.length) {
    const [left, right] = [u.level[i] as number, v.level[j] as number];
    const same = Math.abs(left - right) <= SAME;
    const next = same ? Math.max(left, right) : Math.min(left, right);
    if (next > q) visit(i, j, next - q);
    if (same || left < right) i++;
    if (same || right < left) j++;
    q = Math.max(q, next);
  }
}
