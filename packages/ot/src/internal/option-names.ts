import { ArgumentError } from "@x/tensor";
import type { SolverOptions } from "../result";

/** The names of all options of a function; of a type that lacks none of them. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: 1 };

/** What all iterative solvers take. */
export const SOLVER_NAMES: OptionNames<SolverOptions> = { tol: 1, maxIterations: 1, warn: 1 };

/** What other libraries call options, in small letters without underscores; and what we do. */
const ELSEWHERE = new Map(
  Object.entries({
    eps: "reg rege epsilon",
    rho: "regm",
    maxIterations: "numitermax maxiter niter",
    tol: "stopthr threshold",
    cost: "metric",
    init: "warmstart g0 xinit",
    mode: "method",
    loss: "lossfun",
    mass: "m",
    projections: "nprojections",
  }).flatMap(([ours, words]) => words.split(" ").map((word) => [word, ours] as const)),
);

/**
 * Checks that all options have names that a function knows: another one would be ignored, and its default be used.
 *
 * @param options - `undefined` counts as left out, and so does an option of that value
 * @throws ArgumentError on another name, or on anything but an object
 */
export function checkOptionNames(
  operation: string,
  options: unknown,
  known: Readonly<Record<string, 1>>,
): void {
  if (options === undefined) return;
  const ours = Object.keys(known);
  const refuse = (got: string, advice: string): never => {
    throw new ArgumentError(
      `${operation}: expected options ${ours.join(", ")}; got ${got}; ${advice}`,
      { got },
    );
  };
  if (typeof options !== "object" || options === null)
    refuse(String(options), `pass { ${known["eps"] ? "eps" : ours[0]}: … }`);
  for (const [name, value] of Object.entries(options as object)) {
    if (value === undefined || Object.hasOwn(known, name)) continue;
    const plain = name.toLowerCase().replaceAll("_", "");
    const meant = ELSEWHERE.get(plain) ?? plain;
    const found = ours.find((other) => other.toLowerCase() === meant.toLowerCase());
    refuse(name, found === undefined ? "leave it out" : `use ${found}`);
  }
}
