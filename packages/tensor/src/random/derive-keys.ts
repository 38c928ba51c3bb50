import type { TypedArray } from "../dtype";
import type { Aval, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import { sizeOf } from "../shape";
import type { Tensor } from "../tensor";
import { ThreefryBlock } from "./threefry-block";

interface DeriveParams {
  /** Second counter word: what the keys are for. */
  readonly stream: number;
}

const deriveKeysPrimitive: Primitive<DeriveParams> = {
  name: "deriveKeys",
  shape: ([, counters]) => [{ shape: [...(counters as Aval).shape, 2], dtype: "u32" }],
  batch: batchLeading(),
  host([keys, counters], [key, counter], { stream }) {
    const rows = sizeOf((key as Aval).shape) / 2;
    const count = (counter as Aval).shape.at(-1) as number;
    const out = new Uint32Array(rows * count * 2);
    const block = new ThreefryBlock();
    const [k, c] = [keys as TypedArray, counters as TypedArray];
    for (let row = 0; row < rows; row++) {
      const [k0, k1] = [k[2 * row] as number, k[2 * row + 1] as number];
      for (let i = row * count; i < (row + 1) * count; i++) {
        block.compute(k0, k1, c[i] as number, stream);
        out[2 * i] = block.x;
        out[2 * i + 1] = block.y;
      }
    }
    return [out];
  },
};

/** Threefry blocks for keys: keys u32 [B…, 2] and counters u32 [B…, n] give keys u32 [B…, n, 2]. */
export const deriveKeys = (key: Tensor, counters: Tensor, stream: number): Tensor =>
  bind1(deriveKeysPrimitive, [key, counters], { stream });
