import { ArgumentError, ShapeError, type Tensor } from "@x/tensor";
import { checkOptionNames } from "../internal/option-names";
import { tensorOf } from "../internal/read";
import { kernelCosts } from "../streaming/kernel-costs";
import type { Values } from "../values";
import type { Cost, CostFunction } from "./cost";
import { namedCosts } from "./named-costs";

/** Options of {@link costMatrix}. */
export interface CostMatrixOptions {
  /** Element type of the computation and its result; default f64. */
  readonly dtype?: "f32" | "f64" | undefined;
}

/**
 * A cost as a function of tensors.
 *
 * @param operation - the function that was given the cost, for the error
 * @throws ArgumentError unless it is a function or a known name
 */
export function costFunction(operation: string, cost: Cost): CostFunction {
  if (typeof cost === "function") return cost;
  if (Object.hasOwn(namedCosts, cost)) return namedCosts[cost];
  throw new ArgumentError(
    `${operation}: expected cost ${Object.keys(namedCosts).join(", ")} or a function; got ${cost}; minkowski(p) makes costs of other orders`,
    { cost },
  );
}

/**
 * The cost between every point of one cloud and every point of another.
 *
 * Differentiable in both, and usable inside `grad`, `jit` and `vmap`. Squared Euclid is computed from differences of
 * coordinates where d is small, else from ‖x‖² + ‖y‖² − 2x·y about the common mean, never below 0. The gradient of the
 * Euclidean distance is 0 at coinciding points; the cosine cost of a zero vector is 1.
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @param cost - a name, {@link minkowski}, or a function of two tensors; default `sqeuclidean`, without a factor ½
 * @returns shape [n, m]
 * @throws ShapeError unless both have two axes and the same d, or if a cost function returns another shape
 * @throws ArgumentError on an unknown name
 * @example
 * costMatrix([[0, 0], [3, 4]], [[0, 0]], "euclidean") // [[0], [5]]
 */
export function costMatrix(
  X: Values,
  Y: Values,
  cost: Cost = "sqeuclidean",
  options: CostMatrixOptions = {},
): Tensor {
  checkOptionNames("costMatrix", options, { dtype: 1 });
  const { dtype = "f64" } = options;
  const between = costFunction("costMatrix", cost);
  const [x, y] = [tensorOf("costMatrix", "X", X, dtype), tensorOf("costMatrix", "Y", Y, dtype)];
  if (x.shape.length !== 2 || y.shape.length !== 2 || x.shape[1] !== y.shape[1]) {
    throw new ShapeError(
      `costMatrix: expected X with shape [n, d] and Y with shape [m, d]; got [${x.shape.join(", ")}] and [${y.shape.join(", ")}]`,
      { X: x.shape, Y: y.shape },
    );
  }
  const fast = kernelCosts(x, y, cost);
  if (fast !== undefined) return fast;
  const C = between(x, y);
  const [n, m] = [x.shape[0] as number, y.shape[0] as number];
  if (C.shape.length !== 2 || C.shape[0] !== n || C.shape[1] !== m) {
    throw new ShapeError(
      `costMatrix: expected a cost function that returns shape [${n}, ${m}]; got [${C.shape.join(", ")}]`,
      { shape: C.shape },
    );
  }
  return C;
}
