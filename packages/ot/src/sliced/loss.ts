import {
  ArgumentError,
  isTensor,
  matmul,
  ShapeError,
  stopGradient,
  type Tensor,
  tensor,
  where,
} from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { asTensor, tensorOf } from "../internal/read";
import type { Values } from "../values";
import { checkPower } from "./clouds";
import { checkEstimator, type Estimator } from "./control";
import { controlledMean } from "./controlled-mean";
import { lineCosts } from "./line-costs";
import { drawDirections, readDirections, SLICE_NAMES, type SliceOptions } from "./options";

/** Options of {@link slicedWassersteinLoss}. */
export interface SlicedLossOptions extends SliceOptions {
  /** What is averaged over the directions; default `plain`. */
  readonly estimator?: Exclude<Estimator, "auto"> | undefined;
  /** Whether to return SW_p instead of SW_p^p; default false. Its derivative at 0 is 0. */
  readonly root?: boolean | undefined;
}

const NAMES: OptionNames<SlicedLossOptions> = {
  ...SLICE_NAMES,
  estimator: 1,
  root: 1,
};

const name = "slicedWassersteinLoss";

function checkPoints(X: Tensor, Y: Tensor): void {
  const fits =
    X.shape.length === 2 &&
    Y.shape.length === 2 &&
    X.shape[1] === Y.shape[1] &&
    X.size * Y.size > 0;
  if (fits) return;
  throw new ShapeError(
    `${name}: expected X [n, d] and Y [m, d]; got shapes [${X.shape.join(", ")}] and [${Y.shape.join(", ")}]`,
    { X: X.shape, Y: Y.shape },
  );
}

/** Weights of sum 1. */
function normalized(side: string, weights: Values, n: number): Tensor {
  const w = tensorOf(name, side, weights);
  if (w.shape.length !== 1 || w.shape[0] !== n) {
    throw new ShapeError(`${name}: expected ${side} of shape [${n}]; got [${w.shape.join(", ")}]`, {
      [side]: w.shape,
    });
  }
  return w.div(w.sum());
}

/** Directions as a tensor; those of independent or orthogonal samplers may depend on a traced key. */
function thetaOf(options: SliceOptions, d: number): Tensor {
  const { sampler = "mc", projections = 50, theta } = options;
  if (theta === undefined) return drawDirections(name, sampler, projections, d, options);
  if (isTensor(theta) && stopGradient(theta) !== theta) return asTensor(theta);
  const rows = readDirections(name, options, d);
  return tensor(rows, { shape: [rows.length / d, d], copy: false });
}

/**
 * Sliced Wasserstein distance as a loss: differentiable to any order with respect to points and weights, inside `jit`
 * and `vmap`, too.
 *
 * The same number as `slicedWasserstein(…).valueP` for weights of sum 1, made of operations of `@x/tensor`. For a first
 * gradient of large clouds that needs no composition, `slicedWasserstein` with `gradients` is several times faster and
 * needs no [L, n] arrays.
 *
 * @param X - points, [n, d], traced or not
 * @param Y - points, [m, d]
 * @param options.a - weights, [n]; divided by their sum, which derivatives respect
 * @param options.key - give a new one at each step of a training loop, or the directions stay the same
 * @param options.estimator - control variates need 3 directions (`joint` 8); their coefficients count as constants
 * @returns f64 scalar: SW_p^p, or SW_p with `root`
 * @throws ShapeError and ArgumentError for shapes, p < 1 or directions that do not fit
 * @see Bonneel, Rabin, Peyré & Pfister 2015; Nguyen & Ho 2024
 * @example
 * grad((X) => slicedWassersteinLoss(X, Y, { seed: step }))(X)
 */
export function slicedWassersteinLoss(
  X: Values,
  Y: Values,
  options: SlicedLossOptions = {},
): Tensor {
  checkOptionNames(name, options, NAMES);
  const { p = 2, estimator = "plain", a, b, root = false } = options;
  checkPower(name, p);
  checkEstimator(name, estimator, undefined, ["plain", "lcv", "ucv", "joint"]);
  const [x, y] = [tensorOf(name, "X", X), tensorOf(name, "Y", Y)];
  checkPoints(x, y);
  const [[n, d], [m]] = [x.shape as [number, number], y.shape as [number, number]];
  const theta = thetaOf(options, d);
  const least = estimator === "plain" ? 1 : estimator === "joint" ? 8 : 3;
  if ((theta.shape[0] as number) < least) {
    throw new ArgumentError(
      `${name}: expected at least ${least} directions for the estimator "${estimator}"; got ${theta.shape[0]}; use more`,
      { estimator, directions: theta.shape[0] as number },
    );
  }
  const uniform = (a === undefined || a === null) && (b === undefined || b === null);
  const side = (title: string, w: Values | null | undefined, count: number): Tensor =>
    normalized(title, w ?? new Float64Array(count).fill(1), count);
  const weights = uniform ? [] : [side("a", a, n), side("b", b, m)];
  const [px, py] = [matmul(theta, x.T), matmul(theta, y.T)];
  const costs = lineCosts(px, py, p, weights[0], weights[1]);
  const valueP =
    estimator === "plain"
      ? costs.mean()
      : controlledMean(costs, { x, y, px, py, a: weights[0], b: weights[1], estimator });
  if (!root) return valueP;
  const positive = valueP.greater(0);
  return where(positive, where(positive, valueP, 1).pow(1 / p), 0);
}
