import { isFloat } from "../../dtype";
import { ArgumentBlock, type Launch } from "../launch";
import type { View } from "../view";
import { axisTable } from "./axes";
import { contiguousRows, lines, rowAxes, rowsOf, rowsPerChunk, typeCodes } from "./rows";

/** What is wanted of each sorted row; positions, or values, or both. */
export interface SortRequest {
  readonly values?: View | undefined;
  readonly positions?: View | undefined;
  /** How many elements of each row, from its start. */
  readonly take: number;
  readonly descending: boolean;
}

/** Launches, and the bytes of scratch memory that they use. */
export interface SortPlan {
  readonly bytes: number;
  readonly launches: readonly Launch[];
}

/** The longest row that is sorted in the scratch memory of a thread: twice its records must fit. */
export const longestThreadRow = 16384;

/** Length of the blocks that a longer row is cut into, and the most of them. */
const block = 32768;
const mostBlocks = 64;

/** Sorts the rows of `input`; the kernels' argument blocks are described in assembly/sort.ts. */
export function planSort(input: View, request: SortRequest, scratch: number): SortPlan {
  const { values, positions, take, descending } = request;
  const { n, rows } = rowsOf(input);
  if (rows * n === 0 || take === 0) return { bytes: 0, launches: [] };
  const { source, bytes: copied, launches } = contiguousRows(input, scratch);
  const keyBytes = input.dtype === "f64" ? 8 : 4;
  const width = positions === undefined ? keyBytes : 2 * keyBytes;
  const table = axisTable(rowAxes(source));
  const args = (split: number, workspace: number, digit: number): number[] =>
    new ArgumentBlock()
      .i32(source.pointer, values?.pointer ?? 0, positions?.pointer ?? 0, n, take, rows, split)
      .i32(typeCodes[input.dtype], descending ? -1 : 0, workspace, digit)
      .i32(...table).words;

  const digits = input.dtype === "bool" || input.dtype === "u8" ? 1 : keyBytes;
  const moveTime = 0.8 + width / 16;
  if (n <= longestThreadRow) {
    // Short rows are sorted by comparing all pairs.
    const rowTime = 30 + n * Math.min(3 + 0.1 * n, 1 + digits * (0.5 + moveTime));
    const perChunk = rowsPerChunk(rowTime);
    launches.push({
      kernel: "sort_rows",
      args: args(perChunk, 0, 0),
      chunks: Math.ceil(rows / perChunk),
      nanoseconds: rows * rowTime,
    });
    return { bytes: copied, launches };
  }

  const blocks = Math.min(mostBlocks, Math.ceil(n / block));
  const step = (kernel: string, time: number, digit = 0): Launch => ({
    kernel,
    args: args(blocks, scratch + copied, digit),
    chunks: rows * blocks,
    nanoseconds: rows * n * time,
  });
  launches.push(step("sort_begin", 1));
  for (let digit = 0; digit < digits; digit++) {
    launches.push(step("sort_count", 0.5, digit), step("sort_move", moveTime, digit));
  }
  launches.push(step("sort_end", 0.5));
  if (positions === undefined && isFloat(input.dtype)) {
    launches.push({ ...step("sort_zeros", 0), chunks: rows });
  }
  // Records twice, a table of 256 words for each block, and the bits in which its keys differ.
  const workspace = 2 * lines(rows * n * width) + rows * blocks * (1024 + 8);
  return { bytes: copied + lines(workspace), launches };
}
