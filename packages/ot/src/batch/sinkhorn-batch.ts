import { ArgumentError, stack, type Tensor, tensor } from "@x/tensor";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { total } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { OTProgress, OTResult, SolverOptions } from "../result";
import { Relaxation } from "../sinkhorn/relaxation";
import { checkInit, checkRelaxation } from "../sinkhorn/sinkhorn";
import type { Values } from "../values";
import { type BatchProblem, batchKernels, placeBatch } from "./batch-kernels";
import { problemResult, type Run } from "./problem-result";
import { readBatch, readStart } from "./read-batch";

const NAME = "sinkhornBatch";
const TOLERANCE = 1e-9;
const MAX_ITERATIONS = 2000;
/** Iterations between two looks at which problems are done. */
const STEPS = 10;
/** Iterations end at this part of the tolerance: rounding and over-relaxation may add to the error of the last look. */
const MARGIN = 0.9;

/** Options of {@link sinkhornBatch}. */
export interface SinkhornBatchOptions extends SolverOptions {
  /** ε > 0 in units of the cost, one for all or one for each problem; default 0.05 times the standard deviation of each. */
  readonly eps?: number | Values | undefined;
  /** ω ∈ (0, 2) of over-relaxation, `auto` to take it from each problem's observed rate, false for none; default `auto`. */
  readonly overrelax?: "auto" | number | false | undefined;
  /** Potentials to start from, such as those of an earlier result; only `g`, shape [B, m], is used. */
  readonly init?: { readonly f?: Values; readonly g: Values } | undefined;
}

const NAMES: OptionNames<SinkhornBatchOptions> = {
  eps: 1,
  ...SOLVER_NAMES,
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
 * Problems run on different threads, each in its own over-relaxed and stabilised iterations until it has converged; each
 * result has the same bits as in a batch of its own. Problems of different sizes are padded with points of weight 0, whose
 * costs do not matter.
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
  const { tol = TOLERANCE, maxIterations = MAX_ITERATIONS, overrelax = "auto" } = options;
  if (!(tol > 0)) throw new ArgumentError(`${NAME}: expected tol > 0; got ${tol}`, { tol });
  if (!Number.isInteger(maxIterations) || maxIterations < 1) {
    throw new ArgumentError(
      `${NAME}: expected maxIterations to be a whole number ≥ 1; got ${maxIterations}`,
      { maxIterations },
    );
  }
  checkRelaxation(NAME, overrelax);
  checkInit(NAME, options.init);
  const problem = readBatch(a, b, C, options.eps);
  const { size, m } = problem;
  const g = readStart(options.init?.g, size, m);
  const run = solve(problem, g, { tol, maxIterations, overrelax });
  const results = run.ends.map((end, k) => problemResult(problem, k, run, end, tol));
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

function solve(
  problem: BatchProblem,
  g: Float64Array,
  {
    tol,
    maxIterations,
    overrelax,
  }: { tol: number; maxIterations: number; overrelax: "auto" | number | false },
): Run {
  const { size, n } = problem;
  const most = Float64Array.from(
    { length: size },
    (_, k) => MARGIN * tol * total(problem.a.subarray(k * n, (k + 1) * n)),
  );
  const relaxations = Array.from({ length: size }, () => new Relaxation({ overrelax }));
  const ends = relaxations.map(() => ({ iterations: 0, history: [] as OTProgress[] }));
  return withWorkspace(batchKernels, (w) => {
    const placed = placeBatch(w, problem, g, STEPS);
    let active = Int32Array.from(ends.keys());
    for (let done = 0; done < maxIterations && active.length > 0; ) {
      const steps = Math.min(STEPS, maxIterations - done);
      const errors = placed.iterate(
        active,
        Float64Array.from(relaxations, (r) => r.omega),
        steps,
      );
      done += steps;
      active = active.filter((k) => {
        const { history } = ends[k] as (typeof ends)[number];
        let marginalError = -1;
        for (const error of errors(k)) {
          marginalError = error;
          if (error >= 0) relaxations[k]?.observe(error);
        }
        (ends[k] as (typeof ends)[number]).iterations = done;
        if (marginalError >= 0) history.push({ stage: "batch", iteration: done, marginalError });
        return !(marginalError >= 0 && marginalError <= (most[k] as number));
      });
    }
    return { ...placed.potentials(), ends };
  });
}
