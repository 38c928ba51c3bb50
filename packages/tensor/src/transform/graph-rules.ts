import { type Graph, runGraph } from "../graph/graph";
import { buildGraph, traceGraph } from "../graph/graph-trace";
import { dropUnused } from "../graph/simplify";
import type { Aval, JvpResult, Tangent } from "../internal/primitive";
import { withTrace } from "../internal/trace";
import { batchToFront } from "../primitives/batching";
import { constantLike } from "../primitives/constants";
import type { Tensor } from "../tensor";
import { BatchTrace } from "./batch-trace";
import { JvpTrace } from "./jvp-trace";
import { linearizeFlat } from "./linearize-trace";
import { knownOperands, playTape, transposeTape } from "./tape";

/** The derivative of a graph, for tangents of some of its inputs. */
export interface JvpGraph {
  /** Inputs: all primals, then the tangents; outputs: all primals, then the tangents that are not zero. */
  readonly graph: Graph;
  readonly nonzeroOut: readonly boolean[];
}

/** Forward-mode derivative of a graph. `force`: outputs whose tangent is wanted even if it is zero. */
export function jvpGraph(
  graph: Graph,
  nonzero: readonly boolean[],
  force: readonly boolean[] = [],
): JvpGraph {
  const count = graph.inputs.length;
  const tangentAvals = graph.inputs.filter((_, i) => nonzero[i]);
  let nonzeroOut: readonly boolean[] = [];
  const result = traceGraph(
    (inputs) =>
      withTrace(
        (level) => new JvpTrace(level),
        (trace) => {
          let at = count;
          const args = graph.inputs.map((_, i) =>
            trace.join(inputs[i] as Tensor, nonzero[i] ? (inputs[at++] as Tensor) : null),
          );
          const pairs = runGraph(graph, args).map((y) => trace.split(y));
          nonzeroOut = pairs.map(([, t], i) => t !== null || force[i] === true);
          const tangents = pairs.flatMap(([y, t], i) =>
            nonzeroOut[i] ? [t ?? constantLike(y, 0)] : [],
          );
          return [...pairs.map(([y]) => y), ...tangents];
        },
      ),
    [...graph.inputs, ...tangentAvals],
  );
  return { graph: result, nonzeroOut };
}

/** Where a kept value of a linearised graph comes from. */
export type Residual = { readonly input: number } | { readonly kept: number };

/** A graph split into what is computed at once and a linear program for the tangents. */
export interface LinearizedGraph {
  /** Inputs as the original; outputs: the original's, then kept values. */
  readonly forward: Graph;
  /** Inputs: residuals, then tangents; outputs: tangents that are not zero. */
  readonly linear: Graph;
  readonly residuals: readonly Residual[];
  readonly kept: number;
  readonly nonzeroOut: readonly boolean[];
}

/**
 * Linearises a graph with respect to some inputs. Residuals that are inputs of the graph are not kept again.
 *
 * `force`: outputs whose tangent is wanted even if it is zero.
 */
export function linearizeGraph(
  graph: Graph,
  nonzero: readonly boolean[],
  force: readonly boolean[] = [],
): LinearizedGraph {
  return buildGraph(graph.inputs, ({ inputs, owns, finish }) => {
    const { outputs, tape } = linearizeFlat((xs) => runGraph(graph, xs), inputs, nonzero);
    const known = knownOperands(tape).filter(owns);
    const kept = known.filter((x) => !inputs.includes(x));
    const residuals = known.map((x): Residual => {
      const input = inputs.indexOf(x);
      return input >= 0 ? { input } : { kept: kept.indexOf(x) };
    });
    const nonzeroOut = tape.outputs.map((v, i) => v !== null || force[i] === true);
    const tangentAvals = graph.inputs.filter((_, i) => nonzero[i]);
    const linear = traceGraph(
      (args) => {
        const replace = new Map(known.map((x, i) => [x, args[i] as Tensor] as const));
        const tangents = playTape(tape, args.slice(known.length), (x) => replace.get(x) ?? x);
        return tangents.flatMap((t, i) =>
          nonzeroOut[i] ? [t ?? constantLike(outputs[i] as Tensor, 0)] : [],
        );
      },
      [...known, ...tangentAvals],
    );
    const forward = finish([...outputs, ...kept]);
    return { forward, linear, residuals, kept: kept.length, nonzeroOut };
  });
}

