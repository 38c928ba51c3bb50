import { customVjp, type Tensor, vjp } from "@x/tensor";
import { tracingOf } from "../internal/tracing";
import { centred, dualValue } from "./dual";
import { withDerivatives } from "./newton-chord";
import { balanced, potentialsOf } from "./potentials";
import { type Leaves, leavesOf, type Potentials, type Problem, problemOf } from "./problem";
import { type SolveOptions, solvedPotentials } from "./solve";

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
  if (tracing === "none") return dualValue(problem, solved(problem));
  if (tracing === "forward")
    return dualValue(problem, withDerivatives(balanced(problem), solved(problem)));
  return customVjp(
    (...xs: Leaves) => dualValue(problemOf(xs, rho), solved(problemOf(xs, rho))),
    (...xs) => {
      const p = problemOf(xs, rho);
      const potentials = centred(p, potentialsOf(balanced(p), options));
      return [dualValue(p, potentials), { xs, potentials }];
    },
    ({ xs, potentials }, cotangent) => {
      const dual = (...ys: Leaves): Tensor => dualValue(problemOf(ys, rho), potentials);
      return vjp(dual, ...xs)[1](cotangent);
    },
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
