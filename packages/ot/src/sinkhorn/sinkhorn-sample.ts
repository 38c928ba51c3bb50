import type { Cost } from "../costs/cost";
import { costMatrix } from "../costs/cost-matrix";
import { gaussianStart } from "../gaussian/start";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { checkCostRange } from "../internal/ranges";
import { readMasses, readMatrix, tensorOf } from "../internal/read";
import type { OTResult } from "../result";
import { sinkhornPoints } from "../streaming/sinkhorn-points";
import type { Values } from "../values";
import { SINKHORN_NAMES } from "./option-names";
import type { SinkhornOptions } from "./options";
import { readEps } from "./prepare";
import { readCosts } from "./read-costs";
import { entropicTransport } from "./sinkhorn";

/** Options of {@link sinkhornSample}. */
export interface SinkhornSampleOptions extends Omit<SinkhornOptions, "init"> {
  /** Weights of X, shape [n]; default 1/n each. */
  readonly a?: Values | null | undefined;
  /** Weights of Y, shape [m], with the same sum; default uniform. */
  readonly b?: Values | null | undefined;
  /** Cost between points; default `sqeuclidean`, without a factor ½. */
  readonly cost?: Cost | undefined;
  /**
   * Potentials to start from, such as those of a previous result; or `gaussian` for those of the Gaussians with the moments
   * of both clouds, which are the solution if these are Gaussian, for squared Euclid only. Default zeros.
   */
  readonly init?: { readonly f: Values; readonly g: Values } | "gaussian" | undefined;
  /**
   * `dense` stores the n×m costs and a matrix as large; `streaming` computes costs whenever they are needed, in memory
   * O((n + m) d), and takes none of `mode`, `finish`, `strict`, `checkEvery`. Default `auto`: dense up to 16 million
   * pairs, and where one of those is given.
   */
  readonly method?: "auto" | "dense" | "streaming" | undefined;
}

const NAMES: OptionNames<SinkhornSampleOptions> = {
  a: 1,
  b: 1,
  cost: 1,
  ...SINKHORN_NAMES,
  method: 1,
};

/** Pairs up to which two matrices of them, 256 MB, are held in memory. */
const DENSE_LIMIT = 16e6;

/**
 * Entropic optimal transport between two clouds of points.
 *
 * {@link sinkhorn} with the costs between the points, or, where those would take much memory, `sinkhornPoints`.
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @returns as {@link sinkhorn}; `barycentricMap()` needs no argument
 * @throws ShapeError, ArgumentError as {@link sinkhorn}; also on points that are not finite or whose costs overflow
 * @example
 * sinkhornSample([[0], [1]], [[0], [1]], { eps: 1 }).linear // 0.26894142
 */
export function sinkhornSample(
  X: Values,
  Y: Values,
  options: SinkhornSampleOptions = {},
): OTResult {
  const name = "sinkhornSample";
  checkOptionNames(name, options, NAMES);
  const { a, b, cost, method = "auto", ...rest } = options;
  checkChoice(name, "method", method, ["auto", "dense", "streaming"]);
  const pairs = (tensorOf(name, "X", X).shape[0] ?? 0) * (tensorOf(name, "Y", Y).shape[0] ?? 0);
  const { mode, finish, strict, checkEvery } = rest;
  const free = [mode, finish, strict, checkEvery].every((option) => option === undefined);
  // With what streaming does not take, it says so.
  if (method === "streaming" || (method === "auto" && free && pairs > DENSE_LIMIT))
    return sinkhornPoints(X, Y, { a, b, cost, ...rest });
  const [x, y] = [readMatrix(name, "X", X), readMatrix(name, "Y", Y)];
  const C = costMatrix(X, Y, cost);
  checkCostRange(name, { x, y }, cost ?? "sqeuclidean");
  const costs = readCosts(name, C);
  const init =
    typeof rest.init === "string"
      ? gaussianStart(name, rest.init, cost ?? "sqeuclidean", () => {
          const masses = readMasses(name, a, b, x.rows, y.rows);
          return { x, y, ...masses, eps: readEps(name, rest.eps, costs, masses) };
        })
      : rest.init;
  return entropicTransport(name, a, b, costs, { ...rest, init, Y });
}
