import { customVjp, vjp } from "@x/tensor";
import { isFirstOrder, tracingOf } from "../internal/tracing";
import { HIGHEST_ORDER, withDerivatives } from "./newton-chord";
import { type Leaves, leavesOf, type Potentials, type Problem, problemOf } from "./problem";
import { type SolveOptions, solvedPotentials } from "./solve";

/** Potentials of a problem with equal masses, with all derivatives of it that are asked for. */
export function potentialsOf(problem: Problem, options: SolveOptions): Potentials {
  const { rho } = problem;
  const leaves = leavesOf(problem);
  const tracing = tracingOf(leaves);
  if (tracing === "none") return solvedPotentials(problem, options);
  if (tracing !== "staged") {
    const order = isFirstOrder(leaves) ? 1 : HIGHEST_ORDER;
    return withDerivatives(problem, solvedPotentials(problem, options), { order });
  }
  // Whether the program will be differentiated is not known yet: what that needs is made only then.
  return customVjp(
    (...xs: Leaves) => solvedPotentials(problemOf(xs, rho), options),
    (...xs) => {
      const values = potentialsOf(problemOf(xs, rho), options);
      return [values, { xs, values }];
    },
    ({ xs, values }, cotangent) => {
      const again = (...ys: Leaves): Potentials => withDerivatives(problemOf(ys, rho), values);
      return vjp(again, ...xs)[1](cotangent as Potentials);
    },
  )(...leaves);
}

/** The problem with b rescaled to the mass of a, if the masses have to agree. */
export const balanced = (problem: Problem): Problem =>
  problem.rho === undefined
    ? { ...problem, b: problem.b.mul(problem.a.sum().div(problem.b.sum())) }
    : problem;
