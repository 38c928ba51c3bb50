import { bytesOf } from "../../dtype";
import { contiguousStrides, sizeOf } from "../../shape";
import type { Lowering } from "../launch";
import { ArgumentBlock } from "../launch";
import type { View } from "../view";
import { axisTable, collapse, type LoopAxis, positions, still } from "./axes";
import { fillInto } from "./copy";

/** Which axis is scattered to, its length, and how many leading axes the updates and the indices share. */
export interface ScatterAddParams {
  readonly batchDims: number;
  /** Counts in the full shape of the result. */
  readonly axis: number;
  readonly size: number;
}

/** Rough time of one chunk in nanoseconds. */
const chunkTime = 50_000;
/** Columns are cut at whole cache lines of the result, two at least: shorter pieces defeat prefetching. */
const lineBytes = 128;
/** A result slice up to this long is cleared by the thread that adds to it, and so is still in its cache. */
const clearBytes = 1 << 18;

/**
 * Adds slices into zeros at given places along one axis.
 *
 * updates [B…, pre…, I…, post…] and indices [B…, I…] (i32 or u32) give [B…, pre…, size, post…];
 * what falls on the same place is added in the order of the indices, so the bits of the sum are
 * fixed; an index outside 0 … size − 1 is dropped.
 */
export const scatterAddLowering: Lowering<ScatterAddParams> = {
  launch(inputs, outputs, { batchDims, axis, size: length }) {
    const [updates, indices] = inputs as readonly [View, View];
    const [out] = outputs as readonly [View];
    if (sizeOf(out.shape) === 0) return [];
    const bytes = bytesOf(updates.dtype);
    const outSteps = contiguousStrides(out.shape).map((s) => s * bytes);
    const indexRank = indices.shape.length - batchDims;
    const dataAxis = (a: number): LoopAxis => ({
      size: updates.shape[a] as number,
      strides: [
        (updates.strides[a] as number) * bytes,
        a < batchDims ? (indices.strides[a] as number) * 4 : 0,
        outSteps[a < axis ? a : a - indexRank + 1] as number,
      ],
    });
    const dataAxes = Array.from(updates.shape, (_, a) => dataAxis(a));
    const outer = collapse(dataAxes.slice(0, axis));
    const after = collapse(dataAxes.slice(axis + indexRank));
    const column = after.pop() ?? still(3);
    outer.push(...after);
    const steps = collapse(
      dataAxes.slice(axis, axis + indexRank).map(({ size, strides }, i) => ({
        size,
        strides: [strides[0] as number, (indices.strides[batchDims + i] as number) * 4],
      })),
    );
    const inner = steps.pop() ?? still(2);

    const clear = length * column.size * bytes <= clearBytes;
    const count = positions(steps) * inner.size;
    const time = 5 + count * (1.5 + column.size * 0.25) + (clear ? length * column.size * 0.1 : 0);
    const lines = Math.ceil((column.size * bytes) / lineBytes);
    const blocks = Math.max(1, Math.min(lines, Math.ceil(time / chunkTime)));
    const columnBlock = (Math.ceil(lines / blocks) * lineBytes) / bytes;
    const units = positions(outer) * Math.ceil(column.size / columnBlock);
    const perChunk = Math.max(1, Math.floor((chunkTime * blocks) / time));
    const outerTable = axisTable(outer);
    const add = {
      kernel: `scatterAdd_${updates.dtype === "u32" ? "i32" : updates.dtype}`,
      args: new ArgumentBlock()
        .i32(updates.pointer, indices.pointer, out.pointer, units, perChunk)
        .i32(column.size, columnBlock, column.strides[0] as number)
        .i32(length, outSteps[axis] as number, clear ? 1 : 0)
        .i32(positions(steps), inner.size, ...inner.strides, 64 + outerTable.length * 4)
        .i32(...outerTable, ...axisTable(steps)).words,
      chunks: Math.ceil(units / perChunk),
      nanoseconds: time * positions(outer),
    };
    return clear ? [add] : [fillInto(out), add];
  },
  flops: ([updates]) => sizeOf((updates as View).shape),
};
