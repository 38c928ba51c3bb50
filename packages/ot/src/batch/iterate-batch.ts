import { total } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { OTProgress } from "../result";
import { Anderson, memoryOf } from "../sinkhorn/anderson";
import { Relaxation } from "../sinkhorn/relaxation";
import { type BatchProblem, batchKernels, type Progress, placeBatch } from "./batch-kernels";
import type { End, Run } from "./problem-result";

/** Iterations between two looks at which problems are done: of the first ones, and of those that are not accelerated. */
const STEPS = 10;
/** Plain iterations from one accelerated step to the next: in a kernel they cost less than that step. */
const STEPS_PER_MOVE = 5;
/** Iterations end at this part of the tolerance: rounding and over-relaxation may add to the error of the last look. */
const MARGIN = 0.9;

/** What {@link iterateBatch} needs to know. */
export interface IterateOptions {
  /** Of each problem, as a fraction of its mass. */
  readonly tols: Float64Array;
  readonly maxIterations: number;
  readonly anderson?: number | false | undefined;
  readonly overrelax?: "auto" | number | false | undefined;
}

/** Where the iterations of one problem stand. */
class Iterations implements End {
  iterations = 0;
  readonly history: OTProgress[] = [];
  readonly #most: number;
  readonly #anderson: Anderson | undefined;
  readonly #relaxation: Relaxation;

  /** @param b - weights of the columns */
  constructor(b: Float64Array, tol: number, options: Omit<IterateOptions, "tols">) {
    this.#most = MARGIN * tol * total(b);
    const memory = memoryOf(options);
    if (memory > 0) this.#anderson = new Anderson(b, memory);
    this.#relaxation = new Relaxation({ overrelax: options.overrelax ?? false });
  }

  get omega(): number {
    return this.#relaxation.omega;
  }

  /** Takes note of some iterations; tells whether they were the last that are needed. */
  observe(done: number, errors: Float64Array): boolean {
    this.iterations = done;
    for (const error of errors) if (error >= 0) this.#relaxation.observe(error);
    const marginalError = errors.at(-1) as number;
    if (marginalError < 0) return false;
    this.history.push({ stage: "batch", iteration: done, marginalError });
    return marginalError <= this.#most;
  }

  /** What to add to the exponents of the columns after some plain iterations; undefined for nothing. */
  move({ errors, changes, objective }: Progress): Float64Array | undefined {
    if (this.#anderson === undefined) return undefined;
    if (errors.some((error) => error < 0)) {
      this.#anderson.clear();
      return undefined;
    }
    const step = this.#anderson.step(changes, objective, errors.at(-1) as number);
    return step === changes ? undefined : step.map((value, j) => value - (changes[j] as number));
  }

  get accelerated(): boolean {
    return this.#anderson !== undefined;
  }
}

/**
 * Iterates each problem until it has converged.
 *
 * Anderson acceleration takes several plain iterations in a row as the one that it accelerates; whether the objective
 * falls shows after them.
 */
export function iterateBatch(problem: BatchProblem, g: Float64Array, options: IterateOptions): Run {
  const { size, m, b } = problem;
  const ends = Array.from(
    { length: size },
    (_, k) => new Iterations(b.subarray(k * m, (k + 1) * m), options.tols[k] as number, options),
  );
  const { maxIterations } = options;
  return withWorkspace(batchKernels, (w) => {
    const placed = placeBatch(w, problem, g, STEPS);
    const omega = (): Float64Array => Float64Array.from(ends, (end) => end.omega);
    let active = Int32Array.from(ends.keys());
    for (let done = 0; done < maxIterations && active.length > 0; ) {
      // The first iterations come from so far away that their past explains little.
      const most = done > 0 && ends[0]?.accelerated ? STEPS_PER_MOVE : STEPS;
      const steps = Math.min(most, maxIterations - done);
      const progressOf = placed.iterate(active, omega(), steps);
      done += steps;
      active = active.filter((k) => {
        const end = ends[k] as Iterations;
        const progress = progressOf(k);
        if (end.observe(done, progress.errors)) return false;
        // What a limit cuts off is a plain update.
        const move = done < maxIterations ? end.move(progress) : undefined;
        if (move) placed.move(k, move);
        return true;
      });
    }
    return { ...placed.potentials(), ends };
  });
}
