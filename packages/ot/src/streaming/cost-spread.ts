import type { Cost } from "../costs/cost";
import type { MinkowskiCost } from "../costs/minkowski";
import type { Matrix } from "../internal/read";
import { type PointProblem, withPairs } from "./problem";

/** An interval. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/** What the costs of a problem differ at most; for named ones, a bound from the boxes around both clouds. */
export function costSpread(problem: PointProblem): number {
  const { X, Y, cost } = problem;
  const order = orderOf(cost);
  if (order !== undefined) {
    const widths = coordinates(X, Y, (x, y) => Math.max(x.high, y.high) - Math.min(x.low, y.low));
    return cost === "sqeuclidean" ? norm(widths, 2) ** 2 : norm(widths, order);
  }
  if (cost === "cosine") return 2;
  if (cost === "dot") {
    const widths = coordinates(X, Y, (x, y) => {
      const corners = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high];
      return Math.max(...corners) - Math.min(...corners);
    });
    return norm(widths, 1);
  }
  // The unit of exponents is arbitrary here.
  return withPairs(problem, 1 / Math.LN2, (pairs) => {
    let [low, high] = [Infinity, -Infinity];
    pairs.eachCostBand((costs) => {
      for (const c of costs) {
        if (c === Infinity) continue;
        low = Math.min(low, c);
        high = Math.max(high, c);
      }
    });
    return Math.max(high - low, 0);
  });
}

/** The order of the norm that a cost is, or the square of. */
function orderOf(cost: Cost): number | undefined {
  if (typeof cost === "function") {
    const { order } = cost as Partial<MinkowskiCost>;
    return typeof order === "number" ? order : undefined;
  }
  return { sqeuclidean: 2, euclidean: 2, cityblock: 1, cosine: undefined, dot: undefined }[cost];
}

/** (Σ x^p)^{1/p}, for x ≥ 0. */
function norm(values: readonly number[], p: number): number {
  const top = Math.max(0, ...values);
  if (top === 0 || p === Infinity) return top;
  return top * values.reduce((sum, x) => sum + (x / top) ** p, 0) ** (1 / p);
}

/** A number from the ranges of both clouds in each coordinate. */
function coordinates(X: Matrix, Y: Matrix, value: (x: Range, y: Range) => number): number[] {
  const rangeOf = ({ data, columns }: Matrix, k: number): Range => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = k; i < data.length; i += columns) {
      low = Math.min(low, data[i] as number);
      high = Math.max(high, data[i] as number);
    }
    return { low, high };
  };
  return Array.from({ length: X.columns }, (_, k) => value(rangeOf(X, k), rangeOf(Y, k)));
}
