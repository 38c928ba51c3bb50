import { ArgumentError, concat, random, range, ShapeError, type Tensor, tensor } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { elements, readMatrix, tensorOf } from "../internal/read";
import type { Values } from "../values";
import { medianBandwidth } from "./bandwidth";
import { type SteinKernel, steinSums } from "./kernels";
import { steinLoops } from "./stein-loops";

/** Options of {@link svgdDirection}. */
export interface SteinOptions {
  /** Default `rbf`. */
  readonly kernel?: SteinKernel | undefined;
  /** Bandwidth h > 0, or `median` (default): med²/log(n + 1) with the median of all n² distances. */
  readonly bandwidth?: number | "median" | undefined;
  /** For the median of 1000 sampled pairs, above 2000 particles; default `key(0)`. */
  readonly key?: Tensor | undefined;
}

/** All names in {@link SteinOptions}. */
export const STEIN_NAMES: OptionNames<SteinOptions> = {
  kernel: 1,
  bandwidth: 1,
  key: 1,
};

/** Entries of kernel matrices that are held at once. */
const blockEntries = 1 << 22;

/** Up to so many operations loops are faster. */
const loopWork = 1 << 18;

/** Refuses scores of another shape, or that are not finite, naming the particle. */
function checkScores(operation: string, scores: Tensor, n: number, d: number): void {
  if (scores.shape.length !== 2 || scores.shape[0] !== n || scores.shape[1] !== d) {
    throw new ShapeError(
      `${operation}: expected scores of shape [${n}, ${d}]; got [${scores.shape.join(", ")}]`,
      { scores: scores.shape },
    );
  }
  const data = elements(operation, "scores", scores);
  const bad = data.findIndex((v) => !Number.isFinite(v));
  if (bad < 0) return;
  const particle = Math.floor(bad / d);
  throw new ArgumentError(
    `${operation}: expected finite scores; that of particle ${particle} has ${data[bad]} in coordinate ${bad % d}; take smaller steps, or keep particles where the density is positive`,
    { particle, value: data[bad] as number },
  );
}

/** Moves points in place so that their mean is about 0. */
function center(points: Float64Array, d: number): void {
  const n = points.length / d;
  for (let k = 0; k < d; k++) {
    let mean = 0;
    for (let i = k; i < points.length; i += d) mean += (points[i] as number) / n;
    for (let i = k; i < points.length; i += d) points[i] = (points[i] as number) - mean;
  }
}

/** The direction for particles and scores that were read. */
export function direction(
  operation: string,
  x: Tensor,
  scores: Tensor,
  { kernel = "rbf", bandwidth = "median" }: SteinOptions,
  key: () => Tensor,
): Tensor {
  const [n, d] = x.shape as readonly [number, number];
  checkScores(operation, scores, n, d);
  checkChoice(operation, "kernel", kernel, ["rbf", "imq", "linear"]);
  if (bandwidth !== "median" && !(bandwidth > 0 && bandwidth < Infinity)) {
    throw new ArgumentError(`${operation}: expected a bandwidth > 0; got ${bandwidth}`, {
      bandwidth,
    });
  }
  // Differences of squares lose digits far from the origin; the linear kernel alone depends on where that is.
  const data = x.dataSync() as Float64Array;
  if (kernel !== "linear") center(data, d);
  let h = 1;
  if (bandwidth !== "median") h = bandwidth;
  else if (kernel !== "linear") h = medianBandwidth(data, d, key);
  if (n * n * (d + 4) <= loopWork) {
    const sums = steinLoops(kernel, data, scores.dataSync() as Float64Array, d, h);
    return tensor(
      sums.map((v) => v / n),
      { shape: [n, d], copy: false },
    );
  }
  const centered = tensor(data, { shape: [n, d], copy: false });
  const block = Math.max(1, Math.floor(blockEntries / n));
  const parts: Tensor[] = [];
  for (let first = 0; first < n; first += block) {
    const rows = centered.at(range(first, Math.min(n, first + block)));
    parts.push(steinSums(kernel, rows, centered, scores, h));
  }
  return concat(parts, 0).div(n);
}

/**
 * The direction of Stein variational gradient descent: the steepest descent of KL(particles | density) in the kernel's
 * function space.
 *
 * φ(x_i) = (1/n) Σ_j [k(x_j, x_i) s_j + ∇_{x_j} k(x_j, x_i)]; the first part pulls to high density, the second keeps
 * particles apart. Memory O(n d) beyond blocks of the kernel matrix.
 *
 * @param X - particles, [n, d]
 * @param scores - s_j = ∇ log p(x_j), [n, d]
 * @returns φ, f64 [n, d]
 * @throws ShapeError and ArgumentError for shapes that differ, scores that are not finite or a bandwidth ≤ 0
 * @see Liu & Wang 2016, "Stein variational gradient descent"
 * @example
 * svgdDirection(X, X.neg()) // for a standard normal density
 */
export function svgdDirection(X: Values, scores: Values, options: SteinOptions = {}): Tensor {
  const name = "svgdDirection";
  checkOptionNames(name, options, STEIN_NAMES);
  readMatrix(name, "X", X);
  return direction(
    name,
    tensorOf(name, "X", X),
    tensorOf(name, "scores", scores),
    options,
    () => options.key ?? random.key(0),
  );
}
