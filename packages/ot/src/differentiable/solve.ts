import { jit, type Tensor } from "@x/tensor";
import { sweepPotentials, sweepSymmetric } from "./fixed-point";
import {
  type EntropicOptions,
  leavesOf,
  type Potentials,
  type Problem,
  problemOf,
  stopped,
} from "./problem";

/** How the potentials are found. */
export interface SolveOptions {
  readonly tol: number;
  readonly maxIterations: number;
  readonly warn: boolean;
  /** Whether the costs are symmetric and the weights the same, so that one potential is enough. */
  readonly symmetric?: boolean | undefined;
}

export const solveOptions = ({
  tol = 1e-10,
  maxIterations = 10_000,
  warn = true,
}: EntropicOptions): SolveOptions => ({ tol, maxIterations, warn });

type Leaves = [a: Tensor, b: Tensor, C: Tensor, eps: Tensor];

const sweepCompiled = jit(
  (tol: number, maxIterations: number, ...xs: Leaves) =>
    sweepPotentials(problemOf(...xs), { tol, maxIterations }),
  { static: [0, 1] },
);

const sweepSymmetricCompiled = jit(
  (tol: number, maxIterations: number, ...xs: Leaves) =>
    sweepSymmetric(problemOf(...xs), { tol, maxIterations }),
  { static: [0, 1] },
);

/** Potentials of a problem as constants to differentiation. */
export function solvedPotentials(problem: Problem, options: SolveOptions): Potentials {
  const { tol, maxIterations, symmetric = false } = options;
  const still = leavesOf(stopped(problem));
  return (symmetric ? sweepSymmetricCompiled : sweepCompiled)(tol, maxIterations, ...still);
}
