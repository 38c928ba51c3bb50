import type { Aval, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import type { Tensor } from "../tensor";
import { batchLeading } from "./batching";

interface RandomBitsParams {
  readonly count: number;
}

const randomBitsPrimitive: Primitive<RandomBitsParams> = {
  name: "randomBits",
  shape: ([key], { count }) => [
    { shape: [...(key as Aval).shape.slice(0, -1), count], dtype: "u32" },
  ],
  batch: batchLeading(),
};

/** `count` words of the Threefry stream of each key [B…, 2]: u32 [B…, count]. */
export const randomBits = (key: Tensor, count: number): Tensor =>
  bind1(randomBitsPrimitive, [key], { count });
