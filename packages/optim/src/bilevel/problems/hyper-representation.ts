import { matmul, random, type Tensor, zeros } from "@x/tensor";
import { qr } from "@x/tensor/linalg";
import { checkCount, checkNonNegative, checkPositive } from "../../core/check";
import type { BilevelProblem } from "../problem";

/** Sizes of the data of {@link hyperRepresentation}. */
export interface HyperRepresentationOptions {
  /** Default 12. */
  readonly tasks?: number | undefined;
  /** Training examples of each task; default 10. */
  readonly samples?: number | undefined;
  /** Validation examples of each task; default 20. */
  readonly validation?: number | undefined;
  /** Default 16. */
  readonly features?: number | undefined;
  /** Dimension of the representation, and of the subspace that the tasks share; default 3. */
  readonly hidden?: number | undefined;
  /** Standard deviation of the noise; default 0.1. */
  readonly noise?: number | undefined;
  /** Penalty of the heads, > 0; default 0.1. */
  readonly weightDecay?: number | undefined;
  /** Default `f32`. */
  readonly dtype?: "f32" | "f64" | undefined;
}

/** A representation shared by tasks, learned so that heads fitted on few examples do well on new ones. */
export interface HyperRepresentationProblem {
  readonly problem: BilevelProblem<Tensor, Tensor>;
  /** The representation, a random [hidden, features]. */
  readonly x: Tensor;
  /** A head for each task, zeros [tasks, hidden]. */
  readonly y: Tensor;
  /** The subspace that made the tasks, orthonormal rows [hidden, features]. */
  readonly truth: Tensor;
  /**
   * Share of the true subspace that a representation misses, in [0, 1]: 0 if its rows span it, 1 if they are
   * orthogonal to it.
   */
  readonly missed: (x: Tensor) => number;
}

/**
 * Few-shot regression over a common linear representation.
 *
 * Task t: lower level ½ mean (aᵀxᵀy_t − b)² + ½ · weightDecay · ‖y_t‖² on its training examples, upper level the same
 * without penalty on its validation examples, both averaged over tasks. Fewer examples than features: without the
 * shared x the heads could not be found.
 *
 * @param key - random key of the data
 * @param options - see {@link HyperRepresentationOptions}
 * @returns problem, start, and how far a representation is from the one behind the data
 * @throws ArgumentError for sizes out of range
 * @example
 * hyperRepresentation(random.key(0)).y.shape // [12, 3]
 */
export function hyperRepresentation(
  key: Tensor,
  options: HyperRepresentationOptions = {},
): HyperRepresentationProblem {
  const { tasks = 12, samples = 10, validation = 20, features = 16, hidden = 3 } = options;
  const { noise = 0.1, weightDecay = 0.1, dtype = "f32" } = options;
  for (const [name, n] of Object.entries({ tasks, samples, validation, features, hidden })) {
    checkCount("hyperRepresentation", name, n);
  }
  checkNonNegative("hyperRepresentation", "noise", noise);
  checkPositive("hyperRepresentation", "weightDecay", weightDecay);
  const [forTruth, forHeads, forTrain, forValidation, forStart] = random.split(key, 5);
  const truth = random.orthogonal(forTruth, hidden, features, { dtype });
  const heads = random.normal(forHeads, [tasks, hidden], { dtype });
  const draw = (from: Tensor, n: number): { a: Tensor; b: Tensor } => {
    const [forA, forNoise] = random.split(from);
    const a = random.normal(forA, [tasks, n, features], { dtype });
    return {
      a,
      b: predict(a, truth, heads).add(random.normal(forNoise, [tasks, n], { dtype }).mul(noise)),
    };
  };
  const [train, check] = [draw(forTrain, samples), draw(forValidation, validation)];
  const loss = ({ a, b }: { a: Tensor; b: Tensor }, x: Tensor, y: Tensor): Tensor =>
    predict(a, x, y).sub(b).square().mean().div(2);
  return {
    problem: {
      upper: (x, y) => loss(check, x, y),
      lower: (x, y) =>
        loss(train, x, y).add(
          y
            .square()
            .sum()
            .mul(weightDecay / (2 * tasks)),
        ),
    },
    x: random.normal(forStart, [hidden, features], { dtype }).div(Math.sqrt(features)),
    y: zeros([tasks, hidden], { dtype }),
    truth,
    missed: (x) => 1 - matmul(truth, qr(x.T).q).square().sum().item() / hidden,
  };
}

/** aᵀxᵀy for every example of every task: [tasks, n]. */
const predict = (a: Tensor, x: Tensor, y: Tensor): Tensor =>
  matmul(matmul(a, x.T), y.expandDims(-1)).squeeze(-1);
