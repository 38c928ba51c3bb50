import { isFloat } from "../dtype";
import { ArgumentError } from "../errors";
import type { JvpResult, Primitive, Tangent } from "../internal/primitive";
import { bind, type Trace, type Tracer } from "../internal/trace";
import { Tensor } from "../tensor";

interface DualTracer extends Tracer {
  readonly primal: Tensor;
  readonly tangent: Tensor;
}

/** What both modes of differentiation share: every value travels with its tangent. */
export abstract class DualTrace implements Trace {
  abstract readonly kind: "jvp" | "linearize";
  abstract active: boolean;
  readonly level: number;
  constructor(level: number) {
    this.level = level;
  }

  /** A value with its tangent; a zero tangent needs no tracer. */
  join(primal: Tensor, tangent: Tangent): Tensor {
    if (tangent === null) return primal;
    const tracer: DualTracer = { trace: this, primal, tangent };
    return Tensor.traced(primal.shape, primal.dtype, tracer);
  }

  /** The value and the tangent of an operand. */
  split(x: Tensor): readonly [Tensor, Tangent] {
    if (x.tracer?.trace !== this) return [x, null];
    const { primal, tangent } = x.tracer as DualTracer;
    return [primal, tangent];
  }

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const pairs = inputs.map((x) => this.split(x));
    const out = this.rule(
      primitive,
      pairs.map(([p]) => p),
      pairs.map(([, t]) => t),
      params,
    );
    return out.primals.map((p, i) => this.join(p, out.tangents[i] ?? null));
  }

  /**
   * Primal and tangent results. Integer and boolean results of a primitive without a derivative are constants.
   *
   * @throws ArgumentError when such a result is a float, whose zero derivative would be a silent error
   */
  protected rule(
    primitive: Primitive,
    primals: readonly Tensor[],
    tangents: readonly Tangent[],
    params: unknown,
  ): JvpResult {
    if (primitive.jvp !== undefined) return primitive.jvp(primals, tangents, params);
    if (primitive.linearize !== undefined)
      return linearizeRule(primitive, primals, tangents, params);
    const outputs = bind(primitive, primals, params);
    if (outputs.some((y) => isFloat(y.dtype))) {
      throw new ArgumentError(
        `${this.kind === "jvp" ? "jvp" : "grad"}: ${primitive.name} has no derivative; put stopGradient before it`,
        { primitive: primitive.name },
      );
    }
    return { primals: outputs, tangents: [] };
  }
}

/** The rule of a primitive that separates its primal results from a linear program for the tangents. */
export function linearizeRule(
  primitive: Primitive,
  primals: readonly Tensor[],
  tangents: readonly Tangent[],
  params: unknown,
): JvpResult {
  const nonzero = tangents.map((t) => t !== null);
  const rule = (primitive.linearize as NonNullable<Primitive["linearize"]>)(
    primals,
    nonzero,
    params,
  );
  return { primals: rule.primals, tangents: rule.tangent(tangents) };
}
