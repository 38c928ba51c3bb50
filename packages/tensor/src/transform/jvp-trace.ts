import type { Primitive, Tangent } from "../internal/primitive";
import type { Trace, Tracer } from "../internal/trace";
import { Tensor } from "../tensor";
import { withoutDerivative } from "./without-derivative";

interface JvpTracer extends Tracer {
  readonly primal: Tensor;
  readonly tangent: Tensor;
}

/** Forward-mode differentiation: every value travels with its tangent. */
export class JvpTrace implements Trace {
  readonly kind = "jvp";
  active = true;
  readonly level: number;
  constructor(level: number) {
    this.level = level;
  }

  /** A value with its tangent; a zero tangent needs no tracer. */
  join(primal: Tensor, tangent: Tangent): Tensor {
    if (tangent === null) return primal;
    const tracer: JvpTracer = { trace: this, primal, tangent };
    return Tensor.traced(primal.shape, primal.dtype, tracer);
  }

  /** The value and the tangent of an operand. */
  split(x: Tensor): readonly [Tensor, Tangent] {
    if (x.tracer?.trace !== this) return [x, null];
    const { primal, tangent } = x.tracer as JvpTracer;
    return [primal, tangent];
  }

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const pairs = inputs.map((x) => this.split(x));
    const primals = pairs.map(([p]) => p);
    if (primitive.jvp === undefined) return withoutDerivative("jvp", primitive, primals, params);
    const out = primitive.jvp(
      primals,
      pairs.map(([, t]) => t),
      params,
    );
    return out.primals.map((p, i) => this.join(p, out.tangents[i] ?? null));
  }
}
