import { ArgumentError } from "@x/tensor";
import { checkCount, checkPositive } from "../core/check";
import { batchTests, type TestResult } from "./batch-tests";
import type { GradientStats } from "./gradient-stats";

/** Which condition a batch has to meet; see {@link batchSizeController}. */
export type BatchTest = "norm" | "coordinate" | "innerProduct" | "augmented";

/** Options of {@link batchSizeController}. */
export interface BatchSizeOptions {
  /** Default `"norm"`. */
  readonly test?: BatchTest;
  /** Tolerated noise of the norm and coordinate tests, > 0; default 0.5. */
  readonly eta?: number;
  /** Tolerated noise along the gradient, > 0; default 0.9. */
  readonly theta?: number;
  /** Tolerated noise across the gradient, > 0; default 5.84. */
  readonly nu?: number;
  /** First batch size, ≥ 2; default 8. */
  readonly initial?: number;
  /** Largest batch size: at most the number of examples. */
  readonly max: number;
  /** Most examples processed at once; default `max`. */
  readonly maxMicro?: number;
  /** Test every so many batches; default 1. */
  readonly interval?: number;
  /** Number of examples in all where batches are drawn without replacement (true: `max`); default false: infinitely many. */
  readonly finitePopulation?: boolean | number;
  /** Most that a batch may grow by in one step, ≥ 1; default Infinity. */
  readonly growthCap?: number;
  /** Coordinates below this share of the largest |ḡ_i| are left out of the coordinate test; default 1e-3. */
  readonly coordinateFloor?: number;
  /** Share of the coordinates that must pass, in (0, 1]; default 1. */
  readonly coordinateQuantile?: number;
}

/** The next batch, and how the last one did. */
export interface BatchDecision {
  /** Examples of the next batch: microBatch · accumSteps. */
  readonly batchSize: number;
  /** Examples to be processed at once. */
  readonly microBatch: number;
  /** Micro-batches to be averaged. */
  readonly accumSteps: number;
  /** Measured noise; NaN when the test was left out. */
  readonly lhs: number;
  /** What it may be; NaN when the test was left out. */
  readonly rhs: number;
  /** Whether lhs ≤ rhs; true when the test was left out. */
  readonly passed: boolean;
}

/** State of a controller as plain JSON. */
export interface BatchSizeState {
  /** Examples of the next batch. */
  readonly batchSize: number;
  /** Batches observed so far. */
  readonly observed: number;
}

/** Chooses batch sizes; see {@link batchSizeController}. */
export interface BatchSizeController {
  /** What the next batch is. */
  current(): Pick<BatchDecision, "batchSize" | "microBatch" | "accumSteps">;
  /** Takes in the statistics of the batch that was just processed; sets the next one. */
  observe(stats: GradientStats): BatchDecision;
  /** What `restore` takes. */
  toJSON(): BatchSizeState;
  /** Goes on from a stored state. */
  restore(state: BatchSizeState): void;
}

/**
 * Lets the batch grow when its gradient is mostly noise; it never shrinks.
 *
 * With ḡ the mean gradient of b examples and V the variance of one by coordinates, a batch passes
 * - `norm`: ‖V‖₁/b ≤ η²‖ḡ‖²
 * - `coordinate`: V_i/b ≤ η²ḡ_i² for all i, the one for AdaGrad
 * - `innerProduct`: Var⟨g_i, ḡ⟩/b ≤ θ²‖ḡ‖⁴
 * - `augmented`: that, and the variance orthogonal to ḡ by b ≤ ν²‖ḡ‖²
 *
 * Else the next one is the smallest that would have passed. Together with AdaGrad this is AdAdaGrad, with
 * AdaGrad-Norm AdAdaGradNorm; any optimiser may do the updates. Rates should count examples, not steps.
 *
 * @throws ArgumentError for options out of range; in `observe` for statistics that are not finite
 * @example
 * const controller = batchSizeController({ test: "norm", eta: 0.5, initial: 4, max: 100 });
 * controller.observe(gradientStats.fromPerSample(tensor([[1, 2], [3, 0], [2, -2], [2, 4]]))).batchSize; // 6
 * @see Lau et al. 2024, "AdAdaGrad: Adaptive Batch Size Schemes for Adaptive Gradient Methods"
 */
