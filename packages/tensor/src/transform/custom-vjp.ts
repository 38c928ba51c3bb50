import { ArgumentError } from "../errors";
import { type Graph, runGraph } from "../graph/graph";
import { closeGraph, traceGraph } from "../graph/graph-trace";
import type { Aval, LinearOperand, Primitive, Tangent } from "../internal/primitive";
import { regroup, type TensorLeaves, tensorLeaves } from "../internal/regroup";
import { bind } from "../internal/trace";
import { constantLike } from "../primitives/constants";
import { reduceSum } from "../primitives/reduction";
import type { Tensor } from "../tensor";
import { type Structure, unflatten } from "../tree";
import { checkLike } from "./grad";
import { batchGraph, batchOperands, frontAxes } from "./graph-rules";
import { vmapFlat } from "./vmap-flat";

/** The rules of a function with its own derivative, on flat lists of tensors. */
interface CustomParams {
  readonly name: string;
  /** Undifferentiated evaluation. */
  readonly graph: Graph;
  /** Outputs, then what the backward pass needs. */
  forward(inputs: readonly Tensor[]): readonly Tensor[];
  /** Cotangents of the inputs from what was kept and the cotangents of the outputs. */
  backward(kept: readonly Tensor[], cotangents: readonly Tensor[]): readonly Tensor[];
}

/** @throws ArgumentError always: there is no forward derivative to compute or to batch */
function refuseForward(name: string): never {
  throw new ArgumentError(
    `jvp: ${name} has only a reverse-mode derivative (customVjp); use grad or vjp`,
    { name },
  );
}

/** A linear operation of which only the transpose is known. */
const backwardOnly: Primitive<{
  readonly name: string;
  readonly kept: number;
  readonly outputs: readonly Aval[];
  backward: CustomParams["backward"];
}> = {
  name: "customBackward",
  shape: (_inputs, { outputs }) => outputs,
  evaluate: (_inputs, { name }) => refuseForward(name),
  jvp: (primals, tangents, params) => {
    if (tangents.slice(0, params.kept).some((t) => t !== null)) refuseForward(params.name);
    const along = primals.map((x, i) =>
      i < params.kept ? x : (tangents[i] ?? constantLike(x, 0)),
    );
    return {
      primals: bind(backwardOnly, primals, params),
      tangents: bind(backwardOnly, along, params),
    };
  },
  transpose: (cotangents, inputs, { kept, outputs, backward }): readonly Tangent[] => {
    const cts = outputs.map((y, i) => cotangents[i] ?? constantLike(y, 0));
    const out = backward(inputs.slice(0, kept) as Tensor[], cts);
    return inputs.map(
      (_: LinearOperand, i): Tangent => (i < kept ? null : (out[i - kept] as Tensor)),
    );
  },
  batch: (_inputs, _axes, _size, { name }) => refuseForward(name),
};

const customPrimitive: Primitive<CustomParams> & { inline(params: unknown): Graph } = {
  name: "customVjp",
  inline: (params) => (params as CustomParams).graph,
  shape: (_inputs, { graph }) => graph.outputs,
  evaluate: (inputs, { graph }) => runGraph(graph, inputs),
  jvp: (_primals, _tangents, { name }) => refuseForward(name),
  linearize: (primals, nonzero, { name, graph, forward, backward }) => {
    const all = forward(primals);
    const n = graph.outputs.length;
    const outputs = all.slice(0, n);
    const kept = all.slice(n);
    return {
      primals: outputs,
      tangent: (tangents) => {
        const linear = tangents.flatMap((t) => (t === null ? [] : [t]));
        return bind(backwardOnly, [...kept, ...linear], {
          name,
          kept: kept.length,
          outputs,
          backward: (residuals, cts) => backward(residuals, cts).filter((_, i) => nonzero[i]),
        });
      },
    };
  },
  batch: (inputs, axes, size, params) => {
    const batched = axes.map((a) => a !== null);
    const { graph, batchedOut } = batchGraph(
      params.graph,
      batched,
      size,
      params.graph.outputs.map(() => true),
    );
    const operands = batchOperands(inputs, axes, batched, size);
    const outputs = bind(customPrimitive, operands, {
      name: params.name,
      graph,
      forward: (xs) => vmapFlat((ys) => params.forward(ys), xs, batched, size),
      backward: (kept, cts) => {
        const all = [...kept, ...cts];
        const grads = vmapFlat(
          (ys) => params.backward(ys.slice(0, kept.length), ys.slice(kept.length)),
          all,
          all.map(() => true),
          size,
        );
        // An input shared by all examples gets the sum of their cotangents.
        return grads.map((g, i) => (batched[i] ? g : reduceSum(g, [0])));
      },
    });
    return { outputs, axes: frontAxes(batchedOut) };
  },
};

