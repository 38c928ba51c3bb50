import { ArgumentError, random, type Tensor, tensor } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { readMatrix } from "../internal/read";
import { checkEstimator, type Estimator, type Gamma } from "../sliced/control";
import type { Sampler } from "../sliced/directions";
import { slicedWasserstein } from "../sliced/sliced-wasserstein";
import type { Values } from "../values";
import { checkDiverged } from "./diverged";
import type { ParticleOptimizer } from "./optimizer";
import { pause } from "./pause";

/** One step of a flow. */
export interface FlowStep {
  /** Counted from 1. */
  readonly step: number;
  /** SW_p^p before the step, on its directions. */
  readonly valueP: number;
  /** Points after the step, f64 [n, d]. */
  readonly points: Tensor;
}

/** Options of {@link slicedFlow}. */
export interface SlicedFlowOptions {
  /** Default 1000. */
  readonly steps?: number | undefined;
  /** Step size; default 0.01 for `root`, d/4 for `squared`. */
  readonly lr?: number | undefined;
  /** Directions of each step, default 10. */
  readonly projections?: number | undefined;
  /** Default `mc`. */
  readonly sampler?: Sampler | undefined;
  /** Default `plain`; see `slicedWasserstein`. */
  readonly estimator?: Estimator | undefined;
  /** Default `regression`; see `slicedWasserstein`. */
  readonly gamma?: Gamma | undefined;
  /** Default 2. */
  readonly p?: number | undefined;
  /** Weights of Y, default uniform; the moving points all weigh the same. */
  readonly b?: Values | null | undefined;
  /** What is descended: n SW_p (`root`, default) or n SW_p^p (`squared`). */
  readonly loss?: "root" | "squared" | undefined;
  /** Takes the place of the plain step, and of `lr`. */
  readonly optimizer?: ParticleOptimizer | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** A key of `@x/tensor/random` in place of the seed. */
  readonly key?: Tensor | undefined;
  /** Called after every step. */
  readonly onStep?: ((step: FlowStep) => void) | undefined;
  /** Stops the flow between two steps. */
  readonly signal?: AbortSignal | undefined;
}

const NAMES: OptionNames<SlicedFlowOptions> = {
  steps: 1,
  lr: 1,
  projections: 1,
  sampler: 1,
  estimator: 1,
  gamma: 1,
  p: 1,
  b: 1,
  loss: 1,
  optimizer: 1,
  seed: 1,
  key: 1,
  onStep: 1,
  signal: 1,
};

/** Where a flow ended. */
export interface SlicedFlowResult {
  /** f64 [n, d]. */
  readonly points: Tensor;
  /** SW_p^p before each step, f64 [steps]. */
  readonly history: Tensor;
}

/** Below it the root has no useful derivative. */
const smallest = 1e-12;

const name = "slicedFlow";

function checkOptions(steps: number, rate: number): void {
  if (!Number.isInteger(steps) || steps < 0) {
    throw new ArgumentError(`${name}: expected a whole number of steps ≥ 0; got ${steps}`, {
      steps,
    });
  }
  if (!(rate > 0 && rate < Infinity))
    throw new ArgumentError(`${name}: expected a step size lr > 0; got ${rate}`, { lr: rate });
}

/**
 * Moves a cloud of points onto another one down the sliced Wasserstein distance, with new directions at each step.
 *
 * `root`: X ← X − lr · n · ∂SW_p. `squared`: X ← X − lr · n · ∂SW_p^p; with p = 2, lr = d/2 and an orthonormal basis as
 * directions (`sampler: "orthogonal", projections: d`) each step matches d one-dimensional marginals exactly.
 *
 * @param X0 - points at the start, [n, d]
 * @param Y - points to reach, [m, d]
 * @throws ShapeError and ArgumentError as `slicedWasserstein`; ArgumentError if the flow diverges; the signal's reason when it is aborted
 * @see Bonneel, Rabin, Peyré & Pfister 2015; Pitié, Kokaram & Dahyot 2007; Nguyen & Ho 2024
 * @example
 * await slicedFlow(X0, Y, { loss: "squared", steps: 100 })
 */
export async function slicedFlow(
  X0: Values,
  Y: Values,
  options: SlicedFlowOptions = {},
): Promise<SlicedFlowResult> {
  checkOptionNames(name, options, NAMES);
  const { steps = 1000, p = 2, loss = "root", optimizer, signal } = options;
  const start = readMatrix(name, "X0", X0);
  const { rows: n, columns: d } = start;
  const { lr = loss === "root" ? 0.01 : d / 4, key = random.key(options.seed ?? 0) } = options;
  checkOptions(steps, lr);
  checkChoice(name, "loss", loss, ["root", "squared"]);
  checkChoice(name, "sampler", options.sampler, ["mc", "orthogonal", "qmc"]);
  checkEstimator(name, options.estimator, options.gamma);
  const target = readMatrix(name, "Y", Y);
  const to = tensor(target.data, { shape: [target.rows, target.columns], copy: false });
  const { projections = 10, sampler, estimator, gamma, b } = options;
  const asPoints = (data: Float64Array): Tensor => tensor(data, { shape: [n, d], copy: false });
  let points = asPoints(start.data);
  let state = optimizer?.init(points);
  let since = performance.now();
  const history = new Float64Array(steps);
  for (let step = 1; step <= steps; step++) {
    since = await pause(since, signal);
    const { valueP, gradients } = slicedWasserstein(points, to, {
      p,
      b,
      projections,
      sampler,
      estimator,
      gamma,
      key: random.foldIn(key, step),
      gradients: ["X"],
    });
    history[step - 1] = valueP;
    const scale = n * (loss === "root" ? Math.max(valueP, smallest) ** (1 / p - 1) / p : 1);
    const gradient = gradients.X as Tensor;
    if (optimizer === undefined) {
      const g = gradient.dataSync() as Float64Array;
      const x = points.dataSync() as Float64Array;
      points = asPoints(x.map((v, i) => v - lr * scale * (g[i] as number)));
    } else {
      const next = optimizer.update(gradient.mul(scale), state, points);
      points = points.add(next.updates);
      state = next.state;
    }
    checkDiverged(name, points, step);
    options.onStep?.({ step, valueP, points });
  }
  return { points, history: tensor(history, { copy: false }) };
}
