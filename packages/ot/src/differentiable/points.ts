import type { Tensor } from "@x/tensor";
import type { Cost } from "../costs/cost";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { tensorOf } from "../internal/read";
import type { Values } from "../values";
import { COST_NAMES, costOf, type EntropicCostOptions } from "./entropic";
import { pointCosts } from "./point-costs";
import { ENTROPIC_NAMES, type EntropicOptions, readProblem } from "./problem";
import { solveOptions } from "./solve";

interface Measures {
  /** Weights of X, shape [n]; default uniform. */
  readonly a?: Values | null | undefined;
  /** Weights of Y, shape [m], of the same sum; default uniform. */
  readonly b?: Values | null | undefined;
  /** Default `sqeuclidean`, ‖x−y‖² without a factor ½. */
  readonly cost?: Cost | undefined;
}

/** What {@link sinkhornLoss} takes. */
export interface SinkhornLossOptions extends EntropicCostOptions, Measures {}

const LOSS_NAMES: OptionNames<SinkhornLossOptions> = { a: 1, b: 1, cost: 1, ...COST_NAMES };

/** What {@link sinkhornDivergenceLoss} takes. */
export interface SinkhornDivergenceLossOptions extends EntropicOptions, Measures {}

const DIVERGENCE_NAMES: OptionNames<SinkhornDivergenceLossOptions> = {
  ...{ a: 1, b: 1, cost: 1 },
  ...ENTROPIC_NAMES,
};

/**
 * Entropic optimal transport between two clouds, as a differentiable scalar.
 *
 * {@link entropicCost} of `costMatrix`: differentiable in points, weights and ε.
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @returns a scalar, f64
 * @throws ShapeError, ArgumentError as `costMatrix` and {@link entropicCost}
 * @example
 * sinkhornLoss([[0], [1]], [[0], [1]], { eps: 1 }) // 0.3799
 */
export function sinkhornLoss(X: Values, Y: Values, options: SinkhornLossOptions = {}): Tensor {
  checkOptionNames("sinkhornLoss", options, LOSS_NAMES);
  const { a = null, b = null, cost, of = "value" } = options;
  const problem = readProblem(
    "sinkhornLoss",
    a,
    b,
    pointCosts(tensorOf("sinkhornLoss", "X", X), tensorOf("sinkhornLoss", "Y", Y), cost),
    options.eps,
  );
  return costOf("sinkhornLoss", problem, of, solveOptions(options));
}

/**
 * The Sinkhorn divergence between two clouds, as a differentiable scalar.
 *
 * OT(α,β) − ½ OT(α,α) − ½ OT(β,β) with OT the `value` of {@link entropicCost}, of one ε: never negative beyond the
 * solver's error, and zero only for equal measures. A gradient step moves one cloud onto the other without the
 * shrinking of {@link sinkhornLoss}. For numbers rather than training, `sinkhornDivergence` is faster and more
 * accurate between nearly equal clouds.
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @returns a scalar, f64
 * @throws ShapeError, ArgumentError as {@link sinkhornLoss}
 * @example
 * sinkhornDivergenceLoss([[0, 0]], [[3, 4]], { eps: 1 }) // 25
 * @see Genevay, Peyré & Cuturi 2018; Feydy et al. 2019
 */
export function sinkhornDivergenceLoss(
  X: Values,
  Y: Values,
  options: SinkhornDivergenceLossOptions = {},
): Tensor {
  const operation = "sinkhornDivergenceLoss";
  checkOptionNames(operation, options, DIVERGENCE_NAMES);
  const [x, y] = [tensorOf(operation, "X", X), tensorOf(operation, "Y", Y)];
  const { a = null, b = null, cost } = options;
  const cross = readProblem(operation, a, b, pointCosts(x, y, cost), options.eps);
  const solver = solveOptions(options);
  const itself = (weights: Tensor, points: Tensor): Tensor =>
    costOf(
      operation,
      { a: weights, b: weights, C: pointCosts(points, points, cost), eps: cross.eps },
      "value",
      { ...solver, symmetric: true },
    );
  return costOf(operation, cross, "value", solver)
    .sub(itself(cross.a, x).div(2))
    .sub(itself(cross.b, y).div(2));
}
