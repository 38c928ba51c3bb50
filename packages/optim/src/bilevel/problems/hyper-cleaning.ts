import { logSoftmax, matmul, oneHot, random, type Tensor, zeros } from "@x/tensor";
import { checkCount, checkNonNegative, checkPositive } from "../../core/check";
import type { BilevelProblem } from "../problem";

/** Sizes of the data of {@link hyperCleaning}. */
export interface HyperCleaningOptions {
  /** Training examples, some with wrong labels; default 600. */
  readonly samples?: number | undefined;
  /** Validation examples, all labels right; default 300. */
  readonly validation?: number | undefined;
  /** Default 3. */
  readonly classes?: number | undefined;
  /** Default 20. */
  readonly features?: number | undefined;
  /** Share of training labels that are replaced by the next class, in [0, 1]; default 0.4. */
  readonly flipped?: number | undefined;
  /** Distance of the class means from 0, in standard deviations; default 2. */
  readonly separation?: number | undefined;
  /** Penalty ½ · weightDecay · ‖y‖² of the classifier, > 0; default 0.01. */
  readonly weightDecay?: number | undefined;
  /** Default `f32`. */
  readonly dtype?: "f32" | "f64" | undefined;
}

/** A linear classifier. */
export interface Classifier {
  /** [classes, features] */
  readonly weight: Tensor;
  /** [classes] */
  readonly bias: Tensor;
}

/** Weights for training examples, to be learned from clean validation data. */
export interface HyperCleaningProblem {
  readonly problem: BilevelProblem<Tensor, Classifier>;
  /** One number for each training example, whose weight is its sigmoid; zeros [samples]. */
  readonly x: Tensor;
  readonly y: Classifier;
  /** Which training labels are wrong, bool [samples]. */
  readonly flipped: Tensor;
  /** Share of test examples that a classifier gets right. */
  readonly accuracy: (y: Classifier) => number;
  /** Strong convexity of the lower level. */
  readonly mu: number;
}

interface Labelled {
  readonly a: Tensor;
  readonly labels: Tensor;
}

/**
 * Data hyper-cleaning: classification of Gaussian classes where many training labels are wrong.
 *
 * Lower level mean σ(xᵢ) ℓᵢ(y) + ½ · weightDecay · ‖y‖² with the cross-entropy ℓᵢ of a linear classifier, upper level
 * the mean cross-entropy on clean validation data. Wrong labels are all of the next class, which moves the
 * boundaries of whoever believes them.
 *
 * @param key - random key of the data
 * @param options - see {@link HyperCleaningOptions}
 * @returns problem, start, which labels are wrong, and the accuracy on 1000 test examples
 * @throws ArgumentError for sizes out of range
 * @example
 * hyperCleaning(random.key(0)).x.shape // [600]
 */
export function hyperCleaning(
  key: Tensor,
  options: HyperCleaningOptions = {},
): HyperCleaningProblem {
  const { samples = 600, validation = 300, classes = 3, features = 20 } = options;
  const { flipped = 0.4, separation = 2, weightDecay = 0.01, dtype = "f32" } = options;
  checkCount("hyperCleaning", "samples", samples);
  checkCount("hyperCleaning", "validation", validation);
  checkCount("hyperCleaning", "classes", classes, 2);
  checkCount("hyperCleaning", "features", features);
  checkNonNegative("hyperCleaning", "flipped", flipped);
  checkPositive("hyperCleaning", "weightDecay", weightDecay);
  const [forMeans, forTrain, forValidation, forTest, forFlips] = random.split(key, 5);
  const means = random.normal(forMeans, [classes, features], { dtype });
  const centres = means.mul(means.square().sum(1, { keepDims: true }).rsqrt().mul(separation));
  const draw = (from: Tensor, n: number): Labelled => {
    const [forLabels, forNoise] = random.split(from);
    const labels = random.randint(forLabels, [n], { high: classes });
    const noise = random.normal(forNoise, [n, features], { dtype });
    return { a: matmul(oneHot(labels, classes).cast(dtype), centres).add(noise), labels };
  };
  const clean = draw(forTrain, samples);
  const wrong = random.bernoulli(forFlips, [samples], { p: flipped });
  const train = { ...clean, labels: clean.labels.add(wrong.cast("i32")).mod(classes) };
  const check = draw(forValidation, validation);
  const test = draw(forTest, 1000);

  const scores = (a: Tensor, { weight, bias }: Classifier): Tensor => matmul(a, weight.T).add(bias);
  const losses = ({ a, labels }: Labelled, y: Classifier): Tensor =>
    logSoftmax(scores(a, y), -1).mul(oneHot(labels, classes).cast(dtype)).sum(-1).neg();
  const squares = (y: Classifier): Tensor => y.weight.square().sum().add(y.bias.square().sum());
  return {
    problem: {
      upper: (_, y) => losses(check, y).mean(),
      lower: (x, y) =>
        x
          .sigmoid()
          .mul(losses(train, y))
          .mean()
          .add(squares(y).mul(weightDecay / 2)),
    },
    x: zeros([samples], { dtype }),
    y: { weight: zeros([classes, features], { dtype }), bias: zeros([classes], { dtype }) },
    flipped: wrong,
    accuracy: (y) => scores(test.a, y).argmax(-1).equal(test.labels).cast("f64").mean().item(),
    mu: weightDecay,
  };
}
