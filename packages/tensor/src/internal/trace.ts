import { TraceError } from "../errors";
import type { Tensor } from "../tensor";
import { evaluate } from "./evaluate";
import type { Primitive } from "./primitive";
import { sharedRuntime } from "./runtime";

/** An interpretation of primitives that is in progress: differentiation, batching or graph building. */
export interface Trace {
  readonly kind: "jvp" | "linearize" | "linear" | "batch" | "graph";
  /** Depth of nesting; operands of lower levels are constants to this trace. */
  readonly level: number;
  /** False once the transformation returned: its tracers may not be used any more. */
  active: boolean;
  /** Whether what is done here to values of enclosing traces is recorded here, not there. */
  readonly keeps?: boolean | undefined;
  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[];
}

/** What a tensor holds while it is traced. Each trace adds its own fields. */
export interface Tracer {
  readonly trace: Trace;
}

/**
 * Applies a primitive: by the innermost trace among its operands or, if deeper, the one that keeps what is done in
 * it; at once on concrete values.
 *
 * @throws TraceError when an operand belongs to a trace that has ended
 */
export function bind<P>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] {
  let top: Trace | undefined;
  for (const x of inputs) {
    const trace = x.tracer?.trace;
    if (trace === undefined) continue;
    if (!trace.active) throw leaked(primitive.name, trace);
    if (top === undefined || trace.level > top.level) top = trace;
  }
  if (top === undefined) return evaluate(primitive as Primitive, inputs, params);
  const floor = sharedRuntime().floor;
  return (floor !== undefined && floor.level > top.level ? floor : top).process(
    primitive as Primitive,
    inputs,
    params,
  );
}

/** {@link bind} for primitives with one output. */
export const bind1 = <P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): Tensor =>
  bind(primitive, inputs, params)[0] as Tensor;

const functionOf = {
  jvp: "jvp",
  linearize: "grad",
  linear: "grad",
  batch: "vmap",
  graph: "jit",
} as const;

/** The error for a value that is used after its trace has ended. */
export function leaked(operation: string, trace: Trace): TraceError {
  const f = functionOf[trace.kind];
  return new TraceError(
    `${operation}: expected a live value; got one traced by a ${f} that has already returned; return it from the function given to ${f}`,
    { operation, transformation: f },
  );
}

/**
 * Runs `body` with a new trace one level above all active ones.
 *
 * The trace ends when the body returns, also by an exception.
 */
export function withTrace<T extends Trace, R>(
  make: (level: number) => T,
  body: (trace: T) => R,
): R {
  const runtime = sharedRuntime();
  const trace = make(++runtime.level);
  const tracing = trace.kind === "graph" ? 1 : 0;
  const { floor } = runtime;
  runtime.tracing += tracing;
  if (trace.keeps) runtime.floor = trace;
  try {
    return body(trace);
  } finally {
    runtime.level--;
    runtime.tracing -= tracing;
    runtime.floor = floor;
    trace.active = false;
  }
}
