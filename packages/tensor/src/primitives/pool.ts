import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind, bind1 } from "../internal/trace";
import { type Shape, sizeOf } from "../shape";
import type { Tensor } from "../tensor";
import { batchLeading } from "./batching";
import { gather } from "./indexing";
import { reshape } from "./movement";

/** A moving window over the last `window.length` axes. */
export interface PoolParams {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
}

/** Shape after pooling: leading axes stay, spatial axes shrink. */
export function poolShape(shape: Shape, p: PoolParams): number[] {
  const lead = shape.length - p.window.length;
  return shape.map((d, i) => {
    if (i < lead) return d;
    const j = i - lead;
    const [lo, hi] = p.padding[j] as readonly [number, number];
    const wide = ((p.window[j] as number) - 1) * (p.dilation[j] as number) + 1;
    return Math.max(0, Math.floor((d + lo + hi - wide) / (p.strides[j] as number)) + 1);
  });
}

const maxPoolPrimitive: Primitive<PoolParams> = {
  name: "maxPool",
  shape: ([x], p) => {
    const shape = poolShape((x as Aval).shape, p);
    return [
      { shape, dtype: (x as Aval).dtype },
      { shape, dtype: "i32" },
    ];
  },
  jvp: ([x], [t], p): JvpResult => {
    const [values, index] = maxPool(x as Tensor, p);
    if (t == null) return { primals: [values, index], tangents: [null, null] };
    // The tangent of a window is the tangent of its winner.
    const lead = values.shape.length - p.window.length;
    const outer = sizeOf(values.shape.slice(0, lead));
    const flat = (y: Tensor): Tensor => reshape(y, [outer, sizeOf(y.shape.slice(lead))]);
    const windows = { ...p, input: (x as Tensor).shape.slice(lead) };
    const picked = gather(flat(t), flat(index), 1, 1, windows);
    return { primals: [values, index], tangents: [reshape(picked, values.shape), null] };
  },
  batch: batchLeading(),
};

/** Maximum of each window and the flat spatial index where it was found. */
export const maxPool = (x: Tensor, params: PoolParams): readonly [Tensor, Tensor] =>
  bind(maxPoolPrimitive, [x], params) as unknown as readonly [Tensor, Tensor];

const sumPoolPrimitive: Primitive<PoolParams> = {
  name: "sumPool",
  shape: ([x], p) => [{ shape: poolShape((x as Aval).shape, p), dtype: (x as Aval).dtype }],
  jvp: ([x], [t], p) => ({
    primals: [sumPool(x as Tensor, p)],
    tangents: [t == null ? null : sumPool(t, p)],
  }),
  transpose: ([ct], [x], p) => {
    const spatial = (x as Aval).shape.slice(-p.window.length);
    return [ct == null ? null : bind1(sumPoolTransposePrimitive, [ct], { ...p, spatial })];
  },
  batch: batchLeading(),
};

/** Sum of each window; padding counts as zero. */
export const sumPool = (x: Tensor, params: PoolParams): Tensor =>
  bind1(sumPoolPrimitive, [x], params);

interface SumPoolTransposeParams extends PoolParams {
  readonly spatial: Shape;
}

const sumPoolTransposePrimitive: Primitive<SumPoolTransposeParams> = {
  name: "sumPoolTranspose",
  shape: ([y], { window, spatial }) => {
    const { shape, dtype } = y as Aval;
    return [{ shape: [...shape.slice(0, shape.length - window.length), ...spatial], dtype }];
  },
  jvp: ([y], [t], p) => ({
    primals: [bind1(sumPoolTransposePrimitive, [y as Tensor], p)],
    tangents: [t == null ? null : bind1(sumPoolTransposePrimitive, [t], p)],
  }),
  transpose: ([ct], _inputs, { window, strides, padding, dilation }) => [
    ct == null ? null : sumPool(ct, { window, strides, padding, dilation }),
  ],
  batch: batchLeading(),
};
