import { isFloat } from "../dtype";
import { ArgumentError } from "../errors";
import { checkFunction, described } from "../internal/check-argument";
import type { Tangent } from "../internal/primitive";
import { regroup, showStructure, type TensorsOf } from "../internal/regroup";
import { toTensor } from "../ops/promote";
import { constant, constantLike } from "../primitives/constants";
import { sameShape, showShape } from "../shape";
import { isTensor, type Tensor } from "../tensor";
import { flatten, type Structure, type Tree, unflatten } from "../tree";
import { linearizeFlat } from "./linearize-trace";
import { playTape, transposeTape } from "./tape";

/** Parameters and results of differentiated functions: trees whose leaves are tensors or numbers. */
export type TensorTree = Tree<Tensor | number>;

/** The tree of gradients of a tree of parameters: numbers become tensors, the structure stays. */
export type GradientOf<T> = TensorsOf<T>;

/** Which arguments are differentiated, and whether the function returns more than its value. */
export interface GradOptions {
  /** Position of the argument, default 0, or several positions: the result is then an array of gradients. */
  readonly argnums?: number | readonly number[];
}

// biome-ignore lint/suspicious/noExplicitAny: parameters of an arbitrary user function
type AnyFunction<R> = (...args: any[]) => R;

interface Flat {
  readonly leaves: Tensor[];
  readonly structure: Structure;
}

/** Leaves of a differentiable argument as float tensors. */
export function differentiableLeaves(operation: string, tree: unknown): Flat {
  const { leaves, structure } = flatten(tree as Tree<unknown>);
  const tensors = leaves.map((x) => {
    const ok = typeof x === "number" || (isTensor(x) && isFloat(x.dtype));
    if (!ok) {
      throw new ArgumentError(
        `${operation}: expected float tensors or numbers in the differentiated argument; got ${described(x)}; pass it as another argument`,
        { operation },
      );
    }
    return toTensor(x as Tensor | number);
  });
  return { leaves: tensors, structure };
}

function checkScalar(operation: string, y: unknown): Tensor {
  if (!isTensor(y) || y.shape.length > 0 || !isFloat(y.dtype)) {
    throw new ArgumentError(
      `${operation}: expected the function to return a float scalar; got ${described(y)}; reduce it with sum() or mean(), or use jacobian or vjp`,
      { operation },
    );
  }
  return y;
}

const structuresOf = (flats: readonly Flat[]): Structure[] =>
  flats.map(({ structure }) => structure);

/** One tree for each argument from the cotangents of all leaves. */
const gradientTrees = (flats: readonly Flat[], cotangents: readonly Tangent[]): unknown[] =>
  regroup(
    structuresOf(flats),
    flats.flatMap(({ leaves }) => leaves).map((x, i) => cotangents[i] ?? constantLike(x, 0)),
  );

function differentiate(
  operation: string,
  f: AnyFunction<unknown>,
  args: readonly unknown[],
  options: GradOptions,
  pick: (result: unknown) => unknown,
): { readonly value: Tensor; readonly result: unknown; readonly gradients: unknown } {
  const { argnums = 0 } = options;
  const positions = typeof argnums === "number" ? [argnums] : argnums;
  for (const i of positions) {
    if (!Number.isInteger(i) || i < 0 || i >= args.length) {
      throw new ArgumentError(
        `${operation}: argnums names argument ${i}, but the function was called with ${args.length}`,
        { operation, argnums },
      );
    }
  }
  const flats = positions.map((i) => differentiableLeaves(operation, args[i]));
  let result: unknown;
  const { outputs, tape } = linearizeFlat(
    (inputs) => {
      const actual = [...args];
      const trees = regroup(structuresOf(flats), inputs);
      positions.forEach((position, i) => {
        actual[position] = trees[i];
      });
      result = f(...actual);
      if (result instanceof Promise) {
        throw new ArgumentError(
          `${operation}: expected a synchronous function; got one that returns a Promise`,
        );
      }
      return [checkScalar(operation, pick(result)), ...auxLeaves(result)];
    },
    flats.flatMap(({ leaves }) => leaves),
  );
  const value = outputs[0] as Tensor;
  const seeds: Tangent[] = [constant(1, [], value.dtype)];
  const cts = transposeTape(tape, seeds);
  const gradients = gradientTrees(flats, cts);
  return {
    value,
    result: replaceLeaves(result, outputs.slice(1)),
    gradients: typeof argnums === "number" ? gradients[0] : gradients,
  };
}

