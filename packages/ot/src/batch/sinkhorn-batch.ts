import { ArgumentError, stack, type Tensor, tensor } from "@x/tensor";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import type { OTResult, SolverOptions } from "../result";
import { checkAnderson, checkInit, checkRelaxation } from "../sinkhorn/sinkhorn";
import type { Values } from "../values";
import { iterateBatch } from "./iterate-batch";
import { problemResult } from "./problem-result";
import { readBatch, readStart, resolutions } from "./read-batch";

const NAME = "sinkhornBatch";
const TOLERANCE = 1e-9;
const MAX_ITERATIONS = 2000;
/** Relative error of the kernels' powers, which the marginals of the plan itself show. */
const POWERS = 1e-12;

/** Options of {@link sinkhornBatch}. */
export interface SinkhornBatchOptions extends SolverOptions {
  /** ε > 0 in units of the cost, one for all or one for each problem; default 0.05 times the standard deviation of each. */
  readonly eps?: number | Values | undefined;
  /** Steps that Anderson acceleration remembers, or false for none; default 20, unless `overrelax` is given. */
  readonly anderson?: number | false | undefined;
  /**
   * Over-relaxation in place of Anderson acceleration: ω ∈ (0, 2), or `auto` to take it from each problem's observed rate;
   * false for plain iterations.
   */
  readonly overrelax?: "auto" | number | false | undefined;
  /** Potentials to start from, such as those of an earlier result; only `g`, shape [B, m], is used. */
  readonly init?: { readonly f?: Values; readonly g: Values } | undefined;
}

const NAMES: OptionNames<SinkhornBatchOptions> = {
  eps: 1,
  ...SOLVER_NAMES,
  anderson: 1,
  overrelax: 1,
  init: 1,
};

/** The solutions of B problems. */
export interface SinkhornBatchResult {
  /** ⟨P, C⟩ of each problem, shape [B]; `value` and `entropic` as in {@link OTResult}. */
  readonly linear: Tensor;
  readonly value: Tensor;
  readonly entropic: Tensor;
  /** Potentials, shapes [B, n] and [B, m]. */
  readonly f: Tensor;
  readonly g: Tensor;
  /** ε of each problem, shape [B]. */
  readonly eps: Tensor;
  /** Shape [B]. */
  readonly marginalError: Tensor;
  /** All plans, shape [B, n, m]. */
  plan(): Tensor;
  /** The problems one by one. */
  readonly results: readonly OTResult[];
  /** Whether all have converged. */
  readonly converged: boolean;
  /** How many have, and what the others lack. */
  readonly status: string;
}

/**
 * Entropic optimal transport of many small problems of one shape at once.
 *
 * Problems run on different threads, each in its own accelerated and stabilised iterations until it has converged; each
 * result has the same bits as in a batch of its own. Problems of different sizes are padded with points of weight 0, whose
 * costs do not matter. Where `tol` is less than the kernels resolve at the ε of a problem, it is raised to that, and the `status`
 * of its result says so.
 *
 * @param a - weights of the rows, shape [B, n]; null for 1/n each
 * @param b - weights of the columns, shape [B, m]; null for uniform ones
 * @param C - costs, shape [B, n, m]; +∞ forbids a pair
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, NaN or −∞ costs, sums that differ, ε ≤ 0
 * @example
 * sinkhornBatch(null, null, [[[0, 1], [1, 0]], [[0, 2], [2, 0]]], { eps: 1 }).linear // [0.26894142, 0.23840584]
 * @see Cuturi 2013
 */
export function sinkhornBatch(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: SinkhornBatchOptions = {},
): SinkhornBatchResult {
  checkOptionNames(NAME, options, NAMES);
  const { tol = TOLERANCE, maxIterations = MAX_ITERATIONS, anderson, overrelax } = options;
  if (!(tol > 0)) throw new ArgumentError(`${NAME}: expected tol > 0; got ${tol}`, { tol });
  if (!Number.isInteger(maxIterations) || maxIterations < 1) {
    throw new ArgumentError(
      `${NAME}: expected maxIterations to be a whole number ≥ 1; got ${maxIterations}`,
      { maxIterations },
    );
  }
  checkRelaxation(NAME, overrelax);
  checkAnderson(NAME, anderson, overrelax);
  checkInit(NAME, options.init);
  const problem = readBatch(a, b, C, options.eps);
  const { size, m } = problem;
  const g = readStart(options.init?.g, size, m);
  const floors = resolutions(problem);
  const tols = floors.map((floor) => Math.max(tol, floor));
  const run = iterateBatch(problem, g, { tols, maxIterations, anderson, overrelax });
  const results = run.ends.map((end, k) =>
    problemResult(problem, k, run, end, {
      tol,
      raised: Math.max(tol, (floors[k] as number) + POWERS),
    }),
  );
  const failed = results.filter(({ converged }) => !converged);
  const status = `${size - failed.length} of ${size} problems converged${failed[0] === undefined ? "" : `; the first other one: ${failed[0].status}`}`;
  if (failed.length > 0 && options.warn !== false) console.warn(`${NAME}: ${status}`);
  const each = (value: (r: OTResult) => number): Tensor =>
    tensor(Float64Array.from(results, value), { copy: false });
  return {
    linear: each((r) => r.linear),
    value: each((r) => r.value),
    entropic: each((r) => r.entropic),
    f: stack(results.map((r) => r.f)),
    g: stack(results.map((r) => r.g)),
    eps: tensor(problem.eps),
    marginalError: each((r) => r.marginalError),
    plan: () => stack(results.map((r) => r.plan())),
    results,
    converged: failed.length === 0,
    status,
  };
}
