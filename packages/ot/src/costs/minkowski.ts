import { ArgumentError, abs, expandDims, max, type Tensor, where } from "@x/tensor";
import type { CostFunction } from "./cost";
import { sumOverDifferences } from "./differences";
import { namedCosts, rootOrZero } from "./named-costs";

/** A Minkowski distance, which says its order, so that solvers on points can use a kernel for it. */
export interface MinkowskiCost extends CostFunction {
  /** The p of the norm. */
  readonly order: number;
}

/** |z|^p with derivative 0 at 0, where that of |z|^{p−1} z may not exist. */
function power(z: Tensor, p: number): Tensor {
  const apart = z.notEqual(0);
  return where(apart, abs(where(apart, z, 1)).pow(p), 0);
}

function distances(x: Tensor, y: Tensor, p: number): Tensor {
  if (p === Infinity) return max(abs(expandDims(x, 1).sub(expandDims(y, 0))), -1);
  return rootOrZero(
    sumOverDifferences(x, y, (z) => power(z, p)),
    p,
  );
}

/**
 * The cost (Σ_k |x_k − y_k|^p)^{1/p}.
 *
 * Gradients are 0 at coinciding points.
 *
 * @param p - the order, 1 ≤ p ≤ ∞; 1 is `cityblock`, 2 is `euclidean`
 * @returns a cost to give to any function that takes one
 * @throws ArgumentError unless p ≥ 1
 * @example
 * costMatrix([[0, 0]], [[3, 4]], minkowski(3)) // [[4.497941445275415]]
 */
export function minkowski(p: number): MinkowskiCost {
  if (!(p >= 1)) {
    throw new ArgumentError(
      `minkowski: expected an order p ≥ 1; got ${p}; below 1 it is no distance`,
      { p },
    );
  }
  const cost: CostFunction =
    p === 1 ? namedCosts.cityblock : p === 2 ? namedCosts.euclidean : (x, y) => distances(x, y, p);
  return Object.assign((x: Tensor, y: Tensor) => cost(x, y), { order: p });
}
