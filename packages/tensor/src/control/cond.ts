import { aligned } from "../cpu/arena";
import type { ControlLowering } from "../cpu/control-lowering";
import { CpuProgram } from "../cpu/program";
import { cpuRuntime } from "../cpu/runtime";
import type { View } from "../cpu/view";
import { ArgumentError } from "../errors";
import { formatPlan } from "../graph/format-plan";
import { type Graph, runGraph } from "../graph/graph";
import { closeGraph, traceGraph } from "../graph/graph-trace";
import type { Aval, Primitive, Tangent } from "../internal/primitive";
import { isReadable } from "../internal/read";
import { nextId } from "../internal/runtime";
import { bind } from "../internal/trace";
import { toTensor } from "../ops/promote";
import { batchToFront } from "../primitives/batching";
import { constantLike } from "../primitives/constants";
import { cast, select } from "../primitives/elementwise";
import { broadcastInDim } from "../primitives/movement";
import { sameShape, showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import {
  batchGraph,
  jvpGraph,
  linearizeGraph,
  pickTangents,
  transposeGraph,
} from "../transform/graph-rules";
import { flatten, type Structure, type Tree, unflatten } from "../tree";

type Branches = readonly [Graph, Graph];

/** Inputs: the bool condition, then operands that both branches take. */
interface CondParams {
  /** When true, when false. */
  readonly branches: Branches;
  /** In a linear branch: how many operands are not linear (they come first). */
  readonly known?: number;
}

const both = <T>([a, b]: Branches, f: (g: Graph) => T): readonly [T, T] => [f(a), f(b)];
const either = (a: readonly boolean[], b: readonly boolean[]): boolean[] =>
  a.map((x, i) => x || (b[i] as boolean));

const condPrimitive: Primitive<CondParams> & { lowerToCpu(params: unknown): ControlLowering } = {
  name: "cond",
  lowerToCpu: (params) => lowerCond((params as CondParams).branches),
  shape: (_inputs, { branches }) => branches[0].outputs,
  evaluate: ([predicate, ...operands], { branches }) =>
    runGraph(branches[(predicate as Tensor).item() !== 0 ? 0 : 1], operands),

  jvp: ([predicate, ...primals], [, ...tangents], { branches }) => {
    const nonzero = tangents.map((t) => t !== null);
    const [a, b] = both(branches, (g) => jvpGraph(g, nonzero).nonzeroOut);
    const force = either(a, b);
    const rules = both(branches, (g) => jvpGraph(g, nonzero, force).graph);
    const out = bind(
      condPrimitive,
      [predicate as Tensor, ...primals, ...pickTangents(tangents, primals, nonzero)],
      { branches: rules },
    );
    let at = force.length;
    return {
      primals: out.slice(0, force.length),
      tangents: force.map((nz): Tangent => (nz ? (out[at++] as Tensor) : null)),
    };
  },

  linearize: ([predicate, ...primals], [, ...nonzero], { branches }) => {
    const [a, b] = both(branches, (g) => linearizeGraph(g, nonzero).nonzeroOut);
    const force = either(a, b);
    const rules = both(branches, (g) => linearizeGraph(g, nonzero, force));
    const n = branches[0].outputs.length;
    const keptOf = rules.map((r) => r.forward.outputs.slice(n));
    // Each branch returns zeros where the other keeps values.
    const forward = rules.map((r, i): Graph => {
      const others = keptOf[1 - i] as readonly Aval[];
      const padded = traceGraph((xs) => {
        const out = runGraph(r.forward, xs);
        const zeros = others.map((v) => constantLike(v, 0));
        const kept = out.slice(n);
        return [...out.slice(0, n), ...(i === 0 ? [...kept, ...zeros] : [...zeros, ...kept])];
      }, r.forward.inputs);
      return padded;
    }) as unknown as Branches;
    const out = bind(condPrimitive, [predicate as Tensor, ...primals], { branches: forward });
    const kept = out.slice(n);
    const dots = branches[0].inputs.filter((_, i) => nonzero[i]);
    // Operands that a branch's derivative needs; others may have no value (those of a linear branch).
    const used = primals
      .map((_, i) => i)
      .filter((i) => rules.some((r) => r.residuals.some((s) => "input" in s && s.input === i)));
    const values = [...used.map((i) => primals[i] as Tensor), ...kept];
    const linear = rules.map((r, i): Graph => {
      const skip = used.length + (i === 0 ? 0 : (keptOf[0] as readonly unknown[]).length);
      return traceGraph(
        (args) => {
          const residuals = r.residuals.map((s) =>
            "input" in s
              ? (args[used.indexOf(s.input)] as Tensor)
              : (args[skip + s.kept] as Tensor),
          );
          return runGraph(r.linear, [...residuals, ...args.slice(values.length)]);
        },
        [...values, ...dots],
      );
    }) as unknown as Branches;
    return {
      primals: out.slice(0, n),
      tangent: (tangents) => {
        const result = bind(
          condPrimitive,
          [predicate as Tensor, ...values, ...pickTangents(tangents.slice(1), primals, nonzero)],
          { branches: linear, known: values.length },
        );
        let at = 0;
        return force.map((nz): Tangent => (nz ? (result[at++] as Tensor) : null));
      },
    };
  },

  transpose: (cotangents, [predicate, ...inputs], { branches, known = 0 }) => {
    const turned = both(branches, (g) => transposeGraph(g, known));
    const cts = branches[0].outputs.map((v, i) => cotangents[i] ?? constantLike(v, 0));
    const out = bind(
      condPrimitive,
      [predicate as Tensor, ...(inputs.slice(0, known) as Tensor[]), ...cts],
      { branches: turned },
    );
    return [
      null,
      ...inputs.map((_, i): Tangent => (i < known ? null : (out[i - known] as Tensor))),
    ];
  },

  batch: ([predicate, ...inputs], [axis, ...axes], size, params) => {
    const flags = axes.map((a) => a !== null);
    const operands = inputs.map((x, i) => (flags[i] ? batchToFront(x, axes[i] ?? null, size) : x));
    const [a, b] = both(params.branches, (g) => batchGraph(g, flags, size).batchedOut);
    const force = axis == null ? either(a, b) : a.map(() => true);
    const branches = both(params.branches, (g) => batchGraph(g, flags, size, force).graph);
    if (axis == null) {
      const out = bind(condPrimitive, [predicate as Tensor, ...operands], { ...params, branches });
      return { outputs: out, axes: force.map((f) => (f ? 0 : null)) };
    }
    // Examples differ in their condition: both branches for all, then each takes its own.
    const yes = runGraph(branches[0], operands);
    const no = runGraph(branches[1], operands);
    return {
      outputs: yes.map((y, i) =>
        select(broadcastInDim(predicate as Tensor, y.shape, [0]), y, no[i] as Tensor),
      ),
      axes: yes.map(() => 0),
    };
  },
};

/** A branch: both programs share one frame, as only one of them runs. */
function lowerCond(branches: Branches): ControlLowering {
  const programs = both(branches, (g) => new CpuProgram(g));
  return {
    frameBytes: aligned(Math.max(...programs.map((p) => p.frameBytes))),
    link(inputs, outputs, frame) {
      const [predicate, ...operands] = inputs as readonly [View, ...View[]];
      const linked = programs.map((p) =>
        p.link({
          frame,
          inputs: operands.map((v) => v.pointer),
          outputs: outputs.map((v) => v.pointer),
        }),
      );
      const { heap } = cpuRuntime();
      return {
        run: () => linked[heap.u8[predicate.pointer] !== 0 ? 0 : 1]?.run(),
        dispose: () => {
          for (const l of linked) l.dispose();
        },
      };
    },
    describe: () =>
      programs.map((p, i) => ({
        title: i === 0 ? "if true" : "if false",
        lines: formatPlan("branch", p).split("\n"),
      })),
    dispose: () => {
      for (const p of programs) p.dispose();
    },
  };
}

/** Traces a branch; values it closes over come first. */
function traceBranch(
  f: (...operands: never[]) => unknown,
  operands: readonly Tensor[],
  structure: Structure,
): { graph: Graph; captured: Tensor[]; result: Structure } {
  let result: Structure | undefined;
  const traced = traceGraph((xs) => {
    const args = unflatten(structure, xs) as never[];
    const flat = flatten(f(...args) as Tree<Tensor | number>);
    result = flat.structure;
    return flat.leaves.map((y) => toTensor(y));
  }, operands);
  return { ...closeGraph(traced), result: result as Structure };
}

/** The graph with inputs that it ignores, before or after the first `skip`. */
const withExtra = (
  graph: Graph,
  before: readonly Tensor[],
  after: readonly Tensor[],
  own: number,
): Graph => {
  const dummy = ({ shape, dtype }: Tensor): Aval & { id: number } => ({
    id: nextId(),
    shape,
    dtype,
  });
  return {
    ...graph,
    inputs: [
      ...before.map(dummy),
      ...graph.inputs.slice(0, own),
      ...after.map(dummy),
      ...graph.inputs.slice(own),
    ],
  };
};

/**
 * One of two computations, by a condition that may be known only when the program runs.
 *
 * Where the condition is concrete the chosen function is simply called. Inside `jit` both are compiled and one
 * runs; under `vmap` with a condition that differs between examples both run and each example takes its own.
 *
 * @param condition - a scalar; true unless 0
 * @param onTrue - of the operands
 * @param onFalse - of the operands; its result has the structure, shapes and dtypes of onTrue's
 * @throws ArgumentError when the results differ in type or the condition is not a scalar
 * @example
 * cond(x.sum().greater(0), (y: Tensor) => y.log(), (y: Tensor) => y, x);
 */
export function cond<A extends unknown[], R>(
  condition: TensorLike,
  onTrue: (...operands: A) => R,
  onFalse: (...operands: A) => R,
  ...operands: A
): R {
  const predicate = cast(toTensor(condition), "bool");
  if (predicate.shape.length > 0) {
    throw new ArgumentError(
      `cond: expected a scalar condition; got shape ${showShape(predicate.shape)}; use where to choose element by element`,
      { shape: predicate.shape },
    );
  }
  if (isReadable(predicate)) {
    return predicate.item() !== 0 ? onTrue(...operands) : onFalse(...operands);
  }
  const flat = flatten(operands as Tree<Tensor | number>);
  const leaves = flat.leaves.map((x) => toTensor(x));
  const yes = traceBranch(onTrue, leaves, flat.structure);
  const no = traceBranch(onFalse, leaves, flat.structure);
  const same =
    yes.result.key === no.result.key &&
    yes.graph.outputs.every((v, i) => {
      const w = no.graph.outputs[i] as Aval;
      return v.dtype === w.dtype && sameShape(v.shape, w.shape);
    });
  if (!same) {
    const show = (g: Graph): string =>
      g.outputs.map((v) => `${v.dtype} ${showShape(v.shape)}`).join(", ");
    throw new ArgumentError(
      `cond: expected both branches to return the same types; onTrue returns ${yes.result.key}: ${show(yes.graph)}; onFalse ${no.result.key}: ${show(no.graph)}`,
    );
  }
  const branches: Branches = [
    withExtra(yes.graph, [], no.captured, yes.captured.length),
    withExtra(no.graph, yes.captured, [], no.captured.length),
  ];
  const out = bind(condPrimitive, [predicate, ...yes.captured, ...no.captured, ...leaves], {
    branches,
  });
  return unflatten(yes.result, out) as R;
}
