import { ArgumentBlock, type Lowering } from "../launch";
import type { View } from "../view";
import { axisTable } from "./axes";
import { rowAxes, rowsOf, rowsPerChunk } from "./rows";

/** How many words each key gives. */
export interface RandomBitsParams {
  readonly count: number;
}

/** Rough time of one word in nanoseconds. */
const wordTime = 2.2;

/**
 * Random words: keys u32 [B…, 2] give u32 [B…, count].
 *
 * Words 2i and 2i + 1 are the Threefry-2x32 block with 20 rounds of counter (i, 0) under the key,
 * so a word depends on the key and its place alone.
 */
export const randomBitsLowering: Lowering<RandomBitsParams> = {
  launch([keys], [out], { count }) {
    const key = keys as View;
    const { rows } = rowsOf(key);
    if (rows * count === 0) return [];
    const rowTime = 20 + count * wordTime;
    // Eight words are made at once.
    const piece = Math.min(count, rowsPerChunk(8 * wordTime) * 8);
    const pieces = Math.ceil(count / piece);
    const perChunk = pieces > 1 ? 1 : rowsPerChunk(rowTime);
    return [
      {
        kernel: "random_bits",
        args: new ArgumentBlock()
          .i32(key.pointer, (out as View).pointer, count, rows, perChunk, pieces, piece)
          .i32((key.strides.at(-1) as number) * 4, ...axisTable(rowAxes(key))).words,
        chunks: Math.ceil(rows / perChunk) * pieces,
        nanoseconds: rows * rowTime,
      },
    ];
  },
};
