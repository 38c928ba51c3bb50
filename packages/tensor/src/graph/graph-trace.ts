import { deviceOf } from "../internal/device";
import type { Aval, Primitive } from "../internal/primitive";
import { nextId } from "../internal/runtime";
import { type Trace, type Tracer, withTrace } from "../internal/trace";
import { Tensor } from "../tensor";
import type { Equation, Graph, Var } from "./graph";

interface GraphTracer extends Tracer {
  readonly variable: Var;
}

/** Builds a graph from the primitives that a function applies. */
class GraphTrace implements Trace {
  readonly kind = "graph";
  active = true;
  readonly level: number;
  readonly keeps: boolean | undefined;
  readonly constants = new Map<Var, Tensor>();
  readonly equations: Equation[] = [];
  readonly #constantOf = new Map<Tensor, Var>();
  constructor(level: number, keeps?: boolean) {
    this.level = level;
    this.keeps = keeps;
  }

  fresh({ shape, dtype }: Aval): Tensor {
    const variable: Var = { id: nextId(), shape, dtype };
    return Tensor.traced(shape, dtype, { trace: this, variable } as GraphTracer);
  }

  /** The variable of a tensor; one that is not of this trace becomes a constant. */
  variable(x: Tensor): Var {
    if (x.tracer?.trace === this) return (x.tracer as GraphTracer).variable;
    let v = this.#constantOf.get(x);
    if (v === undefined) {
      v = { id: nextId(), shape: x.shape, dtype: x.dtype };
      this.#constantOf.set(x, v);
      this.constants.set(v, x);
    }
    return v;
  }

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const outputs = primitive.shape(inputs, params).map((aval) => this.fresh(aval));
    this.equations.push({
      primitive,
      inputs: inputs.map((x) => this.variable(x)),
      params,
      outputs: outputs.map((x) => this.variable(x)),
    });
    return outputs;
  }
}

/** A graph under construction, as its builder sees it. */
export interface GraphBuilder {
  readonly inputs: readonly Tensor[];
  /** True for values of the graph that depend on its inputs. */
  owns(x: Tensor): boolean;
  /** The graph that computes `outputs`. */
  finish(outputs: readonly Tensor[]): Graph;
}

/** Traces with full control over when the graph is finished. */
export function buildGraph<R>(
  avals: readonly Aval[],
  body: (builder: GraphBuilder) => R,
  keeps?: boolean,
): R {
  return withTrace(
    (level) => new GraphTrace(level, keeps),
    (trace) => {
      const inputs = avals.map((aval) => trace.fresh(aval));
      const variables = inputs.map((x) => trace.variable(x));
      return body({
        inputs,
        owns: (x) => x.tracer?.trace === trace,
        finish: (outputs) => ({
          inputs: variables,
          outputs: outputs.map((y) => trace.variable(y)),
          constants: trace.constants,
          equations: trace.equations,
        }),
      });
    },
  );
}

/**
 * The graph of `f` for inputs of the given types.
 *
 * @param keeps - whether the graph contains what `f` makes of values of enclosing traces alone; default false: they
 *   record it
 */
export const traceGraph = (
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  avals: readonly Aval[],
  keeps?: boolean,
): Graph => buildGraph(avals, ({ inputs, finish }) => finish(f(inputs)), keeps);

/**
 * A graph whose constants are all concrete: values of outer traces become leading inputs.
 */
export function closeGraph(graph: Graph): { readonly graph: Graph; readonly captured: Tensor[] } {
  const constants = new Map<Var, Tensor>();
  const lifted: Var[] = [];
  const captured: Tensor[] = [];
  for (const [v, x] of graph.constants) {
    if (x.tracer === undefined && deviceOf(x) === undefined) {
      constants.set(v, x);
    } else {
      lifted.push(v);
      captured.push(x);
    }
  }
  return { graph: { ...graph, inputs: [...lifted, ...graph.inputs], constants }, captured };
}
