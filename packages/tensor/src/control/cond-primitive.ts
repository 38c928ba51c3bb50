import type { ControlLowering } from "../cpu/control-lowering";
import { type Graph, runGraph } from "../graph/graph";
import { traceGraph } from "../graph/graph-trace";
import type { Aval, Primitive, Tangent } from "../internal/primitive";
import { bind } from "../internal/trace";
import { constantLike } from "../primitives/constants";
import { select } from "../primitives/elementwise";
import { broadcastInDim } from "../primitives/movement";
import type { Tensor } from "../tensor";
import {
  batchGraph,
  batchOperands,
  frontAxes,
  linearizeGraph,
  pickTangents,
  spreadTangents,
  transposeGraph,
} from "../transform/graph-rules";
import { lowerCond } from "./cond-cpu";

/** The computations when true and when false. */
export type Branches = readonly [Graph, Graph];

/** Inputs: the bool condition, then operands that both branches take. */
export interface CondParams {
  /** When true, when false. */
  readonly branches: Branches;
  /** In a linear branch: how many operands are not linear (they come first). */
  readonly known?: number;
}

const both = <T>([a, b]: Branches, f: (g: Graph) => T): readonly [T, T] => [f(a), f(b)];
const either = (a: readonly boolean[], b: readonly boolean[]): boolean[] =>
  a.map((x, i) => x || (b[i] as boolean));

export const condPrimitive: Primitive<CondParams> & {
  lowerToCpu(params: unknown): ControlLowering;
} = {
  name: "cond",
  lowerToCpu: (params) => lowerCond((params as CondParams).branches),
  shape: (_inputs, { branches }) => branches[0].outputs,
  evaluate: ([predicate, ...operands], { branches }) =>
    runGraph(branches[(predicate as Tensor).item() !== 0 ? 0 : 1], operands),

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
        return spreadTangents(result, force);
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
    const operands = batchOperands(inputs, axes, flags, size);
    const [a, b] = both(params.branches, (g) => batchGraph(g, flags, size).batchedOut);
    const force = axis == null ? either(a, b) : a.map(() => true);
    const branches = both(params.branches, (g) => batchGraph(g, flags, size, force).graph);
    if (axis == null) {
      const out = bind(condPrimitive, [predicate as Tensor, ...operands], { ...params, branches });
      return { outputs: out, axes: frontAxes(force) };
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
