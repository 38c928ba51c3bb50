import { bytesOf } from "../../dtype";
import { ArgumentBlock, type Lowering } from "../launch";
import type { View } from "../view";
import { axisTable } from "./axes";
import { rowAxes, rowsOf, rowsPerChunk, typeCodes } from "./rows";

/** Whether a query comes before (left) or after (right) elements equal to it. */
export interface SearchSortedParams {
  readonly side: "left" | "right";
}

/** sorted [B…, n] and queries [B…, m] of one dtype give, as i32 [B…, m], where each query would be inserted. */
export const searchSortedLowering: Lowering<SearchSortedParams> = {
  launch(inputs, outputs, { side }) {
    const [sorted, queries] = inputs as readonly [View, View];
    const [out] = outputs as readonly [View];
    const { n } = rowsOf(sorted);
    const { n: m, rows } = rowsOf(queries);
    if (rows * m === 0) return [];
    const size = bytesOf(sorted.dtype);
    const time = 2 + Math.log2(n + 1);
    const piece = Math.min(m, rowsPerChunk(time));
    const pieces = Math.ceil(m / piece);
    const perChunk = pieces > 1 ? 1 : rowsPerChunk(10 + m * time);
    return [
      {
        kernel: "search_sorted",
        args: new ArgumentBlock()
          .i32(sorted.pointer, queries.pointer, out.pointer, n, m)
          .i32((sorted.strides.at(-1) as number) * size, (queries.strides.at(-1) as number) * size)
          .i32(rows, perChunk, pieces, piece, side === "right" ? 1 : 0, typeCodes[sorted.dtype])
          .i32(...axisTable(rowAxes(sorted, queries))).words,
        chunks: Math.ceil(rows / perChunk) * pieces,
        nanoseconds: rows * (10 + m * time),
      },
    ];
  },
};
