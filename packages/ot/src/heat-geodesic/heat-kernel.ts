import { ArgumentError, eye, type Tensor, tensor } from "@x/tensor";
import { cholesky, choleskySolve, eigh } from "@x/tensor/linalg";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { readMatrix } from "../internal/read";
import type { Values } from "../values";
import { chebyshevKernel } from "./chebyshev";
import { isLaplacian, positiveKernel } from "./positive-kernel";

/**
 * How exp(−tL) is computed: `exact`, by sums and squares without cancellation (by eigenvalues if L is no Laplacian of a
 * graph); `chebyshev`, a series for sparse L, good to 10⁻¹⁵ of the largest entry; `euler`, implicit steps.
 */
export type HeatMethod = "exact" | "chebyshev" | "euler";

/** Options of {@link heatKernel}. */
export interface HeatKernelOptions {
  /** Default `exact` up to 2000 points, `chebyshev` beyond. */
  readonly method?: HeatMethod | undefined;
  /** Terms of the series; default as many as matter, at least 30. */
  readonly order?: number | undefined;
  /** Implicit Euler steps, default 10. */
  readonly steps?: number | undefined;
}

/** All names in {@link HeatKernelOptions}. */
export const KERNEL_NAMES: OptionNames<HeatKernelOptions> = {
  method: 1,
  order: 1,
  steps: 1,
};

/** Up to so many points the exact kernel is computed. */
const exactLimit = 2000;

/** A function that gives the kernel of one Laplacian at any time. */
export function heatKernels(
  L: Float64Array,
  n: number,
  options: HeatKernelOptions,
): (t: number) => Tensor {
  const { method = n <= exactLimit ? "exact" : "chebyshev", order, steps = 10 } = options;
  const matrix = tensor(L, { shape: [n, n], copy: false });
  if (method === "exact" && isLaplacian(L, n)) return (t) => positiveKernel(L, n, t);
  if (method === "exact") {
    const { values, vectors } = eigh(matrix);
    return (t) => vectors.mul(values.mul(-t).exp()).matmul(vectors.T).maximum(0);
  }
  if (method === "chebyshev") {
    return (t) =>
      tensor(chebyshevKernel(L, n, t, order), { shape: [n, n], copy: false }).maximum(0);
  }
  return (t) => {
    const identity = eye(n, { dtype: "f64" });
    const factor = cholesky(identity.add(matrix.mul(t / steps)));
    let kernel = identity;
    for (let k = 0; k < steps; k++) kernel = choleskySolve(factor, kernel);
    return kernel.maximum(0);
  };
}

/** @throws ArgumentError on another method */
export function checkMethod(operation: string, method: HeatMethod | undefined): void {
  checkChoice(operation, "method", method, ["exact", "chebyshev", "euler"]);
}

/** @throws ArgumentError unless t > 0 is finite */
export function checkTime(operation: string, t: number): void {
  if (t > 0 && t < Infinity) return;
  throw new ArgumentError(`${operation}: expected a time t > 0; got ${t}`, { t });
}

/**
 * The heat kernel exp(−tL) of a graph: how heat at one vertex has spread after a time t.
 *
 * Negative entries, which are rounding errors, become 0. Rows of combinatorial Laplacians sum to 1.
 *
 * @param L - Laplacian, symmetric, [n, n]
 * @param t - > 0
 * @param options.method - `exact` (O(n³)), `chebyshev` (O(order · non-zeros · n)) or `euler` (first order in t/steps)
 * @returns f64 [n, n]
 * @throws ShapeError and ArgumentError unless L is square and finite, t > 0 and counts are positive
 * @see Hammond, Vandergheynst & Gribonval 2011, "Wavelets on graphs via spectral graph theory"
 * @example
 * heatKernel([[1, -1], [-1, 1]], 0.5)
 */
export function heatKernel(L: Values, t: number, options: HeatKernelOptions = {}): Tensor {
  checkOptionNames("heatKernel", options, KERNEL_NAMES);
  const { data, rows, columns } = readMatrix("heatKernel", "L", L);
  if (rows !== columns)
    throw new ArgumentError(`heatKernel: expected a square L; got shape [${rows}, ${columns}]`);
  checkTime("heatKernel", t);
  checkMethod("heatKernel", options.method);
  for (const name of ["order", "steps"] as const) {
    const value = options[name];
    if (value === undefined || (Number.isInteger(value) && value > 0)) continue;
    throw new ArgumentError(`heatKernel: expected a positive integer ${name}; got ${value}`);
  }
  return heatKernels(data, rows, options)(t);
}
