import { ArgumentError } from "@x/tensor";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { total } from "../internal/read";
import type { OTResult } from "../result";
import { sinkhorn } from "../sinkhorn/sinkhorn";
import type { Values } from "../values";
import { GROMOV_NAMES, type GromovOptions, type GromovProblem, matrix, prepare } from "./prepare";
import { best, type GromovResult, warnUnlessConverged } from "./result";
import { startingPlans } from "./starts";

/** How {@link entropicGW} iterates. */
export interface EntropicGromovOptions extends GromovOptions {
  /** ε > 0 in units of the objective's gradient. */
  readonly eps?: number | undefined;
  /** ε as a multiple of the standard deviation of the first gradient instead; default 0.1. */
  readonly relativeEps?: number | undefined;
  /**
   * `gradient` penalises the entropy of the plan; `proximal` only that of each change, so that the limit has no
   * entropic bias. Default `gradient`.
   */
  readonly method?: "gradient" | "proximal" | undefined;
  /** ‖P − P_previous‖₂ to stop at, as a fraction of the mass; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Default 1000. */
  readonly maxIterations?: number | undefined;
  /** Whether to print one warning if it does not converge; default true. */
  readonly warn?: boolean | undefined;
}

const NAMES: OptionNames<EntropicGromovOptions> = {
  eps: 1,
  relativeEps: 1,
  ...GROMOV_NAMES,
  method: 1,
  ...SOLVER_NAMES,
};

/**
 * {@link gromovWasserstein} with an entropic penalty: projected gradients, each step one Sinkhorn problem on the gradient.
 *
 * `value`, `linear` and `quadratic` of the result are those of the plan, without the entropy.
 *
 * @param C1 - distances within the first space, shape [n, n]
 * @param C2 - distances within the second space, shape [m, m]
 * @throws ShapeError, ArgumentError as {@link gromovWasserstein}, and on ε ≤ 0
 * @example
 * entropicGW([[0, 1], [1, 0]], [[0, 3], [3, 0]], { eps: 0.1 }).value // 2
 * @see Peyré, Cuturi & Solomon 2016, "Gromov-Wasserstein averaging of kernel and distance matrices"; Xu, Luo, Zha &
 *   Carin 2019, "Gromov-Wasserstein learning for graph matching and node embedding" (proximal)
 */
export function entropicGW(
  C1: Values,
  C2: Values,
  options: EntropicGromovOptions = {},
): GromovResult {
  const operation = "entropicGW";
  checkOptionNames(operation, options, NAMES);
  const problem = prepare(operation, C1, C2, options);
  const results = function* (): Generator<GromovResult> {
    for (const plan of startingPlans(operation, problem, options))
      yield iterate(operation, problem, plan, options);
  };
  const result = best(results());
  warnUnlessConverged(operation, result, options.warn ?? true);
  return result;
}

function readEps(
  operation: string,
  gradient: Float64Array,
  { eps, relativeEps }: EntropicGromovOptions,
): number {
  if (eps !== undefined && relativeEps !== undefined)
    throw new ArgumentError(`${operation}: expected eps or relativeEps; got both`);
  // A gradient without any deviation leaves nothing to choose: any ε gives the product plan.
  const value = eps ?? ((relativeEps ?? 0.1) * deviation(gradient) || (relativeEps ?? 1));
  if (value > 0 && Number.isFinite(value)) return value;
  throw new ArgumentError(
    `${operation}: expected a finite eps > 0; got ${value}${relativeEps === undefined ? "" : `, ${relativeEps} of the gradient's deviation`}`,
    { eps: value },
  );
}

function deviation(x: Float64Array): number {
  const mean = total(x) / x.length;
  return Math.sqrt(total(x.map((value) => (value - mean) ** 2)) / x.length);
}

/** ‖x − y‖₂. */
const distance = (x: Float64Array, y: Float64Array): number =>
  Math.sqrt(x.reduce((sum, value, k) => sum + (value - (y[k] as number)) ** 2, 0));

/** Entries of a plan that underflow must not become forbidden for good. */
const LEAST = 1e-300;

function iterate(
  operation: string,
  { n, m, p, q, objective }: GromovProblem,
  start: Float64Array,
  options: EntropicGromovOptions,
): GromovResult {
  const { tol = 1e-9, maxIterations = 1000, method = "gradient" } = options;
  if (method !== "gradient" && method !== "proximal") {
    throw new ArgumentError(
      `${operation}: expected the method "gradient" or "proximal"; got "${method}"`,
      { method },
    );
  }
  let at = objective.evaluate(start);
  const eps = readEps(operation, objective.gradient(at), options);
  let inner: OTResult | undefined;
  let change = Infinity;
  const mass = total(p);
  const history: number[] = [];
  while (change > tol * mass && history.length < maxIterations) {
    const G = objective.gradient(at);
    const { P: last } = at;
    const entropy = (k: number): number => eps * Math.log(Math.max(last[k] as number, LEAST));
    const costs = method === "gradient" ? G : G.map((x, k) => x - entropy(k));
    const init = inner && { f: inner.f, g: inner.g };
    inner = sinkhorn(p, q, matrix(costs, n, m), {
      eps,
      init,
      tol: innerTolerance(tol),
      warn: false,
    });
    const P = inner.plan().dataSync() as Float64Array;
    change = distance(P, last);
    at = objective.evaluate(P);
    history.push(objective.value(at));
  }
  const marginalError = inner?.marginalError ?? Infinity;
  const settled = marginalError <= LARGEST_ERROR * mass;
  const converged = change <= tol * mass && settled;
  return {
    plan: matrix(at.P, n, m),
    value: objective.value(at),
    linear: objective.linear(at),
    quadratic: objective.quadratic(at),
    iterations: history.length,
    converged,
    status: converged
      ? `converged: the plan moved by ${change.toExponential(1)}`
      : settled
        ? `not converged: the plan still moved by ${change.toExponential(1)} after ${history.length} iterations`
        : `not converged: the last Sinkhorn problem left a marginal error of ${marginalError.toExponential(1)}; a larger eps helps`,
    history,
  };
}

/** Marginals must settle before changes of the plan can be told from their errors. */
const innerTolerance = (tol: number): number => Math.max(1e-13, Math.min(1e-9, tol / 10));

/** A larger marginal error, as a fraction of the mass, makes the result none of the problem's. */
const LARGEST_ERROR = 1e-6;