export function batchSizeController(options: BatchSizeOptions): BatchSizeController {
  const { test = "norm", initial = 8, max, maxMicro = max, interval = 1 } = options;
  const { growthCap = Infinity, finitePopulation = false } = options;
  const population =
    typeof finitePopulation === "number" ? finitePopulation : finitePopulation ? max : Infinity;
  const run = batchTests[test];
  check(options, initial, maxMicro, interval, growthCap, population, run !== undefined);
  let batchSize = initial;
  let observed = 0;
  const current = (): ReturnType<BatchSizeController["current"]> => split(batchSize, maxMicro, max);
  return {
    current,
    observe(stats) {
      const due = observed++ % interval === 0 && batchSize < max;
      if (!due) return { ...current(), lhs: Number.NaN, rhs: Number.NaN, passed: true };
      const result = run(stats, options, population);
      const wanted = demand(result, population);
      const grown = Math.min(max, Math.floor(growthCap * batchSize), Math.max(batchSize, wanted));
      batchSize = split(Math.max(batchSize, grown), maxMicro, max).batchSize;
      return { ...current(), ...pick(result) };
    },
    toJSON: () => ({ batchSize, observed }),
    restore(state) {
      checkCount("batchSizeController.restore", "batchSize", state.batchSize, 2);
      checkCount("batchSizeController.restore", "observed", state.observed, 0);
      ({ batchSize, observed } = state);
    },
  };
}

const pick = ({ lhs, rhs }: TestResult): Pick<BatchDecision, "lhs" | "rhs" | "passed"> => ({
  lhs,
  rhs,
  passed: lhs <= rhs,
});

/** The smallest batch whose noise is within bounds; drawn without replacement, a little less will do. */
function demand({ noise, rhs }: TestResult, population: number): number {
  if (noise === 0) return 0;
  if (population === Infinity) return Math.ceil(noise / rhs);
  return Math.ceil((noise * population) / (rhs * (population - 1) + noise));
}

function split(
  wanted: number,
  maxMicro: number,
  max: number,
): ReturnType<BatchSizeController["current"]> {
  const micro = Math.min(maxMicro, wanted);
  const accumSteps = Math.ceil(wanted / micro);
  // Whole micro-batches may come to more examples than there are.
  const microBatch = micro * accumSteps > max ? Math.floor(max / accumSteps) : micro;
  return { batchSize: microBatch * accumSteps, microBatch, accumSteps };
}

function check(
  { test, eta = 0.5, theta = 0.9, nu = 5.84, max, coordinateQuantile = 1 }: BatchSizeOptions,
  initial: number,
  maxMicro: number,
  interval: number,
  growthCap: number,
  population: number,
  known: boolean,
): void {
  const caller = "batchSizeController";
  const refuse = (expected: string, got: string): never => {
    throw new ArgumentError(`${caller}: expected ${expected}; got ${got}`, { test });
  };
  if (!known) refuse(`test ${Object.keys(batchTests).join(", ")}`, String(test));
  for (const [name, x] of Object.entries({ eta, theta, nu })) checkPositive(caller, name, x);
  checkCount(caller, "initial", initial, 2);
  checkCount(caller, "max", max, 2);
  checkCount(caller, "maxMicro", maxMicro);
  checkCount(caller, "interval", interval);
  if (max < initial) refuse("max ≥ initial", `max = ${max}, initial = ${initial}`);
  if (!(growthCap >= 1)) refuse("growthCap ≥ 1", String(growthCap));
  if (!(population >= max)) refuse("finitePopulation ≥ max", String(population));
  if (!(coordinateQuantile > 0 && coordinateQuantile <= 1)) {
    refuse("coordinateQuantile in (0, 1]", String(coordinateQuantile));
  }
}
