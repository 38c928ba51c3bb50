import { ArgumentError, ShapeError } from "@x/tensor";
import type { Cost } from "../costs/cost";
import { costFunction, costMatrix } from "../costs/cost-matrix";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { checkCostRange } from "../internal/ranges";
import { type Matrix, readMasses, readMatrix } from "../internal/read";
import type { Values } from "../values";
import { type CostSource, matrixCosts, pointCosts } from "./cost-source";
import { EMD_NAMES, type EmdOptions, type EmdResult } from "./solve";
import { solveExact } from "./solve-exact";

/** Options of {@link emdSample}. */
export interface EmdSampleOptions extends EmdOptions {
  /** Weights of X, length n; default uniform. */
  readonly a?: Values | null | undefined;
  /** Weights of Y, length m, with the same sum; default uniform. */
  readonly b?: Values | null | undefined;
  /** A name or a function; default `sqeuclidean`, without a factor ½. */
  readonly cost?: Cost | undefined;
  /**
   * Whether to compute costs from the coordinates whenever they are needed, in memory that grows like n + m instead of
   * n·m; for costs by name. Default: only if the matrix would take more than 512 MiB.
   */
  readonly lazy?: boolean | undefined;
}

/** All names in {@link EmdSampleOptions}. */
export const EMD_SAMPLE_NAMES: OptionNames<EmdSampleOptions> = {
  a: 1,
  b: 1,
  cost: 1,
  ...EMD_NAMES,
  lazy: 1,
};

/** Elements of the largest matrix that is made without being asked for. */
const LARGE = 2 ** 26;

/**
 * Exact optimal transport between two weighted clouds of points.
 *
 * As {@link emd}, with C_ij = c(x_i, y_j).
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @throws ShapeError unless both have two axes and the same d, or on lengths of weights that do not fit
 * @throws ArgumentError on values that are not finite, negative weights, sums that differ, an unknown cost, points
 *   whose costs overflow, or `lazy` with a cost function
 * @example
 * emdSample([[0, 0], [1, 0], [0, 1]], [[2, 1], [1, 2]]).cost // 3
 */
export function emdSample(X: Values, Y: Values, options: EmdSampleOptions = {}): EmdResult {
  checkOptionNames("emdSample", options, EMD_SAMPLE_NAMES);
  const [x, y] = [readMatrix("emdSample", "X", X), readMatrix("emdSample", "Y", Y)];
  if (x.columns !== y.columns) {
    throw new ShapeError(
      `emdSample: expected points of the same dimension; got X with shape [${x.rows}, ${x.columns}] and Y with shape [${y.rows}, ${y.columns}]`,
      { X: [x.rows, x.columns], Y: [y.rows, y.columns] },
    );
  }
  const { a, b } = readMasses("emdSample", options.a, options.b, x.rows, y.rows);
  return solveExact("emdSample", costsBetween(x, y, X, Y, options), a, b, options);
}

function costsBetween(
  x: Matrix,
  y: Matrix,
  X: Values,
  Y: Values,
  { cost = "sqeuclidean", lazy }: EmdSampleOptions,
): CostSource {
  if (lazy === true && typeof cost === "function") {
    throw new ArgumentError(
      "emdSample: expected a cost by name with lazy: true; got a function; leave lazy out or name the cost",
    );
  }
  costFunction("emdSample", cost);
  checkCostRange("emdSample", { x, y }, cost);
  if (typeof cost === "string" && (lazy ?? x.rows * y.rows > LARGE)) return pointCosts(x, y, cost);
  return matrixCosts(readMatrix("emdSample", "costs", costMatrix(X, Y, cost), { forbidden: true }));
}
