import { type Matrix, total } from "../internal/read";
import { pick, support } from "../internal/support";

/** A weighted cloud, and the part of it that has mass. */
export interface Measure {
  readonly points: Matrix;
  readonly weights: Float64Array;
  /** Points of positive weight, their weights, and their places; the cloud itself if all have. */
  readonly massive: Matrix;
  readonly masses: Float64Array;
  readonly places: Int32Array | undefined;
}

/** Some rows of a matrix. */
function rowsAt({ data, rows, columns }: Matrix, places: Int32Array | undefined): Matrix {
  if (places === undefined) return { data, rows, columns };
  const out = new Float64Array(places.length * columns);
  for (const [k, i] of places.entries())
    out.set(data.subarray(i * columns, (i + 1) * columns), k * columns);
  return { data: out, rows: places.length, columns };
}

/** A cloud with its weights. */
export function measureOf(points: Matrix, weights: Float64Array): Measure {
  const places = support(weights);
  return {
    points,
    weights,
    massive: rowsAt(points, places),
    masses: pick(weights, places),
    places,
  };
}

/** Σ w x over positive weights. */
export const inner = (w: Float64Array, x: Float64Array): number =>
  total(w.map((wi, i) => (wi > 0 ? wi * (x[i] as number) : 0)));

/** Binary exponents (h_i/ε) / ln 2 + log₂ w_i, as sums over pairs take them. */
export const exponents = (h: Float64Array, weights: Float64Array, eps: number): Float64Array =>
  h.map((value, i) => value / (eps * Math.LN2) + Math.log2(weights[i] as number));
