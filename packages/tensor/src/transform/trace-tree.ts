import type { Graph } from "../graph/graph";
import { closeGraph, traceGraph } from "../graph/graph-trace";
import type { Aval } from "../internal/primitive";
import { regroup, tensorLeaves } from "../internal/regroup";
import type { Tensor } from "../tensor";
import type { Structure } from "../tree";

/** A function of trees as a graph. */
export interface TracedTree {
  /** Inputs: captured values, then the leaves of the arguments. */
  readonly graph: Graph;
  /** Values of enclosing traces that the function closes over. */
  readonly captured: readonly Tensor[];
  readonly result: Structure;
}

/** Traces a function of trees for leaves of the given types; for `keeps` see {@link traceGraph}. */
export function traceTree(
  f: (...trees: never[]) => unknown,
  structures: readonly Structure[],
  avals: readonly Aval[],
  keeps?: boolean,
): TracedTree {
  let result: Structure | undefined;
  const traced = traceGraph(
    (xs) => {
      const out = tensorLeaves(f(...(regroup(structures, xs) as never[])));
      result = out.structure;
      return out.leaves;
    },
    avals,
    keeps,
  );
  return { ...closeGraph(traced), result: result as Structure };
}
