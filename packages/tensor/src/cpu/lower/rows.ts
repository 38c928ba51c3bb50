import { bytesOf, type DType } from "../../dtype";
import { contiguousStrides, sizeOf } from "../../shape";
import type { Launch } from "../launch";
import type { View } from "../view";
import { collapse, type LoopAxis } from "./axes";
import { copyInto } from "./copy";

/** The code of each dtype in argument blocks. */
export const typeCodes: Readonly<Record<DType, number>> = {
  f32: 0,
  f64: 1,
  i32: 2,
  u32: 3,
  u8: 4,
  bool: 5,
};

/** Rough time of one chunk in nanoseconds. */
const chunkTime = 60_000;

/** How many rows of `rowTime` nanoseconds make a chunk. */
export const rowsPerChunk = (rowTime: number): number =>
  Math.max(1, Math.floor(chunkTime / rowTime));

/** All axes but the last of views that agree in them: the loop over their rows. */
export function rowAxes(...views: readonly View[]): LoopAxis[] {
  const [first] = views as [View];
  return collapse(
    first.shape.slice(0, -1).map((size, axis) => ({
      size,
      strides: views.map((view) => (view.strides[axis] as number) * bytesOf(view.dtype)),
    })),
  );
}

/** Length of the last axis, and number of rows. */
export function rowsOf(view: View): { n: number; rows: number } {
  return { n: view.shape.at(-1) as number, rows: sizeOf(view.shape.slice(0, -1)) };
}

/** Bytes of scratch memory in whole cache lines. */
export const lines = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** A view with the same elements whose rows are contiguous: the view itself, or a copy of it at `scratch`. */
export function contiguousRows(
  view: View,
  scratch: number,
): { source: View; bytes: number; launches: Launch[] } {
  if (view.strides.at(-1) === 1 || view.shape.at(-1) === 1) {
    return { source: view, bytes: 0, launches: [] };
  }
  const source = { ...view, pointer: scratch, strides: contiguousStrides(view.shape) };
  const bytes = lines(sizeOf(view.shape) * bytesOf(view.dtype));
  return { source, bytes, launches: [copyInto(view, source)] };
}