/** Tensors of the auxiliary output of a function that returns [value, auxiliary]. */
const auxLeaves = (result: unknown): Tensor[] =>
  Array.isArray(result) ? flatten(result[1] as Tree<unknown>).leaves.filter(isTensor) : [];

/** The auxiliary output with its tensors outside of the trace. */
function replaceLeaves(result: unknown, tensors: readonly Tensor[]): unknown {
  if (!Array.isArray(result)) return undefined;
  const { leaves, structure } = flatten(result[1] as Tree<unknown>);
  let at = 0;
  return unflatten(
    structure,
    leaves.map((x) => (isTensor(x) ? tensors[at++] : x)),
  );
}

type First<A extends readonly unknown[]> = A extends readonly [infer P, ...unknown[]] ? P : never;

/** Gradients for the chosen arguments. */
type Gradients<A extends readonly unknown[], O> = O extends { readonly argnums: infer N }
  ? N extends readonly number[]
    ? { -readonly [K in keyof N]: GradientOf<A[N[K] & keyof A]> }
    : N extends number
      ? GradientOf<A[N & keyof A]>
      : never
  : GradientOf<First<A>>;

/**
 * The gradient of a scalar function, by reverse mode.
 *
 * The gradient has the structure of the differentiated argument: a tensor, or arrays and objects of tensors.
 * It composes with itself and with `jit`, `vmap` and `jvp`.
 *
 * @param f - returns a float scalar
 * @param options - `argnums`: which argument, default 0, or which several
 * @returns a function of the same arguments that returns the gradient
 * @throws ArgumentError when f returns anything but a float scalar, or an argument holds no float tensors
 * @example
 * grad((x: Tensor) => x.square().sum())(tensor([1, 2])) // [2, 4]
 */
export function grad<A extends unknown[], const O extends GradOptions = Record<never, never>>(
  f: (...args: A) => Tensor,
  options?: O,
): (...args: A) => Gradients<A, O> {
  checkFunction("grad", f);
  return (...args) =>
    differentiate("grad", f, args, options ?? {}, (y) => y).gradients as Gradients<A, O>;
}

/**
 * The value of a scalar function together with its gradient.
 *
 * @param f - returns a float scalar
 * @param options - as of {@link grad}
 * @returns a function that returns [value, gradient]
 * @throws ArgumentError as {@link grad}
 * @example
 * valueAndGrad((x: Tensor) => x.square().sum())(tensor([1, 2])) // [5, [2, 4]]
 */
export function valueAndGrad<
  A extends unknown[],
  const O extends GradOptions = Record<never, never>,
>(f: (...args: A) => Tensor, options?: O): (...args: A) => [Tensor, Gradients<A, O>] {
  checkFunction("valueAndGrad", f);
  return (...args) => {
    const { value, gradients } = differentiate("valueAndGrad", f, args, options ?? {}, (y) => y);
    return [value, gradients as Gradients<A, O>];
  };
}

/**
 * {@link valueAndGrad} for a function that returns [value, auxiliary]: only the value is differentiated.
 *
 * @param f - returns a float scalar and a tree of anything
 * @param options - as of {@link grad}
 * @returns a function that returns [[value, auxiliary], gradient]
 * @throws ArgumentError as {@link grad}
 * @example
 * const f = (x: Tensor) => [x.square().sum(), { size: x.norm() }] as const;
 * valueAndGradWithAux(f)(tensor([3, 4])) // [[25, { size: 5 }], [6, 8]]
 */
export function valueAndGradWithAux<
  A extends unknown[],
  X,
  const O extends GradOptions = Record<never, never>,
>(
  f: (...args: A) => readonly [Tensor, X],
  options?: O,
): (...args: A) => [[Tensor, X], Gradients<A, O>] {
  checkFunction("valueAndGradWithAux", f);
  return (...args) => {
    const out = differentiate(
      "valueAndGradWithAux",
      f,
      args,
      options ?? {},
      (pair) => (pair as unknown[])[0],
    );
    return [[out.value, out.result as X], out.gradients as Gradients<A, O>];
  };
}

