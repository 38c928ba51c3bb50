import { ArgumentError, random, type Tensor, tensor } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { asTensor, readMatrix } from "../internal/read";
import type { Values } from "../values";
import { checkDiverged } from "./diverged";
import type { ParticleOptimizer } from "./optimizer";
import { pause } from "./pause";
import { direction, STEIN_NAMES, type SteinOptions } from "./svgd-direction";

/** One step of {@link svgd}. */
export interface SvgdStep {
  /** Counted from 1. */
  readonly step: number;
  /** Largest entry of the direction before the step. */
  readonly largest: number;
  /** Particles after the step, f64 [n, d]. */
  readonly points: Tensor;
}

/** Options of {@link svgd}. */
export interface SvgdOptions extends SteinOptions {
  /** Largest number of steps, default 1000. */
  readonly steps?: number | undefined;
  /** Step size, default 0.01. */
  readonly lr?: number | undefined;
  /**
   * `adagrad` (default): lr φ/(10⁻⁶ + √H) with H = φ² at first, then 0.9 H + 0.1 φ². `plain`: lr φ. Or an optimiser as
   * those of `@x/optim`, which is given −φ for a gradient and has a rate of its own.
   */
  readonly optimizer?: "adagrad" | "plain" | ParticleOptimizer | undefined;
  /** The run ends when no entry of φ is larger; default 10⁻⁶. */
  readonly tol?: number | undefined;
  /** Default 0. Random only in the median of sampled pairs. */
  readonly seed?: number | undefined;
  /** Called after every step. */
  readonly onStep?: ((step: SvgdStep) => void) | undefined;
  /** Stops the run between two steps. */
  readonly signal?: AbortSignal | undefined;
}

const NAMES: OptionNames<SvgdOptions> = {
  steps: 1,
  lr: 1,
  optimizer: 1,
  tol: 1,
  seed: 1,
  onStep: 1,
  signal: 1,
  ...STEIN_NAMES,
};

/** Particles of {@link svgd}. */
export interface SvgdResult {
  /** f64 [n, d]. */
  readonly points: Tensor;
  readonly iterations: number;
  /** Whether the direction became smaller than `tol`. */
  readonly converged: boolean;
  /** Why it stopped, and how large the direction was, in words; nothing is printed. */
  readonly status: string;
  /** Largest entry of the direction at each step, f64 [iterations]. */
  readonly history: Tensor;
}

/** ∇ log p at particles [n, d]; on a batch of data, where there is much. Steps count from 1. */
export type Score = (points: Tensor, step: number) => Values | Promise<Values>;

const read = (x: Tensor): Float64Array => x.dataSync() as Float64Array;

/** The published step: AdaGrad with a decaying sum. */
const adagrad = (lr: number): ParticleOptimizer<Float64Array | undefined> => ({
  init: () => undefined,
  update(gradient, held) {
    const g = read(gradient);
    const state = g.map((v, i) =>
      held === undefined ? v * v : 0.9 * (held[i] as number) + 0.1 * v * v,
    );
    const updates = g.map((v, i) => (-lr * v) / (1e-6 + Math.sqrt(state[i] as number)));
    return { updates: tensor(updates, { shape: gradient.shape, copy: false }), state };
  },
});

const plain = (lr: number): ParticleOptimizer => ({
  init: () => null,
  update: (gradient, state) => {
    const updates = read(gradient).map((v) => -lr * v);
    return { updates: tensor(updates, { shape: gradient.shape, copy: false }), state };
  },
});

function optimizerOf(choice: SvgdOptions["optimizer"], lr: number): ParticleOptimizer {
  if (typeof choice === "object" && choice !== null) return choice;
  checkChoice("svgd", "optimizer an object,", choice, ["adagrad", "plain"]);
  if (!(lr > 0 && lr < Infinity))
    throw new ArgumentError(`svgd: expected a step size lr > 0; got ${lr}`, { lr });
  return choice === "plain" ? plain(lr) : (adagrad(lr) as ParticleOptimizer);
}

/** Growth of the direction from which steps are taken for too long. */
const EXPLOSION = 1e6;

/** Why a run of all its steps has not converged. */
function unfinished(history: readonly number[], tol: number): string {
  const [first = 0, last = 0] = [history[0], history.at(-1)];
  const growth = last > EXPLOSION * first ? ", and has grown: take a smaller lr" : "";
  const size = (x: number): string => x.toExponential(1);
  const sizes =
    history.length > 0
      ? `: the largest entry of the direction was ${size(first)} at first and ${size(last)} at last, tol ${size(tol)}${growth}`
      : "";
  return `stopped after ${history.length} steps${sizes}`;
}

/**
 * Stein variational gradient descent: moves particles until they stand for a density that is known by its score.
 *
 * x_i ← x_i + lr φ(x_i) with φ of `svgdDirection`. A single particle climbs to a mode; the variance of few particles is
 * smaller than the density's.
 *
 * @param X0 - particles at the start, [n, d]
 * @param score - ∇ log p at particles [n, d]
 * @throws ShapeError and ArgumentError as `svgdDirection`; ArgumentError if the particles leave the numbers; the signal's reason when it is aborted
 * @see Liu & Wang 2016, "Stein variational gradient descent"
 * @example
 * await svgd(X0, (x) => x.neg(), { lr: 0.1 }) // a standard normal density
 */
export async function svgd(
  X0: Values,
  score: Score,
  options: SvgdOptions = {},
): Promise<SvgdResult> {
  checkOptionNames("svgd", options, NAMES);
  const { steps = 1000, lr = 0.01, tol = 1e-6, onStep, signal } = options;
  if (!Number.isInteger(steps) || steps < 0)
    throw new ArgumentError(`svgd: expected a whole number of steps ≥ 0; got ${steps}`, { steps });
  const start = readMatrix("svgd", "X0", X0);
  const optimizer = optimizerOf(options.optimizer ?? "adagrad", lr);
  const key = options.key ?? random.key(options.seed ?? 0);
  let points = tensor(start.data, { shape: [start.rows, start.columns], copy: false });
  let state = optimizer.init(points);
  let since = performance.now();
  const history: number[] = [];
  let converged = false;
  for (let step = 1; step <= steps; step++) {
    since = await pause(since, signal);
    const scores = asTensor(await score(points, step));
    const phi = direction("svgd", points, scores, options, () => random.foldIn(key, step));
    const largest = read(phi).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    history.push(largest);
    if (largest < tol) {
      converged = true;
      break;
    }
    const next = optimizer.update(phi.neg(), state, points);
    points = points.add(next.updates);
    checkDiverged("svgd", points, step);
    state = next.state;
    onStep?.({ step, largest, points });
  }
  return {
    points,
    iterations: history.length,
    converged,
    status: converged ? `no entry of the direction exceeds ${tol}` : unfinished(history, tol),
    history: tensor(Float64Array.from(history), { copy: false }),
  };
}
