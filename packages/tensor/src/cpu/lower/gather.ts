import { bytesOf } from "../../dtype";
import { sizeOf } from "../../shape";
import type { Lowering } from "../launch";
import { ArgumentBlock } from "../launch";
import type { View } from "../view";
import { axisTable, collapse, type LoopAxis, still } from "./axes";
import { fillInto } from "./copy";

/** Which axis of x is gathered, and how many leading axes x and the indices share. */
export interface GatherParams {
  readonly batchDims: number;
  /** Counts in the full shape of x. */
  readonly axis: number;
}

/** Rough time of one chunk in nanoseconds. */
const chunkTime = 40_000;

/**
 * Takes elements or slices along one axis at given places.
 *
 * x [B…, pre…, n, post…] and indices [B…, I…] (i32 or u32) give [B…, pre…, I…, post…];
 * an index outside 0 … n − 1 counts as the nearer end.
 */
export const gatherLowering: Lowering<GatherParams> = {
  launch(inputs, outputs, { batchDims, axis }) {
    const [x, indices] = inputs as readonly [View, View];
    const [out] = outputs as readonly [View];
    const total = sizeOf(out.shape);
    const length = x.shape[axis] as number;
    if (total === 0) return [];
    // Nothing to take from: shape rules refuse it, and memory outside of x is never read.
    if (length === 0) return [fillInto(out)];
    const size = bytesOf(x.dtype);
    const data = (a: number): LoopAxis => ({
      size: x.shape[a] as number,
      strides: [(x.strides[a] as number) * size, a < batchDims ? indexStep(indices, a) : 0],
    });
    const axes = collapse([
      ...Array.from({ length: axis }, (_, a) => data(a)),
      ...indexAxes(indices, batchDims),
      ...Array.from({ length: x.shape.length - axis - 1 }, (_, i) => data(axis + 1 + i)),
    ]);
    const column = (axes.at(-1)?.strides[1] === 0 ? axes.pop() : undefined) ?? still(2);
    const row = axes.pop() ?? still(2);
    const rows = total / column.size;
    const rowTime = 3 + column.size * (column.strides[0] === size ? 0.05 * size : 0.8);
    const perChunk = Math.max(1, Math.floor(chunkTime / rowTime));
    return [
      {
        kernel: `gather_${size}`,
        args: new ArgumentBlock()
          .i32(x.pointer, indices.pointer, out.pointer, rows, perChunk)
          .i32(row.size, ...row.strides, column.size, column.strides[0] as number)
          .i32(length, (x.strides[axis] as number) * size, indices.dtype === "i32" ? -1 : 0)
          .i32(...axisTable(axes)).words,
        chunks: Math.ceil(rows / perChunk),
        nanoseconds: rows * rowTime,
      },
    ];
  },
  flops: () => 0,
};

const indexStep = (indices: View, axis: number): number => (indices.strides[axis] as number) * 4;

/** The index axes after the batch as loop axes of a data operand, which stands still, and the indices. */
const indexAxes = (indices: View, batchDims: number): LoopAxis[] =>
  indices.shape
    .slice(batchDims)
    .map((size, i) => ({ size, strides: [0, indexStep(indices, batchDims + i)] }));
