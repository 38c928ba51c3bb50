import { bytesOf } from "../../dtype";
import { contiguousStrides, sizeOf } from "../../shape";
import type { Lowering } from "../launch";
import { ArgumentBlock } from "../launch";
import type { View } from "../view";
import { axisTable, collapse, type LoopAxis, positions, still } from "./axes";
import { fillInto } from "./copy";

/** Whether the place of the greatest or of the least element is wanted, and along which axis. */
export interface ArgReduceParams {
  readonly kind: "max" | "min";
  readonly axis: number;
}

/** Rough time of one chunk in nanoseconds. */
const chunkTime = 40_000;
/** Most columns that are searched together, as in the kernels. */
const widest = 512;

/** Place (i32) of the greatest or least element along an axis: the first among equals, the first NaN if there is one. */
export const argReduceLowering: Lowering<ArgReduceParams> = {
  launch(inputs, outputs, { kind, axis }) {
    const [x] = inputs as readonly [View];
    const [out] = outputs as readonly [View];
    const length = x.shape[axis] as number;
    if (sizeOf(out.shape) === 0) return [];
    // Nothing to choose from: shape rules refuse it, and memory outside of x is never read.
    if (length === 0) return [fillInto(out)];
    const bytes = bytesOf(x.dtype);
    const outSteps = contiguousStrides(out.shape);
    const kept = x.shape.map(
      (size, a): LoopAxis => ({
        size,
        strides: [
          (x.strides[a] as number) * bytes,
          a === axis ? 0 : (outSteps[a < axis ? a : a - 1] as number) * 4,
        ],
      }),
    );
    const outer = [...collapse(kept.slice(0, axis)), ...collapse(kept.slice(axis + 1))];
    const step = kept[axis]?.strides[0] as number;
    const column = (step === bytes ? undefined : takeColumn(outer, bytes)) ?? still(2);
    const byVectors = step === bytes || (column.size > 1 && bytes >= 4);
    const time = 10 + length * (byVectors ? 0.1 * bytes : 1.5);
    const block = Math.min(Math.max(Math.ceil(chunkTime / time / 64) * 64, 1024 / bytes), widest);
    const units = positions(outer) * Math.ceil(column.size / block);
    const perChunk = Math.max(1, Math.floor(chunkTime / (time * Math.min(column.size, block))));
    return [
      {
        kernel: `argReduce_${x.dtype === "bool" ? "u8" : x.dtype}`,
        args: new ArgumentBlock()
          .i32(x.pointer, out.pointer, units, perChunk)
          .i32(length, step, column.size, block, column.strides[1] as number)
          .i32(kind === "min" ? 1 : 0, ...axisTable(outer)).words,
        chunks: Math.ceil(units / perChunk),
        nanoseconds: sizeOf(out.shape) * time,
      },
    ];
  },
  flops: ([x]) => sizeOf((x as View).shape),
};

/** Takes out of `outer` the axis along which x is contiguous, if it fills a vector. */
function takeColumn(outer: LoopAxis[], bytes: number): LoopAxis | undefined {
  const at = outer.findIndex(({ size, strides }) => strides[0] === bytes && size * bytes >= 16);
  return at < 0 ? undefined : outer.splice(at, 1)[0];
}
