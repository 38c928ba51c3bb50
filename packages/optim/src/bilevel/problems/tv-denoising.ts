import { arange, random, range, type Tensor, tensor } from "@x/tensor";
import { checkCount, checkPositive } from "../../core/check";
import type { BilevelProblem } from "../problem";

/** Sizes of the data of {@link tvDenoising}. */
export interface TvDenoisingOptions {
  /** Number of images; default 4. */
  readonly count?: number | undefined;
  /** Rows; 1 makes signals. Default 16. */
  readonly height?: number | undefined;
  /** Columns; default 16. */
  readonly width?: number | undefined;
  /** Standard deviation of the noise beside values in [0, 1], > 0; default 0.1. */
  readonly noise?: number | undefined;
  /** Default `f64`. */
  readonly dtype?: "f32" | "f64" | undefined;
}

/** Logarithms of the weights of a regulariser, scalars. */
export interface DenoisingWeights {
  /** Of the total variation. */
  readonly variation: Tensor;
  /** Of the smoothing ν inside √(t² + ν²). */
  readonly smoothing: Tensor;
  /** Of the squared differences. */
  readonly quadratic: Tensor;
}

/** Weights of a regulariser, to be learned from pairs of clean and noisy images. */
export interface TvDenoisingProblem {
  readonly problem: BilevelProblem<DenoisingWeights, Tensor>;
  readonly x: DenoisingWeights;
  /** The noisy images, [count, height, width]. */
  readonly y: Tensor;
  /** [count, height, width] */
  readonly clean: Tensor;
  /** Mean peak signal-to-noise ratio of images, in dB for a peak of 1. */
  readonly psnr: (y: Tensor) => number;
  /** Strong convexity of the lower level. */
  readonly mu: number;
  /** Smoothness of the lower level at x. */
  readonly L: (x: DenoisingWeights) => number;
  /** Lipschitz constant of the upper gradient in y. */
  readonly LgradG: number;
}

/**
 * Denoising of piecewise constant images by an elastic net of differences.
 *
 * Lower level, over all images: ½‖y − noisy‖² + e^variation Σ √(|∇y|² + e^{2 smoothing}) + ½ e^quadratic ‖∇y‖², upper
 * level ‖y − clean‖² / 2 per image. ∇ are forward differences along both axes, 0 beyond the edge.
 *
 * @param key - random key of images and noise
 * @param options - see {@link TvDenoisingOptions}
 * @returns problem, start, images, and constants for {@link maid}
 * @throws ArgumentError for sizes out of range
 * @example
 * tvDenoising(random.key(0), { height: 1, width: 32 }).y.shape // [4, 1, 32]
 */
export function tvDenoising(key: Tensor, options: TvDenoisingOptions = {}): TvDenoisingProblem {
  const { count = 4, height = 16, width = 16, noise = 0.1, dtype = "f64" } = options;
  for (const [name, n] of Object.entries({ count, height, width }))
    checkCount("tvDenoising", name, n);
  checkPositive("tvDenoising", "noise", noise);
  const [forClean, forNoise] = random.split(key);
  const clean = blocks(forClean, [count, height, width]).cast(dtype);
  const noisy = clean.add(random.normal(forNoise, [count, height, width], { dtype }).mul(noise));
  // Squared norm of the difference operator.
  const differences = (height > 1 ? 4 : 0) + (width > 1 ? 4 : 0);
  return {
    problem: {
      upper: (_, y) =>
        y
          .sub(clean)
          .square()
          .sum()
          .div(2 * count),
      lower: (x, y) => {
        const squares = squaredGradient(y);
        const smooth = x.smoothing.mul(2).exp();
        const variation = squares.add(smooth).sqrt().sum().mul(x.variation.exp());
        const quadratic = squares.sum().mul(x.quadratic.exp()).div(2);
        return y.sub(noisy).square().sum().div(2).add(variation).add(quadratic);
      },
    },
    x: {
      variation: tensor(-4, { dtype }),
      smoothing: tensor(-3, { dtype }),
      quadratic: tensor(-4, { dtype }),
    },
    y: noisy,
    clean,
    psnr: (y) => y.sub(clean).square().mean([1, 2]).log10().mul(-10).mean().item(),
    mu: 1,
    L: (x) =>
      1 +
      differences *
        (Math.exp(x.variation.item() - x.smoothing.item()) + Math.exp(x.quadratic.item())),
    LgradG: 1 / count,
  };
}

/** |∇y|² at every pixel. */
function squaredGradient(y: Tensor): Tensor {
  const [, height, width] = y.shape as readonly [number, number, number];
  const down = y.at(range(), range(1)).sub(y.at(range(), range(0, height - 1)));
  const right = y.at(range(), range(), range(1)).sub(y.at(range(), range(), range(0, width - 1)));
  const padded = (d: Tensor, rows: number, columns: number): Tensor =>
    d.square().pad([
      [0, 0],
      [0, rows],
      [0, columns],
    ]);
  return padded(down, 1, 0).add(padded(right, 0, 1));
}

/** Four random rectangles over each other on a background, with levels in [0, 1]; intervals in a single row. */
function blocks(key: Tensor, [count, height, width]: readonly [number, number, number]): Tensor {
  const [forEdges, forLevels] = random.split(key);
  const edges = random.uniform(forEdges, [4, 4, count, 1, 1]);
  const levels = random.uniform(forLevels, [5, count, 1, 1]);
  const between = (n: number, shape: readonly number[], a: Tensor, b: Tensor): Tensor => {
    const at = arange(n).add(0.5).div(n).reshape(shape);
    return at.greater(a.minimum(b)).logicalAnd(at.less(a.maximum(b)));
  };
  let image = levels.at(4).broadcastTo([count, height, width]);
  for (let i = 0; i < 4; i++) {
    const columns = between(width, [1, 1, width], edges.at(i, 0), edges.at(i, 1));
    const rows = between(height, [1, height, 1], edges.at(i, 2), edges.at(i, 3));
    image = (height === 1 ? columns : columns.logicalAnd(rows)).where(levels.at(i), image);
  }
  return image;
}
