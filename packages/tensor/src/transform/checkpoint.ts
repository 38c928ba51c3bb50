import { type Graph, runGraph } from "../graph/graph";
import type { Aval, Primitive, Tangent } from "../internal/primitive";
import { tensorLeaves } from "../internal/regroup";
import { bind } from "../internal/trace";
import { constantLike } from "../primitives/constants";
import type { Tensor } from "../tensor";
import { unflatten } from "../tree";
import {
  batchGraph,
  batchOperands,
  frontAxes,
  jvpGraph,
  linearizeGraph,
  pickTangents,
  transposeGraph,
} from "./graph-rules";
import { traceTree } from "./trace-tree";

type None = Record<never, never>;

/**
 * The identity on several values at once: keeps the optimiser from finding that what it returns was
 * computed before, and from computing it before all of its operands are there.
 */
const barrierPrimitive: Primitive<None> = {
  name: "barrier",
  shape: (inputs) => inputs,
  evaluate: (inputs) => inputs,
  jvp: (primals, tangents) => ({ primals: bind(barrierPrimitive, primals, {}), tangents }),
  batch: (inputs, axes) => ({ outputs: bind(barrierPrimitive, inputs, {}), axes }),
};

interface CheckpointParams {
  readonly graph: Graph;
}

/** The derivative of a checkpointed graph: linear in the inputs from `known` on. */
const rematerialize: Primitive<{
  readonly graph: Graph;
  readonly known: number;
  readonly nonzero: readonly boolean[];
}> & { inline(params: unknown): Graph } = {
  name: "rematerialize",
  inline: (params) => {
    const { graph, nonzero } = params as CheckpointParams & { nonzero: readonly boolean[] };
    return forwardDerivative(graph, nonzero);
  },
  shape: (_inputs, { graph }) => graph.outputs,
  evaluate: (inputs, { graph, nonzero }) => runGraph(forwardDerivative(graph, nonzero), inputs),
  linearize: (primals, flags, params) => {
    const { graph, known, nonzero } = params;
    return {
      primals: bind(rematerialize, primals, params),
      tangent: flags.slice(0, known).includes(true)
        ? tangentOf(forwardDerivative(graph, nonzero), primals, flags)
        : // Of what is linear already only the tangents matter: the primals may not even have values.
          (tangents) =>
            bind(
              rematerialize,
              primals.map((p, i) => (i < known ? p : (tangents[i] ?? constantLike(p, 0)))),
              params,
            ),
    };
  },
  transpose: (cotangents, inputs, { graph, known, nonzero }) => {
    // Compute the linearisation again, now, from inputs that the optimiser cannot tell are the old ones.
    const rule = linearizeGraph(
      graph,
      nonzero,
      graph.outputs.map(() => true),
    );
    const cts = pickTangents(
      cotangents,
      graph.outputs,
      graph.outputs.map(() => true),
    );
    const operands = bind(barrierPrimitive, [...(inputs.slice(0, known) as Tensor[]), ...cts], {});
    const primals = operands.slice(0, known);
    const forward = runGraph(rule.forward, primals);
    const n = graph.outputs.length;
    const residuals = rule.residuals.map((r) =>
      "input" in r ? (primals[r.input] as Tensor) : (forward[n + r.kept] as Tensor),
    );
    const out = runGraph(transposeGraph(rule.linear, residuals.length), [
      ...residuals,
      ...operands.slice(known),
    ]);
    return inputs.map((_, i): Tangent => (i < known ? null : (out[i - known] as Tensor)));
  },
  batch: (inputs, axes, size, { graph, nonzero }) =>
    batchOfGraph(forwardDerivative(graph, nonzero), inputs, axes, size),
};

/** The derivative of a checkpointed graph at a point, as one operation on the tangents. */
const tangentOf =
  (graph: Graph, primals: readonly Tensor[], nonzero: readonly boolean[]) =>
  (tangents: readonly Tangent[]): readonly Tensor[] =>
    bind(rematerialize, [...primals, ...pickTangents(tangents, primals, nonzero)], {
      graph,
      known: primals.length,
      nonzero,
    });

/** Tangents of all outputs of a graph, from primals and tangents of some inputs. */
function forwardDerivative(graph: Graph, nonzero: readonly boolean[]): Graph {
  const all = graph.outputs.map(() => true);
  const g = jvpGraph(graph, nonzero, all).graph;
  return { ...g, outputs: g.outputs.slice(graph.outputs.length) };
}

function batchOfGraph(
  graph: Graph,
  inputs: readonly Tensor[],
  axes: readonly (number | null)[],
  size: number,
): { outputs: readonly Tensor[]; axes: readonly (number | null)[] } {
  const batched = axes.map((a) => a !== null);
  const rule = batchGraph(graph, batched, size);
  return {
    outputs: runGraph(rule.graph, batchOperands(inputs, axes, batched, size)),
    axes: frontAxes(rule.batchedOut),
  };
}

const checkpointPrimitive: Primitive<CheckpointParams> & { inline(params: unknown): Graph } = {
  name: "checkpoint",
  inline: (params) => (params as CheckpointParams).graph,
  shape: (_inputs, { graph }): readonly Aval[] => graph.outputs,
  evaluate: (inputs, { graph }) => runGraph(graph, inputs),
  linearize: (primals, nonzero, { graph }) => ({
    primals: bind(checkpointPrimitive, primals, { graph }),
    tangent: tangentOf(graph, primals, nonzero),
  }),
  batch: (inputs, axes, size, { graph }) => {
    const batched = axes.map((a) => a !== null);
    const rule = batchGraph(graph, batched, size);
    const operands = batchOperands(inputs, axes, batched, size);
    return {
      outputs: bind(checkpointPrimitive, operands, { graph: rule.graph }),
      axes: frontAxes(rule.batchedOut),
    };
  },
};

/**
 * A function whose intermediate values are computed again in the backward pass instead of being kept:
 * less memory for one more forward pass.
 *
 * @param f - a pure function of trees of tensors
 * @returns a function of the same type, values and derivatives
 * @example
 * const layer = checkpoint((x: Tensor) => x.square().square());
 * grad((x: Tensor) => layer(x).sum())(tensor([1, 2])) // [4, 32]
 * @see Griewank & Walther 2000; Chen et al. 2016, "Training deep nets with sublinear memory cost"
 */
export function checkpoint<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const { leaves, structure } = tensorLeaves(args);
    const { graph, captured, result } = traceTree(f, structure.children, leaves);
    return unflatten(result, bind(checkpointPrimitive, [...captured, ...leaves], { graph })) as R;
  };
}
