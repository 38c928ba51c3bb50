import { jit } from "@x/tensor";
import { knownValue } from "../internal/tracing";
import { sinkhorn } from "../sinkhorn/sinkhorn";
import { sinkhornUnbalanced } from "../unbalanced/sinkhorn-unbalanced";
import { sweepPotentials, sweepSymmetric } from "./fixed-point";
import {
  type EntropicOptions,
  type Leaves,
  leavesOf,
  type Potentials,
  type Problem,
  problemOf,
  stopped,
} from "./problem";
import { sweepUnbalanced } from "./unbalanced-sweeps";

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

const sweepCompiled = jit(
  (tol: number, maxIterations: number, ...xs: Leaves) =>
    sweepPotentials(problemOf(xs), { tol, maxIterations }),
  { static: [0, 1] },
);

const sweepSymmetricCompiled = jit(
  (tol: number, maxIterations: number, ...xs: Leaves) =>
    sweepSymmetric(problemOf(xs), { tol, maxIterations }),
  { static: [0, 1] },
);

const sweepUnbalancedCompiled = jit(
  (tol: number, maxIterations: number, rhoA: number, rhoB: number, ...xs: Leaves) =>
    sweepUnbalanced(problemOf(xs), [rhoA, rhoB], { tol, maxIterations }),
  { static: [0, 1, 2, 3] },
);

/** Potentials of a problem as constants to differentiation; by the dense solvers where there are values for them. */
export function solvedPotentials(problem: Problem, options: SolveOptions): Potentials {
  const { tol, maxIterations, warn, symmetric = false } = options;
  const { rho } = problem;
  const still = leavesOf(stopped(problem));
  if (symmetric) return sweepSymmetricCompiled(tol, maxIterations, ...still);
  const [a, b, C, eps] = still.map(knownValue);
  if (a === undefined || b === undefined || C === undefined || eps === undefined) {
    return rho === undefined
      ? sweepCompiled(tol, maxIterations, ...still)
      : sweepUnbalancedCompiled(tol, maxIterations, ...rho, ...still);
  }
  const solver = { eps: eps.item(), maxIterations, warn };
  const { f, g } =
    rho === undefined
      ? sinkhorn(a, b, C, { ...solver, tol })
      : sinkhornUnbalanced(a, b, C, { ...solver, rho, tol });
  return { f, g };
}
