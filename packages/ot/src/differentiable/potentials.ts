import { customVjp, type Tensor, vjp } from "@x/tensor";
import { tracingOf } from "../internal/tracing";
import { withDerivatives } from "./newton-chord";
import { leavesOf, type Potentials, type Problem, problemOf } from "./problem";
import { type SolveOptions, solvedPotentials } from "./solve";

/** Potentials of a problem with equal masses, with all derivatives of it that are asked for. */
export function potentialsOf(problem: Problem, options: SolveOptions): Potentials {
  const leaves = leavesOf(problem);
  const tracing = tracingOf(leaves);
  if (tracing === "none") return solvedPotentials(problem, options);
  if (tracing !== "staged") return withDerivatives(problem, solvedPotentials(problem, options));
  // Whether the program will be differentiated is not known yet: what that needs is made only then.
  return customVjp(
    (...xs: [Tensor, Tensor, Tensor, Tensor]) => solvedPotentials(problemOf(...xs), options),
    (...xs) => {
      const values = potentialsOf(problemOf(...xs), options);
      return [values, { xs, values }];
    },
    ({ xs, values }, cotangent) => {
      const again = (...ys: typeof xs): Potentials => withDerivatives(problemOf(...ys), values);
      return vjp(again, ...xs)[1](cotangent as Potentials);
    },
  )(...leaves);
}

/** The problem with b rescaled to the mass of a. */
export const balanced = (problem: Problem): Problem => ({
  ...problem,
  b: problem.b.mul(problem.a.sum().div(problem.b.sum())),
});
