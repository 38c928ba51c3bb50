import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import { checkOptionNames } from "../internal/option-names";
import { elements, readVector, readWeights, tensorOf } from "../internal/read";
import type { Values } from "../values";
import { ascending, atomsOf } from "./atoms";

/** F⁻¹(q) = min { x : F(x) ≥ q } of one level, or of several. */
export interface QuantileFunction {
  (q: number): number;
  (q: Values): Tensor;
}

/**
 * Quantile function of a weighted set of numbers, the left-continuous inverse of F(x) = (mass up to x) / (mass).
 *
 * @param x - length n
 * @param options.weights - length n, ≥ 0; default uniform; they need not sum to 1
 * @param options.sorted - whether x is in ascending order already
 * @returns a function of levels q in [0, 1]: of a number, or of a tensor or array, elementwise in f64
 * @throws ShapeError, ArgumentError on x or weights as `wasserstein1d`, and by the function on levels outside of [0, 1]
 * @example
 * quantileFunction([3, 1, 2])(0.5) // 2
 */
export function quantileFunction(
  x: Values,
  options: { readonly weights?: Values | null; readonly sorted?: boolean } = {},
): QuantileFunction {
  checkOptionNames("quantileFunction", options, { weights: 1, sorted: 1 });
  const { weights, sorted = false } = options;
  const points = readVector("quantileFunction", "x", x);
  if (points.length === 0)
    throw new ShapeError("quantileFunction: expected at least one point; got none");
  const w =
    weights == null
      ? undefined
      : readWeights("quantileFunction", "weights", weights, points.length);
  const [order] = ascending("quantileFunction", points, 1, sorted) as [Int32Array];
  const atoms = atomsOf(points, w, order);
  const at = (q: number): number => {
    if (!(q >= 0 && q <= 1))
      throw new ArgumentError(`quantileFunction: expected levels in [0, 1]; got ${q}`, { q });
    return atoms.x[firstAtLeast(atoms.level, q)] as number;
  };
  function quantile(q: number): number;
  function quantile(q: Values): Tensor;
  function quantile(q: number | Values): number | Tensor {
    if (typeof q === "number") return at(q);
    const levels = tensorOf("quantileFunction", "q", q);
    return tensor(elements("quantileFunction", "q", levels).map(at), {
      shape: levels.shape,
      copy: false,
    });
  }
  return quantile;
}

/** Number of the first level that is not below q; the last level is 1. */
function firstAtLeast(level: Float64Array, q: number): number {
  let [low, high] = [0, level.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((level[middle] as number) >= q) high = middle;
    else low = middle + 1;
  }
  return low;
}
