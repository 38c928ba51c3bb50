import type { Aval, Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import type { Tensor } from "../tensor";

/** A value of a graph, defined once. */
export interface Var extends Aval {
  readonly id: number;
}

/** One application of a primitive. */
export interface Equation {
  readonly primitive: Primitive;
  readonly inputs: readonly Var[];
  readonly params: unknown;
  readonly outputs: readonly Var[];
}

/** A traced function: a list of equations in an order in which they can run. */
export interface Graph {
  readonly inputs: readonly Var[];
  /** Values that were concrete, or belonged to an outer trace, when the function was traced. */
  readonly constants: ReadonlyMap<Var, Tensor>;
  readonly equations: readonly Equation[];
  readonly outputs: readonly Var[];
}

/** Runs a graph by applying its primitives, so that any active transformation sees them. */
export function runGraph(graph: Graph, args: readonly Tensor[]): Tensor[] {
  const values = new Map<Var, Tensor>(graph.constants);
  graph.inputs.forEach((v, i) => {
    values.set(v, args[i] as Tensor);
  });
  for (const { primitive, inputs, params, outputs } of graph.equations) {
    const results = bind(
      primitive,
      inputs.map((v) => values.get(v) as Tensor),
      params,
    );
    outputs.forEach((v, i) => {
      values.set(v, results[i] as Tensor);
    });
  }
  return graph.outputs.map((v) => values.get(v) as Tensor);
}
