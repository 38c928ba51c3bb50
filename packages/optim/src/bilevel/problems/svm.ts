import { leakyRelu, matmul, random, relu, type Tensor, zeros } from "@x/tensor";
import { checkCount, checkNonNegative } from "../../core/check";
import type { BilevelProblem } from "../problem";

/** Sizes of the data of {@link svm}. */
export interface SvmOptions {
  /** Training examples; default 60. */
  readonly samples?: number | undefined;
  /** Validation examples; default 60. */
  readonly validation?: number | undefined;
  /** Default 8. */
  readonly features?: number | undefined;
  /** Share of training labels that are turned round, in [0, 1]; default 0.15. */
  readonly flipped?: number | undefined;
  /** Distance of either class from the boundary, in standard deviations; default 1. */
  readonly separation?: number | undefined;
  /** Default `f64`. */
  readonly dtype?: "f32" | "f64" | undefined;
}

/** A linear support vector machine with its slacks. */
export interface SvmMachine {
  /** [features] */
  readonly weight: Tensor;
  /** Scalar. */
  readonly bias: Tensor;
  /** One for each training example, [samples]. */
  readonly slack: Tensor;
}

/** Prices of slack for each training example, to be learned from validation data. */
export interface SvmProblem {
  /** With affine constraints, for {@link lvHba}. */
  readonly problem: BilevelProblem<Tensor, SvmMachine>;
  /** Logarithms of the prices, zeros [samples]. */
  readonly x: Tensor;
  /** Feasible: the difference of the class means, with the slack that it needs. */
  readonly y: SvmMachine;
  /** Which training labels are wrong, bool [samples]. */
  readonly flipped: Tensor;
  /** Share of 1000 test examples that a machine gets right. */
  readonly accuracy: (y: SvmMachine) => number;
}

/**
 * A support vector machine with a price for each slack: a lower level with constraints.
 *
 * Lower level ½‖w‖² + ½ Σ eˣⁱ ξᵢ² subject to 1 − ξᵢ − bᵢ(wᵀaᵢ + b) ≤ 0, upper level
 * mean leakyRelu(2σ(−5 bᵢ(wᵀaᵢ + b) / ‖w‖) − 1) on validation data.
 *
 * @param key - random key of the data
 * @param options - see {@link SvmOptions}
 * @returns problem, feasible start, which labels are wrong, and the accuracy on test data
 * @throws ArgumentError for sizes out of range
 * @example
 * svm(random.key(0)).y.slack.shape // [60]
 */
export function svm(key: Tensor, options: SvmOptions = {}): SvmProblem {
  const { samples = 60, validation = 60, features = 8, flipped = 0.15, separation = 1 } = options;
  const { dtype = "f64" } = options;
  for (const [name, n] of Object.entries({ samples, validation, features })) {
    checkCount("svm", name, n);
  }
  checkNonNegative("svm", "flipped", flipped);
  const [forNormal, forTrain, forValidation, forTest, forFlips] = random.split(key, 5);
  const axis = random.normal(forNormal, [features], { dtype });
  const normal = axis.div(axis.norm());
  const draw = (from: Tensor, n: number): { a: Tensor; b: Tensor } => {
    const [forLabels, forNoise] = random.split(from);
    const b = random.rademacher(forLabels, [n], { dtype });
    const noise = random.normal(forNoise, [n, features], { dtype });
    return { a: noise.add(b.mul(separation).expandDims(-1).mul(normal)), b };
  };
  const clean = draw(forTrain, samples);
  const wrong = random.bernoulli(forFlips, [samples], { p: flipped });
  const train = { a: clean.a, b: wrong.where(clean.b.neg(), clean.b) };
  const check = draw(forValidation, validation);
  const test = draw(forTest, 1000);
  const margins = (
    { a, b }: { a: Tensor; b: Tensor },
    { weight, bias }: Omit<SvmMachine, "slack">,
  ): Tensor => b.mul(matmul(a, weight).add(bias));
  // The difference of the class means; the upper level has no gradient at w = 0.
  const means = { weight: matmul(train.b, train.a).div(samples), bias: zeros([], { dtype }) };
  const start = { ...means, slack: relu(margins(train, means).neg().add(1)) };
  return {
    problem: {
      upper: (_, y) => {
        // The small number keeps the quotient finite.
        const length = y.weight.square().sum().add(1e-12).sqrt();
        return leakyRelu(margins(check, y).mul(-5).div(length).sigmoid().mul(2).sub(1)).mean();
      },
      lower: (x, y) => y.weight.square().sum().add(x.exp().mul(y.slack.square()).sum()).div(2),
      constraints: {
        inequality: (_, y) => margins(train, y).add(y.slack).neg().add(1),
      },
    },
    x: zeros([samples], { dtype }),
    y: start,
    flipped: wrong,
    accuracy: (y) => margins(test, y).greater(0).cast("f64").mean().item(),
  };
}
