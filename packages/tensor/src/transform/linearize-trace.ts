import type { Aval, Primitive, Tangent } from "../internal/primitive";
import { type Trace, type Tracer, withTrace } from "../internal/trace";
import { Tensor } from "../tensor";
import { LinearTrace, type LinearVar, type Tape } from "./tape";
import { withoutDerivative } from "./without-derivative";

interface LinearizeTracer extends Tracer {
  readonly primal: Tensor;
  /** Belongs to the {@link LinearTrace} beside this trace. */
  readonly tangent: Tensor;
}

/**
 * Differentiation at a point: primals are computed as they come, operations on tangents are recorded.
 *
 * A value that does not depend on the differentiated inputs never becomes a tracer, so what comes before
 * them in a network, or behind a `stopGradient`, leaves no trace on the tape.
 */
class LinearizeTrace implements Trace {
  readonly kind = "linearize";
  readonly level: number;
  readonly linear: LinearTrace;
  #active = true;
  constructor(level: number) {
    this.level = level;
    this.linear = new LinearTrace(level);
  }
  get active(): boolean {
    return this.#active;
  }
  set active(value: boolean) {
    this.#active = value;
    this.linear.active = value;
  }

  join(primal: Tensor, tangent: Tangent): Tensor {
    if (tangent === null) return primal;
    const tracer: LinearizeTracer = { trace: this, primal, tangent };
    return Tensor.traced(primal.shape, primal.dtype, tracer);
  }

  split(x: Tensor): readonly [Tensor, Tangent] {
    if (x.tracer?.trace !== this) return [x, null];
    const { primal, tangent } = x.tracer as LinearizeTracer;
    return [primal, tangent];
  }

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const pairs = inputs.map((x) => this.split(x));
    const primals = pairs.map(([p]) => p);
    const tangents = pairs.map(([, t]) => t);
    if (primitive.linearize !== undefined) {
      const rule = primitive.linearize(
        primals,
        tangents.map((t) => t !== null),
        params,
      );
      const out = rule.tangent(tangents);
      return rule.primals.map((p, i) => this.join(p, out[i] ?? null));
    }
    if (primitive.jvp === undefined) return withoutDerivative("grad", primitive, primals, params);
    const out = primitive.jvp(primals, tangents, params);
    return out.primals.map((p, i) => this.join(p, out.tangents[i] ?? null));
  }
}

/**
 * Runs `f` at `primals` and records how its outputs depend on those inputs to first order.
 *
 * @param f - any function of tensors
 * @param differentiate - which inputs carry a tangent; default all
 */
export function linearizeFlat(
  f: (inputs: readonly Tensor[]) => readonly Tensor[],
  primals: readonly Tensor[],
  differentiate: readonly boolean[] = primals.map(() => true),
): { readonly outputs: readonly Tensor[]; readonly tape: Tape } {
  return withTrace(
    (level) => new LinearizeTrace(level),
    (trace) => {
      const seeds: Tensor[] = [];
      const inputs = primals.map((p, i) => {
        if (differentiate[i] !== true) return p;
        const tangent = trace.linear.fresh(p as Aval);
        seeds.push(tangent);
        return trace.join(p, tangent);
      });
      const results = f(inputs).map((y) => trace.split(y));
      const variable = (t: Tensor): LinearVar => trace.linear.variable(t) as LinearVar;
      return {
        outputs: results.map(([p]) => p),
        tape: {
          inputs: seeds.map(variable),
          equations: trace.linear.equations,
          outputs: results.map(([, t]) => (t === null ? null : variable(t))),
        },
      };
    },
  );
}
