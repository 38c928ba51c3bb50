import type { Aval, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import type { Tensor } from "../tensor";
import { batchToFront, moveAxis } from "./batching";
import { addTangents } from "./elementwise";
import { reshape, transpose } from "./movement";

/** The last two axes exchanged. */
const swapLast = (x: Tensor): Tensor => {
  const r = x.shape.length;
  const order = x.shape.map((_, i) => i);
  order[r - 1] = r - 2;
  order[r - 2] = r - 1;
  return transpose(x, order);
};

const dotPrimitive: Primitive<Record<never, never>> = {
  name: "dot",
  shape: ([a, b]) => {
    const { shape, dtype } = a as Aval;
    return [{ shape: [...shape.slice(0, -1), (b as Aval).shape.at(-1) as number], dtype }];
  },
  jvp: ([a, b], [ta, tb]) => ({
    primals: [dot(a as Tensor, b as Tensor)],
    tangents: [
      addTangents(
        ta == null ? null : dot(ta, b as Tensor),
        tb == null ? null : dot(a as Tensor, tb),
      ),
    ],
  }),
  transpose: ([ct], [a, b]) =>
    ct == null
      ? [null, null]
      : [
          isUnknown(a!) ? dot(ct, swapLast(b as Tensor)) : null,
          isUnknown(b!) ? dot(swapLast(a as Tensor), ct) : null,
        ],
  batch: ([a, b], [axisA, axisB], size) => {
    const x = a as Tensor;
    const y = b as Tensor;
    if (axisB == null && y.shape.length === 2) {
      // One matrix for all examples: the batch joins the rows of a.
      const rows = moveAxis(x, axisA as number, 0);
      const [, m, k] = rows.shape as [number, number, number];
      const flat = dot(reshape(rows, [size * m, k]), y);
      return { outputs: [reshape(flat, [size, m, y.shape[1] as number])], axes: [0] };
    }
    return {
      outputs: [dot(batchToFront(x, axisA ?? null, size), batchToFront(y, axisB ?? null, size))],
      axes: [0],
    };
  },
};

/** Matrix products over equal leading axes: [B…, m, k] × [B…, k, n] → [B…, m, n]. */
export const dot = (a: Tensor, b: Tensor): Tensor => bind1(dotPrimitive, [a, b], {});