/**
 * The transpose of a graph that is linear in its inputs from `from` on.
 *
 * @returns a graph with the first `from` inputs, then a cotangent for each output, that returns a cotangent for
 *   each linear input
 */
export function transposeGraph(graph: Graph, from: number): Graph {
  const known = graph.inputs.slice(0, from);
  const linear = graph.inputs.slice(from);
  // Linear inputs have no values; they stand in the trace as inputs that nothing alive depends on.
  return buildGraph([...known, ...graph.outputs, ...linear], ({ inputs, finish }) => {
    const constants = inputs.slice(0, from);
    const cotangents = inputs.slice(from, from + graph.outputs.length);
    const { tape } = linearizeFlat(
      (xs) => runGraph(graph, [...constants, ...xs]),
      inputs.slice(from + graph.outputs.length),
    );
    const cts = transposeTape(tape, cotangents);
    const transposed = dropUnused(
      finish(cts.map((ct, i): Tensor => ct ?? constantLike(linear[i] as Aval, 0))),
    );
    return { ...transposed, inputs: transposed.inputs.slice(0, from + graph.outputs.length) };
  });
}

/** A graph over a batch. */
export interface BatchedGraph {
  /** Batched inputs and outputs have the batch in front. */
  readonly graph: Graph;
  readonly batchedOut: readonly boolean[];
}

/** Batches a graph. `force`: outputs that have to be batched even if all examples agree. */
export function batchGraph(
  graph: Graph,
  batched: readonly boolean[],
  size: number,
  force: readonly boolean[] = [],
): BatchedGraph {
  const avals = graph.inputs.map((v, i) =>
    batched[i] ? { shape: [size, ...v.shape], dtype: v.dtype } : v,
  );
  let batchedOut: readonly boolean[] = [];
  const result = traceGraph(
    (inputs) =>
      withTrace(
        (level) => new BatchTrace(level, size),
        (trace) => {
          const args = inputs.map((x, i) => trace.join(x, batched[i] ? 0 : null));
          const pairs = runGraph(graph, args).map((y) => trace.split(y));
          batchedOut = pairs.map(([, axis], i) => axis !== null || force[i] === true);
          return pairs.map(([y, axis], i) => (batchedOut[i] ? batchToFront(y, axis, size) : y));
        },
      ),
    avals,
  );
  return { graph: result, batchedOut };
}

/** Tangents, with zeros in place of `null` where a flag asks for them. */
export const pickTangents = (
  tangents: readonly Tangent[],
  avals: readonly Aval[],
  nonzero: readonly boolean[],
): Tensor[] =>
  avals.flatMap((aval, i) => (nonzero[i] ? [tangents[i] ?? constantLike(aval, 0)] : []));

/** Outputs of a {@link JvpGraph}: all primals, then the tangents that are not zero. */
export function splitJvp(outputs: readonly Tensor[], nonzeroOut: readonly boolean[]): JvpResult {
  const n = nonzeroOut.length;
  return { primals: outputs.slice(0, n), tangents: spreadTangents(outputs.slice(n), nonzeroOut) };
}

/** Tangents in their places, `null` where a flag says zero. */
export function spreadTangents(
  tangents: readonly Tensor[],
  nonzero: readonly boolean[],
): readonly Tangent[] {
  let at = 0;
  return nonzero.map((nz): Tangent => (nz ? (tangents[at++] as Tensor) : null));
}

/** Operands with the batch in front where a flag asks for it. */
export const batchOperands = (
  inputs: readonly Tensor[],
  axes: readonly (number | null)[],
  batched: readonly boolean[],
  size: number,
): Tensor[] => inputs.map((x, i) => (batched[i] ? batchToFront(x, axes[i] ?? null, size) : x));

/** The axis of each output of a {@link BatchedGraph}. */
export const frontAxes = (batchedOut: readonly boolean[]): (number | null)[] =>
  batchedOut.map((b) => (b ? 0 : null));

/** The smallest set of carried values that contains `start` and is closed under a pass through a loop's body. */
export function fixpoint(
  start: readonly boolean[],
  pass: (carry: readonly boolean[]) => readonly boolean[],
): readonly boolean[] {
  const out = pass(start);
  const next = start.map((f, i) => f || (out[i] as boolean));
  return next.every((f, i) => f === start[i]) ? start : fixpoint(next, pass);
}
