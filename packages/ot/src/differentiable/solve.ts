import { jit, type Tensor } from "@x/tensor";
import { knownValue } from "../internal/tracing";
import { sinkhorn } from "../sinkhorn/sinkhorn";
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

/** Potentials of a problem as constants to differentiation; by the dense solver where there are values to give to it. */
export function solvedPotentials(problem: Problem, options: SolveOptions): Potentials {
  const { tol, maxIterations, warn, symmetric = false } = options;
  const still = leavesOf(stopped(problem));
  if (symmetric) return sweepSymmetricCompiled(tol, maxIterations, ...still);
  const [a, b, C, eps] = still.map(knownValue);
  if (a === undefined || b === undefined || C === undefined || eps === undefined)
    return sweepCompiled(tol, maxIterations, ...still);
  const mass = a.sum().item();
  const { f, g } = sinkhorn(a, b, C, { eps: eps.item(), tol: tol * mass, maxIterations, warn });
  return { f, g };
}
