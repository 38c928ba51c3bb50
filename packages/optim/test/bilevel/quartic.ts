import { random, type Tensor } from "@x/tensor";
import type { BilevelProblem } from "../../src/index";

/**
 * g = (y − 1.5x)², F = ¼(y − 1)⁴ + 0.05x²: the upper curvature grows with the gradient.
 *
 * Φ = ¼(1.5x − 1)⁴ + 0.05x²; its minimiser solves 1.5(1.5x − 1)³ + 0.1x = 0.
 */
export const quartic: BilevelProblem<Tensor, Tensor> = {
  upper: (x, y) => y.sub(1).pow(4).div(4).add(x.square().mul(0.05)),
  lower: (x, y) => y.sub(x.mul(1.5)).square(),
};

/** The same with noise in both levels' gradients, of mean 0. */
export const noisyQuartic: BilevelProblem<Tensor, Tensor, { lower: Tensor; upper: Tensor }> = {
  upper: (x, y, noise) => quartic.upper(x, y, undefined).add(noise.upper.mul(y)),
  lower: (x, y, noise) => quartic.lower(x, y, undefined).add(noise.lower.mul(y)),
};

export const drawNoise = (key: Tensor): { lower: Tensor; upper: Tensor } => {
  const [lower, upper] = random.split(key);
  return {
    lower: random.normal(lower, [], { dtype: "f64", std: 0.05 }),
    upper: random.normal(upper, [], { dtype: "f64", std: 0.05 }),
  };
};

export const phi = (x: number): number => (1.5 * x - 1) ** 4 / 4 + 0.05 * x ** 2;
export const slope = (x: number): number => 1.5 * (1.5 * x - 1) ** 3 + 0.1 * x;
/** By Newton's method on the slope. */
export const best = 0.4582583203;
