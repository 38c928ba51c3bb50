import { tensor } from "../creation";
import { isFloat } from "../dtype";
import { ArgumentError } from "../errors";
import { showShape } from "../shape";
import { isTensor, type Tensor } from "../tensor";
import { vjp } from "../transform/grad";
import { jvp } from "../transform/jvp";
import { flatten, names, type Tree, unflatten } from "../tree";
import { AssertionError } from "./assertion-error";
import { indexOf } from "./close";
import { inner, normals, unit } from "./directions";

/** How {@link checkGradients} compares. */
export interface GradientCheckOptions {
  /** Number of random directions; default 3. */
  readonly directions?: number;
  /** Chooses the directions; default 0. */
  readonly seed?: number;
  /** Step of the central difference; default 1e-5, which leaves errors near 1e-10 for derivatives near 1. */
  readonly step?: number;
  /** Allowed error relative to the sum of the absolute terms of the derivative; default 1e-6. */
  readonly relative?: number;
  /** Allowed error beside it; default 1e-8. */
  readonly absolute?: number;
  /** Default both. */
  readonly modes?: readonly ("reverse" | "forward")[];
  /** 2 checks the derivatives of the gradient, too; default 1. */
  readonly order?: 1 | 2;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments of an arbitrary user function
type AnyFunction = (...args: any[]) => unknown;
type Leaves = readonly Tensor[];
type Mode = "reverse" | "forward";

/** A function of its float leaves alone; its result is looked at through Σ weights · f(leaves). */
interface Problem {
  readonly f: (...leaves: Tensor[]) => Tensor[];
  readonly at: Tensor[];
  readonly names: readonly string[];
  readonly weights: Tensor[];
}

/**
 * Asserts that the derivatives of a function agree with finite differences, in f64.
 *
 * Along random directions v and for random weights u of the outputs, uᵀ J v by reverse mode, and by forward
 * mode, is compared with the central difference (u·f(x + h v) − u·f(x − h v)) / 2h. Where they differ, the
 * partial derivatives are compared one by one to find the worst.
 *
 * @param f - a function of trees of tensors and numbers that returns such a tree; integer and bool
 *   arguments are left alone, integer and bool results are ignored
 * @param args - where: away from kinks and poles by more than the step; float leaves are converted to f64
 * @throws AssertionError naming the mode, the argument and index of the worst derivative, and both values
 * @throws ArgumentError when there is nothing to differentiate
 * @example
 * checkGradients((x: Tensor, w: Tensor) => x.matmul(w).tanh(), [x, w]);
 */
export function checkGradients(
  f: AnyFunction,
  args: readonly unknown[],
  options: GradientCheckOptions = {},
): void {
  const { directions = 3, seed = 0, modes = ["reverse", "forward"], order = 1 } = options;
  const random = normals(seed);
  const problem = prepare(f, args, random);
  const partials = modes.includes("reverse") ? reverse(problem) : undefined;
  for (let i = 0; i < directions; i++) {
    const along = problem.at.map((x) => random(x));
    for (const mode of modes) checkDirection(problem, along, mode, partials, options);
  }
  if (order === 2) {
    const gradient = (...at: Tensor[]): Tensor[] => reverse({ ...problem, at });
    checkGradients(gradient, problem.at, { ...options, seed: seed + 1, order: 1 });
  }
}

function prepare(
  f: AnyFunction,
  args: readonly unknown[],
  random: (like: Tensor) => Tensor,
): Problem {
  const { leaves, structure } = flatten(args as Tree<unknown>);
  const open = leaves.map((x) => typeof x === "number" || (isTensor(x) && isFloat(x.dtype)));
  const paths = names(args as Tree<unknown>).filter((_, i) => open[i]);
  if (paths.length === 0) {
    throw new ArgumentError(
      "checkGradients: expected a float tensor or a number among the arguments; got none",
    );
  }
  const at = leaves.flatMap((x, i) => (open[i] ? [tensor(x as Tensor, { dtype: "f64" })] : []));
  const flat = (...xs: Tensor[]): Tensor[] => {
    let next = 0;
    const full = leaves.map((x, i) => (open[i] ? xs[next++] : x));
    const result = f(...(unflatten(structure, full) as unknown[]));
    return flatten(result as Tree<unknown>).leaves.flatMap((y) =>
      isTensor(y) && isFloat(y.dtype) ? [y] : [],
    );
  };
  const outputs = flat(...at);
  if (outputs.length === 0) {
    throw new ArgumentError("checkGradients: expected a float tensor among the results; got none");
  }
  return { f: flat, at, names: paths, weights: outputs.map(random) };
}

function numeric({ f, at, weights }: Problem, along: Leaves, h: number): number {
  const moved = (by: number): Tensor[] =>
    f(...at.map((x, i) => x.add((along[i] as Tensor).mul(by))));
  return (inner(moved(h), weights) - inner(moved(-h), weights)) / (2 * h);
}

/** Partial derivatives of the weighted sum. */
function reverse({ f, at, weights }: Problem): Tensor[] {
  const [outputs, pullback] = vjp(f, ...at);
  return pullback(weights.map((w, i) => w.cast((outputs[i] as Tensor).dtype)));
}

const forward = ({ f, at, weights }: Problem, along: Tensor[]): number =>
  inner(jvp(f, at, along)[1], weights);

function checkDirection(
  problem: Problem,
  along: Tensor[],
  mode: Mode,
  partials: Leaves | undefined,
  options: GradientCheckOptions,
): void {
  const { step = 1e-5, relative = 1e-6, absolute = 1e-8 } = options;
  const expected = numeric(problem, along, step);
  const actual = mode === "reverse" ? inner(partials as Leaves, along) : forward(problem, along);
  const size = partials === undefined ? 0 : inner(partials, along, Math.abs);
  const allowed = absolute + relative * Math.max(Math.abs(expected), size);
  if (Math.abs(actual - expected) <= allowed) return;
  const worst = findWorst(problem, partials, mode, step);
  throw new AssertionError(
    `checkGradients: ${mode} mode gives ${actual} along a random direction; central differences give ${expected}; ` +
      `worst is the derivative by argument ${worst.name} at ${showShape(worst.index)}: ${worst.actual} instead of ${worst.expected}`,
    { mode, ...worst },
  );
}

interface Worst {
  readonly name: string;
  readonly index: readonly number[];
  readonly actual: number;
  readonly expected: number;
}

/** Compares one partial derivative at a time. */
function findWorst(
  problem: Problem,
  partials: Leaves | undefined,
  mode: Mode,
  step: number,
): Worst {
  let worst: Worst | undefined;
  let widest = -1;
  problem.at.forEach((x, leaf) => {
    const values = mode === "reverse" ? partials?.[leaf]?.dataSync() : undefined;
    for (let i = 0; i < x.size; i++) {
      const along = problem.at.map((y, j) => unit(y, j === leaf ? i : -1));
      const expected = numeric(problem, along, step);
      const actual = values?.[i] ?? forward(problem, along);
      const gap = Math.abs(actual - expected);
      if (gap <= widest) continue;
      widest = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap;
      worst = { name: problem.names[leaf] as string, index: indexOf(i, x.shape), actual, expected };
    }
  });
  return worst as Worst;
}
