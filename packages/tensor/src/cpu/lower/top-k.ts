import { bytesOf, isFloat } from "../../dtype";
import { ArgumentBlock, type Launch, type Lowering } from "../launch";
import type { View } from "../view";
import { axisTable } from "./axes";
import { contiguousRows, lines, rowAxes, rowsOf, rowsPerChunk, typeCodes } from "./rows";
import { longestThreadRow, planSort, type SortPlan } from "./sort-plan";

/** How many elements of each row. */
export interface TopKParams {
  /** 0 … length of the last axis. */
  readonly k: number;
}

/** Up to here a long row is cut into blocks whose winners meet in a next round; above, it is sorted. */
const mostWinners = 2048;

function plan(inputs: readonly View[], outputs: readonly View[], k: number, at: number): SortPlan {
  const [x] = inputs as readonly [View];
  const [values, positions] = outputs as readonly [View, View];
  const { n, rows } = rowsOf(x);
  if (rows === 0 || k === 0) return { bytes: 0, launches: [] };
  if (n > longestThreadRow && k > mostWinners) {
    return planSort(x, { values, positions, take: k, descending: true }, at);
  }
  const { source, bytes: copied, launches } = contiguousRows(x, at);
  let bytes = copied;
  let pointer = source.pointer;
  let table = axisTable(rowAxes(source));
  let names = 0;
  for (let length = n; ; ) {
    const blocks = Math.ceil(length / longestThreadRow);
    const last = blocks === 1;
    const winners = rows * blocks * k;
    const valuesAt = last ? values.pointer : at + bytes;
    if (!last) bytes += lines(winners * bytesOf(x.dtype));
    const positionsAt = last ? positions.pointer : at + bytes;
    if (!last) bytes += lines(winners * 4);
    const rowTime = 100 + (length / blocks) * (k <= 128 && isFloat(x.dtype) ? 0.2 : 10) + 15 * k;
    const perChunk = rowsPerChunk(rowTime);
    const launch: Launch = {
      kernel: "top_k",
      args: new ArgumentBlock()
        .i32(pointer, valuesAt, positionsAt, length, k, rows * blocks, perChunk)
        .i32(typeCodes[x.dtype], blocks, names, ...table).words,
      chunks: Math.ceil((rows * blocks) / perChunk),
      nanoseconds: rows * blocks * rowTime,
    };
    launches.push(launch);
    if (last) return { bytes, launches };
    pointer = valuesAt;
    names = positionsAt;
    length = blocks * k;
    table = axisTable([{ size: rows, strides: [length * bytesOf(x.dtype)] }]);
  }
}

/**
 * The k largest elements along the last axis, descending, and their i32 positions.
 *
 * NaN counts as largest; the lower position comes first among equals.
 */
export const topKLowering: Lowering<TopKParams> = {
  scratch: (inputs, outputs, { k }) => plan(inputs, outputs, k, 0).bytes,
  launch: (inputs, outputs, { k }, scratch) => plan(inputs, outputs, k, scratch).launches,
};
