import { ArgumentError } from "../errors";
import type { Aval, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import { gather } from "../primitives/indexing";
import { normalizeAxis, sizeOf } from "../shape";
import { isTensor, type Tensor } from "../tensor";
import { checkKey } from "./key";
import { Stream } from "./stream";

interface ShuffleParams {
  readonly count: number;
}

const shufflePrimitive: Primitive<ShuffleParams> = {
  name: "shuffle",
  shape: ([key], { count }) => [
    { shape: [...(key as Aval).shape.slice(0, -1), count], dtype: "i32" },
  ],
  batch: batchLeading(),
  // Every order is as likely; sorting random words would favour some where words repeat.
  host([keys], [key], { count }) {
    const rows = sizeOf((key as Aval).shape) / 2;
    const out = new Int32Array(rows * count);
    for (let row = 0; row < rows; row++) {
      const stream = new Stream(keys?.[2 * row] as number, keys?.[2 * row + 1] as number);
      stream.seek(0);
      const order = out.subarray(row * count, (row + 1) * count);
      for (let i = 0; i < count; i++) order[i] = i;
      for (let i = count - 1; i > 0; i--) {
        const j = Math.floor(stream.uniform() * (i + 1));
        const held = order[i] as number;
        order[i] = order[j] as number;
        order[j] = held;
      }
    }
    return [out];
  },
};

/** Length of what is shuffled or chosen from: a count, or an axis of a tensor. */
export function lengthOf(operation: string, of: number | Tensor, axis: number): number {
  if (isTensor(of)) return of.shape[normalizeAxis(operation, axis, of.shape.length)] as number;
  if (Number.isInteger(of) && of >= 0 && of < 2 ** 31) return of;
  throw new ArgumentError(
    `${operation}: expected an integer from 0 to 2^31 − 1 or a tensor; got ${String(of)}`,
    { of },
  );
}

/** The elements at positions along an axis, or the positions themselves where only a count was given. */
export const pick = (of: number | Tensor, index: Tensor, axis: number): Tensor =>
  isTensor(of) ? gather(of, index, 0, axis < 0 ? axis + of.shape.length : axis) : index;

/**
 * 0 … n − 1 in random order, or the slices of a tensor in random order; every order is as likely.
 *
 * @param of - n, or a tensor
 * @param options.axis - of the tensor; default 0
 * @returns i32 [n], or a tensor like `of`
 * @throws ArgumentError unless n is an integer ≥ 0
 * @see Fisher & Yates 1938; Durstenfeld 1964
 */
export function permutation(
  key: Tensor,
  of: number | Tensor,
  options: { readonly axis?: number } = {},
): Tensor {
  const { axis = 0 } = options;
  checkKey("permutation", key);
  const count = lengthOf("permutation", of, axis);
  return pick(of, bind1(shufflePrimitive, [key], { count }), axis);
}
