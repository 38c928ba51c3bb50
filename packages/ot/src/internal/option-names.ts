import { ArgumentError, isTensor } from "@x/tensor";
import type { SolverOptions } from "../result";

/** The names of all options of a function; of a type that lacks none of them. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: 1 };

/** What all iterative solvers take. */
export const SOLVER_NAMES: OptionNames<SolverOptions> = { tol: 1, maxIterations: 1, warn: 1 };

/** What we call options, and what others call them, in small letters without underscores. */
const ELSEWHERE = {
  eps: "reg rege epsilon",
  rho: "regm",
  maxIterations: "numitermax maxiter niter",
  maxPivots: "numitermax maxiterations",
  tol: "stopthr threshold",
  cost: "metric",
  init: "warmstart g0 xinit",
  mode: "method",
  loss: "lossfun",
  mass: "m",
  projections: "nprojections",
  a: "weights xweights",
  b: "yweights",
  uWeights: "a",
  vWeights: "b",
  lr: "stepsize learningrate",
};

/** Insertions, deletions and replacements from one word to another; what is more than two counts as three. */
function edits(from: string, to: string, most = 2): number {
  if (from === to) return 0;
  if (most === 0) return 1;
  let k = 0;
  while (from[k] === to[k]) k++;
  const [p, q] = [from.slice(k), to.slice(k)];
  const [rest, other] = [p.slice(1), q.slice(1)];
  return (
    1 +
    Math.min(...[edits(rest, other, most - 1), edits(rest, q, most - 1), edits(p, other, most - 1)])
  );
}

/** The option that a user meant, if that can be told. */
function meant(given: string, ours: readonly string[]): string | undefined {
  const plain = given.toLowerCase().replaceAll("_", "");
  let best = "";
  // Words of few letters are all near each other.
  let least = 1 + Math.min(2, Math.floor(plain.length / 3));
  const elsewhere = Object.entries(ELSEWHERE);
  // What is an option of other functions is not meant to be one with a name that is only near.
  for (const name of [...ours, ...elsewhere.map(([name]) => name)]) {
    const others = elsewhere.find(([other]) => other === name)?.[1].split(" ") ?? [];
    for (const word of [name.toLowerCase(), ...others]) {
      const distance = edits(plain, word);
      if (distance < least) [best, least] = [name, distance];
    }
  }
  return ours.find((name) => name === best);
}

/**
 * Checks that all options have names that a function knows: another one would be ignored, and its default be used.
 *
 * @param options - `undefined` counts as left out, and so does an option of that value
 * @param what - what the object is called in messages
 * @throws ArgumentError on another name, on a number in quotation marks, and on anything but an object
 */
export function checkOptionNames(
  operation: string,
  options: unknown,
  known: Readonly<Record<string, 1>>,
  what = "options",
): void {
  if (options === undefined) return;
  const ours = Object.keys(known);
  const refuse = (got: string, advice: string): never => {
    throw new ArgumentError(
      `${operation}: expected ${what} ${ours.join(", ")}; got ${got}; ${advice}`,
      { got },
    );
  };
  if (typeof options !== "object" || options === null || isList(options)) {
    const list = isList(options);
    // What comes there as an array is usually weights.
    const usual = list ? "a" : "eps";
    const first = known[usual] ? usual : ours[0];
    refuse(list ? "an array or tensor" : String(options), `pass { ${first}: … }`);
  }
  for (const [name, value] of Object.entries(options as object)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(known, name)) {
      const better = meant(name, ours);
      refuse(name, better === undefined ? "use one of these" : `use ${better}`);
    }
    // Comparisons would take it for the number, and sums would not.
    if (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)))
      refuse(`${name} "${value}"`, "pass a number");
  }
}

/** Whether something is numbers rather than options. */
const isList = (x: unknown): boolean => Array.isArray(x) || ArrayBuffer.isView(x) || isTensor(x);
