import { customVjp, jit, type Tensor } from "@x/tensor";
import { tracingOf } from "../internal/tracing";
import { centred, dualGradient, dualValue } from "./dual";
import { withDerivatives } from "./newton-chord";
import { balanced, potentialsOf } from "./potentials";
import {
  type Leaves,
  leavesOf,
  type Potentials,
  type Problem,
  problemOf,
  type Rho,
} from "./problem";
import { type SolveOptions, solvedPotentials } from "./solve";

/** Both in few passes over the costs, where there are values. */
const [valueCompiled, gradientCompiled] = [
  jit(
    (rhoA: number | null, rhoB: number, f: Tensor, g: Tensor, ...xs: Leaves) =>
      dualValue(problemOf(xs, rhoOf(rhoA, rhoB)), { f, g }),
    { static: [0, 1] },
  ),
  jit(
    (rhoA: number | null, rhoB: number, ct: Tensor, f: Tensor, g: Tensor, ...xs: Leaves) =>
      dualGradient(problemOf(xs, rhoOf(rhoA, rhoB)), { f, g }, ct),
    { static: [0, 1] },
  ),
];

const rhoOf = (rhoA: number | null, rhoB: number): Rho | undefined =>
  rhoA === null ? undefined : [rhoA, rhoB];

const isValue = (problem: Problem, { f, g }: Potentials): boolean =>
  tracingOf([...leavesOf(problem), f, g]) === "none";

/** {@link dualValue}, compiled if it is not traced. */
function valueAt(problem: Problem, potentials: Potentials): Tensor {
  if (!isValue(problem, potentials)) return dualValue(problem, potentials);
  const [rhoA, rhoB] = problem.rho ?? [null, Infinity];
  return valueCompiled(rhoA, rhoB, potentials.f, potentials.g, ...leavesOf(problem));
}

/** {@link dualGradient}, compiled if it is not traced. */
function gradientAt(problem: Problem, potentials: Potentials, cotangent: Tensor): Leaves {
  if (!isValue(problem, potentials) || tracingOf([cotangent]) !== "none")
    return dualGradient(problem, potentials, cotangent);
  const [rhoA, rhoB] = problem.rho ?? [null, Infinity];
  const { f, g } = potentials;
  return gradientCompiled(rhoA, rhoB, cotangent, f, g, ...leavesOf(problem));
}

/**
 * ⟨P, C⟩ + ε KL(P | a⊗b) at the solution, of a problem with equal masses.
 *
 * By the envelope theorem its first derivatives are those of the dual objective at constant potentials: P for C, the
 * centred potentials for the weights, KL(P | a⊗b) for ε. Only second derivatives need those of the potentials.
 */
export function valueOfProblem(problem: Problem, options: SolveOptions): Tensor {
  const { rho } = problem;
  const leaves = leavesOf(problem);
  const solved = (p: Problem): Potentials => centred(p, solvedPotentials(balanced(p), options));
  const tracing = tracingOf(leaves);
  if (tracing === "none") return valueAt(problem, solved(problem));
  if (tracing === "forward")
    return dualValue(problem, withDerivatives(balanced(problem), solved(problem)));
  return customVjp(
    (...xs: Leaves) => valueAt(problemOf(xs, rho), solved(problemOf(xs, rho))),
    (...xs) => {
      const p = problemOf(xs, rho);
      const potentials = centred(p, potentialsOf(balanced(p), options));
      return [valueAt(p, potentials), { xs, potentials }];
    },
    ({ xs, potentials }, cotangent) => gradientAt(problemOf(xs, rho), potentials, cotangent),
  )(...leaves);
}

/** ⟨P, C⟩ + ε Σ P log P, which differs from the value by terms of the marginals. */
export function entropicOfProblem(problem: Problem, options: SolveOptions): Tensor {
  const { a, b, eps } = problem;
  const [massA, massB] = [a.sum(), b.sum()];
  const mass = massA.add(massB).div(2).sub(massA.mul(massB));
  const marginals = negativeEntropy(a).add(negativeEntropy(b)).add(mass);
  return valueOfProblem(problem, options).add(eps.mul(marginals));
}

/** Σ w log w, with 0 log 0 = 0. */
const negativeEntropy = (w: Tensor): Tensor => w.mul(w.greater(0).where(w, 1).log()).sum();
