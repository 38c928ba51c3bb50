import { concat, eye, matmul, random, softplus, type Tensor, zeros } from "@x/tensor";
import { eigvalsh, solve } from "@x/tensor/linalg";
import { checkCount, checkNonNegative } from "../../core/check";
import type { BilevelProblem } from "../problem";

/** Sizes of the data of {@link ridge} and {@link logistic}. */
export interface PerFeatureOptions {
  /** Training examples; default 60. */
  readonly samples?: number | undefined;
  /** Validation examples; default 60. */
  readonly validation?: number | undefined;
  /** Default 20. */
  readonly features?: number | undefined;
  /** The first so many features carry signal, the others none; default 5. */
  readonly informative?: number | undefined;
  /** Standard deviation of the noise beside a signal of variance `informative`; default 1. */
  readonly noise?: number | undefined;
  /** Default `f64`. */
  readonly dtype?: "f32" | "f64" | undefined;
}

/** A regression whose coefficients have a penalty each, eˣ, to be chosen on validation data. */
export interface PerFeatureProblem {
  readonly problem: BilevelProblem<Tensor, Tensor>;
  /** Logarithms of the penalties to start from, zeros [features]. */
  readonly x: Tensor;
  /** Coefficients to start from, zeros [features]. */
  readonly y: Tensor;
  /** The coefficients that made the data, [features]. */
  readonly truth: Tensor;
  /** Strong convexity of the lower level at x. */
  readonly mu: (x: Tensor) => number;
  /** Smoothness of the lower level at x. */
  readonly L: (x: Tensor) => number;
  /** Lipschitz constant of the upper gradient in y. */
  readonly LgradG: number;
}

interface LinearData {
  readonly truth: Tensor;
  readonly train: { readonly a: Tensor; readonly b: Tensor };
  readonly validation: { readonly a: Tensor; readonly b: Tensor };
}

function linearData(caller: string, key: Tensor, options: PerFeatureOptions): LinearData {
  const { samples = 60, validation = 60, features = 20, informative = 5, noise = 1 } = options;
  const { dtype = "f64" } = options;
  checkCount(caller, "samples", samples);
  checkCount(caller, "validation", validation);
  checkCount(caller, "features", features);
  checkCount(caller, "informative", informative, 0);
  checkNonNegative(caller, "noise", noise);
  const [forTruth, forTrain, forValidation] = random.split(key, 3);
  const signal = Math.min(informative, features);
  const truth = concat([
    random.rademacher(forTruth, [signal], { dtype }),
    zeros([features - signal], { dtype }),
  ]);
  const draw = (from: Tensor, n: number): { a: Tensor; b: Tensor } => {
    const [forA, forNoise] = random.split(from);
    const a = random.normal(forA, [n, features], { dtype });
    return { a, b: matmul(a, truth).add(random.normal(forNoise, [n], { dtype }).mul(noise)) };
  };
  return {
    truth,
    train: draw(forTrain, samples),
    validation: draw(forValidation, validation),
  };
}

/** Largest and smallest eigenvalue of AᵀA / n. */
function spectrum(a: Tensor): readonly [number, number] {
  const values = eigvalsh(matmul(a.T, a).div(a.shape[0] as number)).dataSync();
  return [values.at(-1) as number, Math.max(0, values[0] as number)];
}

const penalty = (x: Tensor, y: Tensor): Tensor => x.exp().mul(y.square()).sum().div(2);

const ends = (x: Tensor): readonly [number, number] => [
  Math.exp(x.min().item()),
  Math.exp(x.max().item()),
];

function build(
  { train, validation, truth }: LinearData,
  loss: (a: Tensor, b: Tensor, y: Tensor) => Tensor,
  curvature: number,
): PerFeatureProblem {
  const [largest, smallest] = spectrum(train.a);
  const zero = truth.mul(0);
  return {
    problem: {
      upper: (_, y) => loss(validation.a, validation.b, y),
      lower: (x, y) => loss(train.a, train.b, y).add(penalty(x, y)),
    },
    x: zero,
    y: zero,
    truth,
    // A logistic loss may be as flat as one likes: only squares bring curvature from below.
    mu: (x) => ends(x)[0] + (curvature === 1 ? smallest : 0),
    L: (x) => ends(x)[1] + curvature * largest,
    LgradG: curvature * spectrum(validation.a)[0],
  };
}

/**
 * Ridge regression with one penalty per feature.
 *
 * Lower level ‖Ay − b‖²/2n + ½ Σ eˣʲ yⱼ², upper level the same loss without penalties on validation data. Penalties
 * of features without signal should grow.
 *
 * @param key - random key of the data
 * @param options - see {@link PerFeatureOptions}
 * @returns problem, start, constants for {@link maid}, and `minimum`: y*(x) in closed form
 * @throws ArgumentError for sizes out of range
 * @example
 * const { problem, x, minimum } = ridge(random.key(0));
 * hypergradient(problem, x, minimum(x), { method: "cg" }).grad.shape // [20]
 */
export function ridge(
  key: Tensor,
  options: PerFeatureOptions = {},
): PerFeatureProblem & { readonly minimum: (x: Tensor) => Tensor } {
  const data = linearData("ridge", key, options);
  const { a, b } = data.train;
  const n = a.shape[0] as number;
  const squares = (m: Tensor, target: Tensor, y: Tensor): Tensor =>
    matmul(m, y).sub(target).square().mean().div(2);
  const features = a.shape[1] as number;
  const identity = eye(features, { dtype: a.dtype });
  return {
    ...build(data, squares, 1),
    minimum: (x) => solve(matmul(a.T, a).div(n).add(identity.mul(x.exp())), matmul(a.T, b).div(n)),
  };
}

/**
 * Logistic regression with one penalty per feature; the labels are the signs of {@link ridge}'s responses.
 *
 * Lower level mean log(1 + exp(−bᵢ aᵢᵀy)) + ½ Σ eˣʲ yⱼ², upper level the same loss without penalties on validation data.
 *
 * @param key - random key of the data
 * @param options - see {@link PerFeatureOptions}
 * @returns problem, start, constants for {@link maid}
 * @throws ArgumentError for sizes out of range
 * @example
 * logistic(random.key(0), { features: 8 }).x.shape // [8]
 */
export function logistic(key: Tensor, options: PerFeatureOptions = {}): PerFeatureProblem {
  const data = linearData("logistic", key, options);
  const signs = ({ a, b }: LinearData["train"]): LinearData["train"] => ({
    a,
    b: b.less(0).where(-1, 1).cast(b.dtype),
  });
  const loss = (a: Tensor, b: Tensor, y: Tensor): Tensor =>
    softplus(b.mul(matmul(a, y)).neg()).mean();
  const labelled = { ...data, train: signs(data.train), validation: signs(data.validation) };
  return build(labelled, loss, 1 / 4);
}
