import { CpuExecutable } from "../cpu/executable";
import type { Graph } from "../graph/graph";
import type { Primitive, Tangent } from "../internal/primitive";
import { bind } from "../internal/trace";
import type { Tensor } from "../tensor";
import {
  batchGraph,
  batchOperands,
  frontAxes,
  jvpGraph,
  linearizeGraph,
  pickTangents,
  splitJvp,
  spreadTangents,
  transposeGraph,
} from "./graph-rules";

interface CallParams {
  readonly name: string;
  readonly graph: Graph;
  /** For linear programs: the inputs from here on are the linear ones. */
  readonly linearFrom?: number;
}

/** Derived graphs, computed once: a jitted function may be differentiated at every step. */
const derived = new WeakMap<Graph, Map<string, unknown>>();

function memo<T>(graph: Graph, key: string, make: () => T): T {
  let map = derived.get(graph);
  if (map === undefined) {
    map = new Map();
    derived.set(graph, map);
  }
  if (!map.has(key)) map.set(key, make());
  return map.get(key) as T;
}

const flags = (list: readonly boolean[]): string => list.map(Number).join("");

/** Compiled graphs are freed with the graph. */
const executables: FinalizationRegistry<CpuExecutable> = new FinalizationRegistry((e) =>
  e.dispose(),
);

function executableOf({ name, graph }: CallParams): CpuExecutable {
  return memo(graph, "executable", () => {
    const e = new CpuExecutable(name, graph, new Set());
    executables.register(graph, e);
    return e;
  });
}

/**
 * A compiled function as one operation, so that transformations from outside see it whole
 * and what they make of it is compiled, too.
 */
const callPrimitive: Primitive<CallParams> & { inline(params: unknown): Graph } = {
  name: "call",
  inline: (params) => (params as CallParams).graph,
  shape: (_inputs, { graph }) => graph.outputs,
  evaluate: (inputs, params) => executableOf(params).run(inputs),
  jvp: (primals, tangents, { name, graph }) => {
    const nonzero = tangents.map((t) => t !== null);
    const rule = memo(graph, `jvp${flags(nonzero)}`, () => jvpGraph(graph, nonzero));
    const outputs = bind(callPrimitive, [...primals, ...pickTangents(tangents, primals, nonzero)], {
      name,
      graph: rule.graph,
    });
    return splitJvp(outputs, rule.nonzeroOut);
  },
  linearize: (primals, nonzero, { name, graph }) => {
    const rule = memo(graph, `linearize${flags(nonzero)}`, () => linearizeGraph(graph, nonzero));
    const outputs = bind(callPrimitive, primals, { name, graph: rule.forward });
    const n = graph.outputs.length;
    const residuals = rule.residuals.map((r) =>
      "input" in r ? (primals[r.input] as Tensor) : (outputs[n + r.kept] as Tensor),
    );
    return {
      primals: outputs.slice(0, n),
      tangent: (tangents) => {
        const linear = pickTangents(tangents, primals, nonzero);
        const out = bind(callPrimitive, [...residuals, ...linear], {
          name,
          graph: rule.linear,
          linearFrom: residuals.length,
        });
        return spreadTangents(out, rule.nonzeroOut);
      },
    };
  },
  transpose: (cotangents, inputs, { name, graph, linearFrom = 0 }) => {
    const rule = memo(graph, "transpose", () => transposeGraph(graph, linearFrom));
    const cts = pickTangents(
      cotangents,
      graph.outputs,
      graph.outputs.map(() => true),
    );
    const known = inputs.slice(0, linearFrom) as Tensor[];
    const out = bind(callPrimitive, [...known, ...cts], { name, graph: rule });
    return inputs.map((_, i): Tangent => (i < linearFrom ? null : (out[i - linearFrom] as Tensor)));
  },
  batch: (inputs, axes, size, params) => {
    const { name, graph, linearFrom } = params;
    const batched = axes.map((a) => a !== null);
    const rule = memo(graph, `batch${flags(batched)}:${size}`, () =>
      batchGraph(graph, batched, size),
    );
    const outputs = bind(callPrimitive, batchOperands(inputs, axes, batched, size), {
      name,
      graph: rule.graph,
      ...(linearFrom !== undefined && { linearFrom }),
    });
    return { outputs, axes: frontAxes(rule.batchedOut) };
  },
};

/** Applies a traced function as one operation that transformations can see into. */
export const callCompiled = (
  name: string,
  graph: Graph,
  inputs: readonly Tensor[],
): readonly Tensor[] => bind(callPrimitive, inputs, { name, graph });
