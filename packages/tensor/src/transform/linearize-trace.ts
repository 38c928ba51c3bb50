import type { Aval, JvpResult, Primitive, Tangent } from "../internal/primitive";
import { withTrace } from "../internal/trace";
import type { Tensor } from "../tensor";
import { DualTrace, linearizeRule } from "./dual-trace";
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
  ): JvpResult {
    const rule = primitive.linearize === undefined ? super.rule.bind(this) : linearizeRule;
    return rule(primitive, primals, tangents, params);
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
