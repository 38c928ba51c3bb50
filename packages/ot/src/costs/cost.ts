import type { Tensor } from "@x/tensor";

/**
 * Costs by name, for points x and y of dimension d: ‖x−y‖² (without a factor ½), ‖x−y‖, Σ|x−y|, 1 − x·y/(‖x‖‖y‖), −x·y.
 */
export type CostName = "sqeuclidean" | "euclidean" | "cityblock" | "cosine" | "dot";

/** A cost between the rows of two matrices, [n, d] and [m, d] to [n, m], in differentiable operations of `@x/tensor`. */
export type CostFunction = (x: Tensor, y: Tensor) => Tensor;

/** A cost between points. */
export type Cost = CostName | CostFunction;