/** Binds a function with its own rules; values it closes over become constants of the operation. */
function bindCustom(
  params: Omit<CustomParams, "graph"> & { f(inputs: readonly Tensor[]): readonly Tensor[] },
  inputs: readonly Tensor[],
): readonly Tensor[] {
  const open = traceGraph(params.f, inputs);
  const { graph, captured } = closeGraph(open);
  const skip = captured.length;
  return bind(customPrimitive, [...captured, ...inputs], {
    name: params.name,
    graph,
    forward: (xs) => params.forward(xs.slice(skip)),
    backward: (kept, cts) => [
      ...captured.map((c) => constantLike(c, 0)),
      ...params.backward(kept, cts),
    ],
  });
}

/**
 * A function with a reverse-mode derivative of its own.
 *
 * @param f - the function; arguments and result are trees of tensors
 * @param forward - (...args) → [result, kept]: the same result, and a tree of whatever the backward pass needs
 * @param backward - (kept, cotangent) → one cotangent for each argument, `null` for zero
 * @returns a function of the same arguments; forward-mode differentiation of it is refused
 * @throws ShapeError-like ArgumentError when backward returns cotangents of other shapes
 * @example
 * const clipped = customVjp((x: Tensor) => x, (x) => [x, null], (_, ct) => [ct.clip(-1, 1)]);
 * grad((x: Tensor) => clipped(x).mul(5).sum())(tensor([1, 2])) // [1, 1]
 */
export function customVjp<A extends unknown[], R, K>(
  f: (...args: A) => R,
  forward: (...args: A) => readonly [R, K],
  backward: (kept: K, cotangent: R) => readonly unknown[],
): (...args: A) => R {
  const name = f.name === "" ? "the function" : f.name;
  return (...args) => {
    const input = args.map(tensorLeaves);
    const structures = input.map(({ structure }) => structure);
    const argumentsOf = (xs: readonly Tensor[]): A => regroup(structures, xs) as A;
    let result: Structure | undefined;
    let kept: Structure | undefined;
    const evaluate = (xs: readonly Tensor[]): Tensor[] => {
      const { leaves, structure } = tensorLeaves(f(...argumentsOf(xs)));
      result = structure;
      return leaves;
    };
    const inputs = input.flatMap(({ leaves }) => leaves);
    const outputs = bindCustom(
      {
        name,
        f: evaluate,
        forward: (xs) => {
          const [y, keep] = forward(...argumentsOf(xs));
          const ys = tensorLeaves(y);
          const ks = tensorLeaves(keep);
          result = ys.structure;
          kept = ks.structure;
          return [...ys.leaves, ...ks.leaves];
        },
        backward: (ks, cts) => {
          const cotangent = unflatten(result as Structure, cts) as R;
          const grads = backward(unflatten(kept as Structure, ks) as K, cotangent);
          return input.flatMap((p, i) => checkCotangents(name, grads[i], p));
        },
      },
      inputs,
    );
    return unflatten(result as Structure, outputs) as R;
  };
}

function checkCotangents(
  name: string,
  tree: unknown,
  { leaves, structure }: TensorLeaves,
): Tensor[] {
  if (tree === null || tree === undefined) return leaves.map((x) => constantLike(x, 0));
  return checkLike(`customVjp, backward of ${name}`, "a cotangent", leaves, structure, tree);
}
