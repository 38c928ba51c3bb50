import { type Aval, isUnknown, type Primitive, type Tangent } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { reshapeStrides, type Shape, sameShape, sizeOf } from "../shape";
import type { Tensor } from "../tensor";
import { batchLeading, batchToFront } from "./batching";
import { constant } from "./constants";
import { select, sub } from "./elementwise";
import { reduceSum } from "./reduction";

/** Rules of a movement that is linear in its one operand: the tangent moves like the primal. */
function linear<P>(
  primitive: Omit<Primitive<P>, "jvp" | "transpose" | "batch">,
  back: (ct: Tensor, input: Aval, params: P) => Tensor,
  adjust: (params: P, size: number) => P,
): Primitive<P> {
  const self: Primitive<P> = {
    ...primitive,
    jvp: ([x], [t], params) => ({
      primals: [bind1(self, [x as Tensor], params)],
      tangents: [t == null ? null : bind1(self, [t], params)],
    }),
    transpose: ([ct], [x], params) => [ct == null ? null : back(ct, x as Aval, params)],
    batch: batchLeading(adjust),
  };
  return self;
}

interface BroadcastParams {
  readonly shape: Shape;
  /** Axis of the result for each axis of the operand. */
  readonly axes: readonly number[];
}

const broadcastPrimitive: Primitive<BroadcastParams> = linear(
  {
    name: "broadcast",
    shape: ([x], { shape }) => [{ shape, dtype: (x as Aval).dtype }],
    view: (input, output, { axes }) => {
      const strides = output.map(() => 0);
      axes.forEach((axis, i) => {
        if (input.shape[i] === output[axis]) strides[axis] = input.strides[i] as number;
      });
      return { offset: input.offset, strides };
    },
  },
  (ct, input, { shape, axes }) => {
    const grown = shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const stretched = axes.filter((axis, i) => input.shape[i] === 1 && shape[axis] !== 1);
    const summed = reduceSum(
      ct,
      [...grown, ...stretched].sort((a, b) => a - b),
    );
    return reshape(summed, input.shape);
  },
  ({ shape, axes }, size) => ({ shape: [size, ...shape], axes: [0, ...axes.map((a) => a + 1)] }),
);

/** Repeats the operand to `shape`; its axis i becomes axis `axes[i]` (increasing). No copy. */
export const broadcastInDim = (x: Tensor, shape: Shape, axes: readonly number[]): Tensor =>
  sameShape(x.shape, shape) ? x : bind1(broadcastPrimitive, [x], { shape, axes });

const reshapePrimitive: Primitive<{ shape: Shape }> = linear(
  {
    name: "reshape",
    shape: ([x], { shape }) => [{ shape, dtype: (x as Aval).dtype }],
    view: (input, output) => {
      const strides = reshapeStrides(input.shape, input.strides, output);
      return strides && { offset: input.offset, strides };
    },
  },
  (ct, input) => reshape(ct, input.shape),
  ({ shape }, size) => ({ shape: [size, ...shape] }),
);

/** The same elements in C order under another shape of equal size. */
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : bind1(reshapePrimitive, [x], { shape });

const transposePrimitive: Primitive<{ order: readonly number[] }> = linear(
  {
    name: "transpose",
    shape: ([x], { order }) => {
      const { shape, dtype } = x as Aval;
      return [{ shape: order.map((i) => shape[i] as number), dtype }];
    },
    view: (input, _output, { order }) => ({
      offset: input.offset,
      strides: order.map((i) => input.strides[i] as number),
    }),
  },
  (ct, _input, { order }) => {
    const back = new Array<number>(order.length);
    order.forEach((from, to) => {
      back[from] = to;
    });
    return transpose(ct, back);
  },
  ({ order }) => ({ order: [0, ...order.map((i) => i + 1)] }),
);

/** Axis i of the result is axis `order[i]` of the operand. No copy. */
export const transpose = (x: Tensor, order: readonly number[]): Tensor =>
  order.every((from, to) => from === to) ? x : bind1(transposePrimitive, [x], { order });

interface SliceParams {
  readonly start: readonly number[];
  readonly shape: Shape;
  readonly steps: readonly number[];
}

const slicePrimitive: Primitive<SliceParams> = linear(
  {
    name: "slice",
    shape: ([x], { shape }) => [{ shape, dtype: (x as Aval).dtype }],
    view: (input, _output, { start, steps }) => ({
      offset: start.reduce((at, s, i) => at + s * (input.strides[i] as number), input.offset),
      strides: steps.map((s, i) => s * (input.strides[i] as number)),
    }),
  },
  (ct, input, { start, steps }) => {
    const spread = interleaveZeros(ct, steps);
    return pad(
      spread,
      constant(0, [], ct.dtype),
      input.shape.map((d, i) => {
        const lo = start[i] as number;
        return [lo, d - lo - (spread.shape[i] as number)];
      }),
    );
  },
  ({ start, shape, steps }, size) => ({
    start: [0, ...start],
    shape: [size, ...shape],
    steps: [1, ...steps],
  }),
);

/** Elements start[i] + j · steps[i], 0 ≤ j < shape[i], with positive steps, in range. No copy. */
export const slice = (
  x: Tensor,
  start: readonly number[],
  shape: Shape,
  steps: readonly number[] = start.map(() => 1),
): Tensor => (sameShape(x.shape, shape) ? x : bind1(slicePrimitive, [x], { start, shape, steps }));

