import {
  type BilevelSolver,
  type BilevelState,
  bilevel,
  bilevelProblems,
  boRep,
  lvHba,
  maid,
  scaleByLearningRate,
} from "@x/optim";
import { random, type Tensor } from "@x/tensor";

/** Ridge regression with a penalty per feature, chosen on validation data. */
export interface RidgeTask {
  /** The validation loss after the exact minimisation of the lower level, plus a prior on the penalties. */
  readonly phi: (x: Tensor) => number;
  readonly x: Tensor;
  readonly y: Tensor;
  /** Each solver with steps that suit the problem, and how many of them it gets at most. */
  readonly solvers: readonly RidgeSolver[];
}

/** A solver of the task, seen through what all have in common. */
export interface RidgeSolver {
  readonly name: string;
  readonly steps: number;
  readonly make: () => BilevelSolver<Tensor, Tensor, BilevelState<Tensor, Tensor>>;
}

/** The task of the study. Without the prior, penalties of idle features would grow for ever, and curvature with them. */
export function ridgeTask(seed: number): RidgeTask {
  const made = bilevelProblems.ridge(random.key(seed), { features: 8, informative: 3 });
  const problem = {
    ...made.problem,
    upper: (x: Tensor, y: Tensor) =>
      made.problem.upper(x, y, undefined).add(x.square().sum().mul(0.02)),
  };
  const inner = scaleByLearningRate(1 / (made.L(made.x) + 8));
  const outer = scaleByLearningRate(2);
  const common = { outer, inner, innerSteps: 10 };
  const many = { ...common, innerSteps: 30 };
  const { mu, L, LgradG } = made;
  const solvers: RidgeSolver[] = [
    solver("cg", 300, () => bilevel(problem, { ...common, method: "cg" })),
    solver("normalCg", 300, () => bilevel(problem, { ...common, method: "normalCg" })),
    solver("neumann", 300, () =>
      bilevel(problem, { ...common, method: "neumann", alpha: 0.2, terms: 30 }),
    ),
    solver("unrolled", 300, () => bilevel(problem, { ...many, method: "unrolled" })),
    solver("finiteDifference", 300, () =>
      bilevel(problem, { ...common, method: "finiteDifference" }),
    ),
    solver("amigo", 300, () => bilevel(problem, { ...common, method: "amigo", linear: inner })),
    solver("soba", 2000, () =>
      bilevel(problem, {
        ...common,
        method: "soba",
        linear: inner,
        outer: scaleByLearningRate(0.5),
      }),
    ),
    solver("f2sa", 600, () =>
      bilevel(problem, { ...common, method: "f2sa", lambda: 50, lambdaGrowth: 1 }),
    ),
    solver("boRep", 2000, () =>
      boRep(problem, {
        outerLr: (k) => 0.1 / Math.sqrt(1 + k / 50),
        innerLr: 0.2,
        vLr: 0.2,
      }),
    ),
    solver("maid", 300, () => maid(problem, { mu, L, LgradG, step: 1 })),
    solver("lvHba", 20_000, () => lvHba(problem, { alpha: 0.1, eta: 0.2, c: 2 })),
  ];
  return { phi: (x) => problem.upper(x, made.minimum(x)).item(), x: made.x, y: made.y, solvers };
}

/** Forgets what only this solver keeps in its state. */
const solver = <S extends BilevelState<Tensor, Tensor>>(
  name: string,
  steps: number,
  make: () => BilevelSolver<Tensor, Tensor, S>,
): RidgeSolver => ({
  name,
  steps,
  make: make as unknown as RidgeSolver["make"],
});
