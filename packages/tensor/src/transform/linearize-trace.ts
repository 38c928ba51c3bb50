import type { Aval, Primitive, Tangent } from "../internal/primitive";
import { withTrace } from "../internal/trace";
import type { Tensor } from "../tensor";
import { DualTrace } from "./dual-trace";
import { LinearTrace, type LinearVar, type Tape } from "./tape";

/**
 * Differentiation at a point: primals are computed as they come, operations on tangents are recorded.
 *
 * A value that does not depend on the differentiated inputs never becomes a tracer, so what comes before
 * them in a network, or behind a `stopGradient`, leaves no trace on the tape.
 */
class LinearizeTrace extends DualTrace {
  readonly kind = "linearize";
  readonly linear: LinearTrace;
  constructor(level: number) {
    super(level);
    this.linear = new LinearTrace(level);
  }

  get active(): boolean {
    return this.linear.active;
  }
  set active(value: boolean) {
    this.linear.active = value;
  }

  protected override rule(
    primitive: Primitive,
    primals: readonly Tensor[],
    tangents: readonly Tangent[],
    params: unknown,
  ): { readonly primals: readonly Tensor[]; readonly tangents: readonly Tangent[] } {
    if (primitive.linearize === undefined) return super.rule(primitive, primals, tangents, params);
    const nonzero = tangents.map((t) => t !== null);
    const { primals: outputs, tangent } = primitive.linearize(primals, nonzero, params);
    return { primals: outputs, tangents: tangent(tangents) };
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