/** Puts steps[i] − 1 zeros between neighbours of axis i: [a, b] becomes [a, 0, b] for step 2. */
function interleaveZeros(x: Tensor, steps: readonly number[]): Tensor {
  if (steps.every((s) => s === 1) || sizeOf(x.shape) === 0) return x;
  const wide = reshape(
    x,
    x.shape.flatMap((d) => [d, 1]),
  );
  const padded = pad(
    wide,
    constant(0, [], x.dtype),
    steps.flatMap((s): [number, number][] => [
      [0, 0],
      [0, s - 1],
    ]),
  );
  const flat = reshape(
    padded,
    x.shape.map((d, i) => d * (steps[i] as number)),
  );
  return slice(
    flat,
    x.shape.map(() => 0),
    x.shape.map((d, i) => (d - 1) * (steps[i] as number) + 1),
  );
}

const flipPrimitive: Primitive<{ axes: readonly number[] }> = linear(
  {
    name: "flip",
    shape: ([x]) => [x as Aval],
    view: (input, _output, { axes }) => {
      const strides = [...input.strides];
      let offset = input.offset;
      for (const a of axes) {
        offset += Math.max(0, (input.shape[a] as number) - 1) * (strides[a] as number);
        strides[a] = -(strides[a] as number);
      }
      return { offset, strides };
    },
  },
  (ct, _input, { axes }) => flip(ct, axes),
  ({ axes }) => ({ axes: axes.map((a) => a + 1) }),
);

/** Reverses the order along the given axes. No copy. */
export const flip = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.length === 0 ? x : bind1(flipPrimitive, [x], { axes });

const concatPrimitive: Primitive<{ axis: number }> = {
  name: "concat",
  shape: (inputs, { axis }) => {
    const { shape, dtype } = inputs[0] as Aval;
    const total = inputs.reduce((n, x) => n + (x.shape[axis] as number), 0);
    return [{ shape: shape.map((d, i) => (i === axis ? total : d)), dtype }];
  },
  jvp: (primals, tangents, params) => ({
    primals: [concat(primals, params.axis)],
    tangents: [
      tangents.every((t) => t === null)
        ? null
        : concat(
            primals.map((x, i) => tangents[i] ?? constant(0, x.shape, x.dtype)),
            params.axis,
          ),
    ],
  }),
  transpose: ([ct], inputs, { axis }): Tangent[] => {
    let at = 0;
    return inputs.map((x) => {
      const from = at;
      at += x.shape[axis] as number;
      if (ct == null || !isUnknown(x)) return null;
      const start = x.shape.map((_, i) => (i === axis ? from : 0));
      return slice(ct, start, x.shape);
    });
  },
  batch: (inputs, axes, size, { axis }) => ({
    outputs: [
      concat(
        inputs.map((x, i) => batchToFront(x, axes[i] ?? null, size)),
        axis + 1,
      ),
    ],
    axes: [0],
  }),
};

/** Joins tensors along an existing axis. */
export const concat = (xs: readonly Tensor[], axis: number): Tensor =>
  xs.length === 1 ? (xs[0] as Tensor) : bind1(concatPrimitive, xs, { axis });

interface PadParams {
  readonly padding: readonly (readonly [number, number])[];
}

const padPrimitive: Primitive<PadParams> = {
  name: "pad",
  shape: ([x], { padding }) => {
    const { shape, dtype } = x as Aval;
    return [
      {
        shape: shape.map((d, i) => {
          const [lo, hi] = padding[i] as readonly [number, number];
          return d + lo + hi;
        }),
        dtype,
      },
    ];
  },
  jvp: ([x, value], [tx, tv], { padding }) => ({
    primals: [pad(x as Tensor, value as Tensor, padding)],
    tangents: [
      tx == null && tv == null
        ? null
        : pad(
            tx ?? constant(0, (x as Tensor).shape, (x as Tensor).dtype),
            tv ?? constant(0, [], (x as Tensor).dtype),
            padding,
          ),
    ],
  }),
  transpose: ([ct], [x, value], { padding }) => {
    if (ct == null) return [null, null];
    const inner = slice(
      ct,
      padding.map(([lo]) => lo),
      (x as Aval).shape,
    );
    const all = (t: Tensor): Tensor =>
      reduceSum(
        t,
        t.shape.map((_, i) => i),
      );
    return [isUnknown(x!) ? inner : null, isUnknown(value!) ? sub(all(ct), all(inner)) : null];
  },
  batch: ([x, value], [ax, av], size, { padding }) => {
    const wide: [number, number][] = [[0, 0], ...padding.map(([a, b]): [number, number] => [a, b])];
    const front = batchToFront(x as Tensor, ax ?? null, size);
    if (av == null) return { outputs: [pad(front, value as Tensor, wide)], axes: [0] };
    // A pad value of its own for each example: pad with zero, then put the values where the pad is.
    const inside = pad(constant(1, front.shape, "bool"), constant(0, [], "bool"), wide);
    const padded = pad(front, constant(0, [], front.dtype), wide);
    const values = broadcastInDim(value as Tensor, padded.shape, [0]);
    return { outputs: [select(inside, padded, values)], axes: [0] };
  },
};

/** Surrounds the operand with copies of a scalar; amounts are non-negative. */
export const pad = (
  x: Tensor,
  value: Tensor,
  padding: readonly (readonly [number, number])[],
): Tensor =>
  padding.every(([lo, hi]) => lo === 0 && hi === 0)
    ? x
    : bind1(padPrimitive, [x, value], { padding });
