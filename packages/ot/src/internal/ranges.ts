import { ArgumentError } from "@x/tensor";
import type { Cost } from "../costs/cost";
import { type Matrix, total } from "./read";

/** Two clouds, or two factors of costs, and what their user calls them. */
interface Clouds {
  readonly x: Matrix;
  readonly y: Matrix;
  readonly names?: readonly [string, string];
}

/** The lowest and highest coordinates of both clouds. */
function box(x: Matrix, y: Matrix): { low: Float64Array; high: Float64Array } {
  const d = x.columns;
  const low = new Float64Array(d).fill(Infinity);
  const high = new Float64Array(d).fill(-Infinity);
  for (const { data } of [x, y])
    for (let i = 0; i < data.length; i++) {
      const k = i % d;
      low[k] = Math.min(low[k] as number, data[i] as number);
      high[k] = Math.max(high[k] as number, data[i] as number);
    }
  return { low, high };
}

/** What one coordinate adds at most to a number that must be finite. */
type Bound = (value: number, k: number) => number;

/** Squared distances and, of inner products, squares: solvers need the variance of costs as well. */
function boundOf(x: Matrix, y: Matrix, cost: Cost): Bound {
  if (cost === "cosine") return (v) => v * v;
  const { low, high } = box(x, y);
  const [bottom, top] = [(k: number) => low[k] as number, (k: number) => high[k] as number];
  if (cost === "dot") {
    // (Σ s_k)² ≤ d Σ s_k².
    return (v, k) => x.columns * (v * Math.max(-bottom(k), top(k))) ** 2;
  }
  // 4 |v − w|² bounds the terms of ‖x‖² + ‖y‖² − 2 x·y about any centre within the box.
  return (v, k) => 4 * Math.max(v - bottom(k), top(k) - v) ** 2;
}

/**
 * Checks that no cost between two clouds overflows, nor the square of a distance or inner product.
 *
 * A function of the user's is not known and not checked, unless it is `minkowski(p)`.
 *
 * @throws ArgumentError that names the point with the largest coordinate
 */
export function checkCostRange(
  operation: string,
  { x, y, names = ["X", "Y"] }: Clouds,
  cost: Cost,
): void {
  if (typeof cost === "function" && !("order" in cost)) return;
  const bound = boundOf(x, y, cost);
  if (!overflows(x, bound) && !overflows(y, bound)) return;
  const [from, to] = [farthest(x), farthest(y)];
  const [side, { row, index }] = to.size > from.size ? ([1, to] as const) : ([0, from] as const);
  const what = cost === "sqeuclidean" ? "costs" : "squares of the costs";
  const shown = `${row.slice(0, 3).join(", ")}${row.length > 3 ? ", …" : ""}`;
  throw new ArgumentError(
    `${operation}: expected points whose costs are finite numbers; ${what} of ${names[side]}[${index}] = [${shown}] overflow; divide all points by a common factor`,
    { argument: names[side], index },
  );
}

/** Whether the bound of some point is not finite. */
function overflows({ data, rows, columns }: Matrix, bound: Bound): boolean {
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += bound(data[i * columns + k] as number, k);
    if (!(sum < Infinity)) return true;
  }
  return false;
}

/** The point with the largest coordinate. */
function farthest({ data, columns }: Matrix): { size: number; index: number; row: Float64Array } {
  let at = 0;
  for (let i = 0; i < data.length; i++)
    if (Math.abs(data[i] as number) > Math.abs(data[at] as number)) at = i;
  const index = Math.floor(at / columns);
  const row = data.subarray(index * columns, (index + 1) * columns);
  return { size: Math.abs(data[at] as number), index, row };
}

/**
 * Checks that the plan a⊗b has a finite mass.
 *
 * @throws ArgumentError if the product of the sums overflows
 */
export function checkMassRange(operation: string, a: Float64Array, b: Float64Array): void {
  const [sumA, sumB] = [total(a), total(b)];
  // Neumaier's sum of what overflows is NaN.
  if (sumA * sumB < Infinity) return;
  throw new ArgumentError(
    `${operation}: expected weights whose sums have a finite product; got sums ${sumA} and ${sumB}; divide all weights by a common factor`,
    { sumA, sumB },
  );
}
