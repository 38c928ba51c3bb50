import type { Primitive } from "../internal/primitive";
import { bind, type Trace, type Tracer } from "../internal/trace";
import { Tensor } from "../tensor";

interface BatchTracer extends Tracer {
  readonly value: Tensor;
  readonly axis: number;
}

/** Batching: every value that differs between examples carries an extra axis. */
export class BatchTrace implements Trace {
  readonly kind = "batch";
  active = true;
  readonly level: number;
  readonly size: number;
  constructor(level: number, size: number) {
    this.level = level;
    this.size = size;
  }

  /** One example of `value`, whose examples lie along `axis`. */
  join(value: Tensor, axis: number | null): Tensor {
    if (axis === null) return value;
    const tracer: BatchTracer = { trace: this, value, axis };
    const shape = value.shape.filter((_, i) => i !== axis);
    return Tensor.traced(shape, value.dtype, tracer);
  }

  /** All examples and the axis along which they lie; `null` when they are all the same. */
  split(x: Tensor): readonly [Tensor, number | null] {
    if (x.tracer?.trace !== this) return [x, null];
    const { value, axis } = x.tracer as BatchTracer;
    return [value, axis];
  }

  process(primitive: Primitive, inputs: readonly Tensor[], params: unknown): readonly Tensor[] {
    const pairs = inputs.map((x) => this.split(x));
    const values = pairs.map(([v]) => v);
    const axes = pairs.map(([, a]) => a);
    if (axes.every((a) => a === null)) return bind(primitive, values, params);
    const out = primitive.batch(values, axes, this.size, params, primitive);
    return out.outputs.map((y, i) => this.join(y, out.axes[i] ?? null));
  }
}