/** Leaves of a tangent or cotangent, checked against what it belongs to. */
export function checkLike(
  operation: string,
  what: string,
  expected: readonly Tensor[],
  structure: Structure,
  tree: unknown,
): Tensor[] {
  const flat = flatten(tree as Tree<Tensor | number>);
  const bad =
    flat.structure.key !== structure.key ||
    flat.leaves.some((x, i) => !sameShape(toTensor(x).shape, (expected[i] as Tensor).shape));
  if (bad) {
    const show = (xs: readonly (Tensor | number)[]): string =>
      xs.map((x) => showShape(toTensor(x).shape)).join(", ");
    throw new ArgumentError(
      `${operation}: expected ${what} of the structure ${showStructure(structure)} with shapes ${show(expected)}; got ${showStructure(flat.structure)} with ${show(flat.leaves)}`,
      { operation },
    );
  }
  return flat.leaves.map((x, i) => toTensor(x).cast((expected[i] as Tensor).dtype));
}

interface Linearized {
  readonly value: unknown;
  readonly primals: readonly Flat[];
  readonly outputs: readonly Tensor[];
  readonly structure: Structure;
  readonly tape: ReturnType<typeof linearizeFlat>["tape"];
}

function linearizeTrees(
  operation: string,
  f: AnyFunction<unknown>,
  args: readonly unknown[],
): Linearized {
  checkFunction(operation, f);
  const primals = args.map((a) => differentiableLeaves(operation, a));
  let structure: Structure | undefined;
  const { outputs, tape } = linearizeFlat(
    (inputs) => {
      const flat = flatten(f(...regroup(structuresOf(primals), inputs)) as Tree<Tensor | number>);
      structure = flat.structure;
      return flat.leaves.map((y) => toTensor(y));
    },
    primals.flatMap(({ leaves }) => leaves),
  );
  const s = structure as Structure;
  return { value: unflatten(s, outputs), primals, outputs, structure: s, tape };
}

/**
 * The value of f and its transposed derivative (vector–Jacobian product) at a point.
 *
 * @param f - any function of trees of float tensors
 * @param args - where
 * @returns a pair of `f(...args)` and the pullback, which maps a cotangent of the output's structure to an array
 *   with one cotangent for each argument
 * @throws ArgumentError when a cotangent has another structure or shape
 * @example
 * const [y, pullback] = vjp((x: Tensor) => x.square(), tensor([1, 2]));
 * y // [1, 4]
 * pullback(tensor([1, 10])) // [[2, 40]]
 */
export function vjp<A extends unknown[], R>(
  f: (...args: A) => R,
  ...args: A
): [R, (cotangent: GradientOf<R>) => { [K in keyof A]: GradientOf<A[K]> }] {
  const { value, primals, outputs, structure, tape } = linearizeTrees("vjp", f, args);
  const pullback = (cotangent: unknown): unknown => {
    const cts = transposeTape(tape, checkLike("vjp", "a cotangent", outputs, structure, cotangent));
    return gradientTrees(primals, cts);
  };
  return [value as R, pullback as never];
}

/**
 * The value of f and its derivative at a point as a function, to be applied to many tangents.
 *
 * @param f - any function of trees of float tensors
 * @param args - where
 * @returns a pair of `f(...args)` and a function that maps one tangent for each argument to a tangent of the
 *   output's structure
 * @throws ArgumentError when a tangent has another structure or shape
 * @example
 * const [y, push] = linearize((x: Tensor) => x.square(), tensor([1, 2]));
 * y // [1, 4]
 * push(tensor([1, 10])) // [2, 40]
 */
export function linearize<A extends unknown[], R>(
  f: (...args: A) => R,
  ...args: A
): [R, (...tangents: { [K in keyof A]: GradientOf<A[K]> }) => GradientOf<R>] {
  const { value, primals, outputs, structure, tape } = linearizeTrees("linearize", f, args);
  const push = (...tangents: unknown[]): unknown => {
    const flat = primals.flatMap((p, i) =>
      checkLike("linearize", "a tangent", p.leaves, p.structure, tangents[i]),
    );
    const out = playTape(tape, flat);
    return unflatten(
      structure,
      outputs.map((y, i) => out[i] ?? constantLike(y, 0)),
    );
  };
  return [value as R, push as never];
}
