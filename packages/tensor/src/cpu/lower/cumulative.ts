import { bytesOf } from "../../dtype";
import { contiguousStrides, sizeOf } from "../../shape";
import type { Launch, Lowering } from "../launch";
import { ArgumentBlock } from "../launch";
import type { View } from "../view";
import { axisTable, collapse, type LoopAxis, positions, still } from "./axes";
import { copyInto } from "./copy";

/** What is accumulated along which axis, and whether from its end. */
export interface CumulativeParams {
  readonly kind: "sum" | "prod" | "max" | "min";
  readonly axis: number;
  readonly reverse: boolean;
}

/** Operations as the scan kernels number them. */
const operations = { sum: 0, prod: 1, max: 2, min: 3, recurrence: 4 } as const;

/** Elements of one chunk, about. */
const chunkElements = 1 << 15;
/** Most columns that step together: their running values stay in the first-level cache. */
const widest = 1024;

/**
 * Running sum, product, maximum or minimum along an axis.
 *
 * Sums of f32 are kept in f64, so that their error does not grow with the length; NaN stays once met.
 */
export const cumulativeLowering: Lowering<CumulativeParams> = {
  launch: ([x], [out], { kind, axis, reverse }) =>
    scanLaunches(kind, x as View, x as View, out as View, axis, reverse),
};

/**
 * Launches of y_0 = x_0, y_i = y_{i−1} ∘ x_i, or y_i = a_i y_{i−1} + x_i for `recurrence`.
 *
 * @param factors - a, shaped like x; not read by the other operations
 */
export function scanLaunches(
  operation: keyof typeof operations,
  x: View,
  factors: View,
  out: View,
  axis: number,
  reverse: boolean,
): Launch[] {
  const count = sizeOf(x.shape);
  if (count === 0) return [];
  const bytes = bytesOf(x.dtype);
  const outSteps = contiguousStrides(out.shape);
  const all = x.shape.map(
    (size, a): LoopAxis => ({
      size,
      strides: [x.strides[a], factors.strides[a], outSteps[a]].map((s) => (s as number) * bytes),
    }),
  );
  const scanned = all[axis] as LoopAxis;
  const before = collapse(all.slice(0, axis));
  const after = collapse(all.slice(axis + 1));
  if (after.length > 0 && after.at(-1)?.strides[0] !== bytes) {
    // Columns that are far apart in x: walking it in the order of the result would miss the cache at every step.
    const inPlace = scanLaunches(operation, out, factors, out, axis, reverse);
    return [copyInto(x, out), ...inPlace];
  }
  const column = after.pop() ?? before.pop() ?? still(3);
  const outer = [...before, ...after];
  const direction = reverse ? -1 : 1;
  const skip = reverse ? scanned.size - 1 : 0;
  const start = (view: View, operand: number): number =>
    view.pointer + skip * (scanned.strides[operand] as number);

  const together = column.strides[2] === bytes && column.size * bytes >= 16;
  const columnBlock = together ? blockOf(scanned.size) : 4;
  const units = positions(outer) * Math.ceil(column.size / columnBlock);
  const perChunk = Math.max(1, Math.floor(chunkElements / (scanned.size * columnBlock)));
  const summed = x.dtype === "f32" && operation === "sum";
  return [
    {
      kernel: summed ? "scanSum_f32" : `scan_${x.dtype}`,
      args: new ArgumentBlock()
        .i32(start(x, 0), start(factors, 1), start(out, 2), units, perChunk)
        .i32(scanned.size, ...scanned.strides.map((s) => s * direction))
        .i32(column.size, columnBlock, ...column.strides)
        .i32(operations[operation], ...axisTable(outer)).words,
      chunks: Math.ceil(units / perChunk),
      nanoseconds: count * (together ? 0.4 : 1),
    },
  ];
}

/** Columns that one thread steps together along an axis of the given length. */
const blockOf = (length: number): number =>
  Math.min(Math.max(Math.ceil(chunkElements / length / 16) * 16, 256), widest);
