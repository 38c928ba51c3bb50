import { bytesOf } from "../../dtype";
import type { Launch, Lowering } from "../launch";
import { ArgumentBlock } from "../launch";
import type { View } from "../view";
import { axisTable, collapse, type LoopAxis, positions, still } from "./axes";

/** Copying has no parameters. */
export type CopyParams = Readonly<Record<string, never>>;

/** Bytes that one chunk of a copy writes, about. */
const chunkBytes = 1 << 18;
/** Bytes of a block whose elements are read in the order in which they are written. */
const runBytes = 1 << 16;
/** Edge of a block that is turned: small enough for the first-level cache, long enough for whole cache lines. */
const tile = 64;

/**
 * Copies a strided view into another of the same shape and dtype.
 *
 * @param source - any strides
 * @param destination - any strides but 0; must not overlap the source
 */
export function copyInto(source: View, destination: View): Launch {
  return launchOf(source.pointer, source.strides, destination, [0, 0]);
}

/**
 * Writes the same element everywhere in a view.
 *
 * @param destination - any strides but 0
 * @param pattern - the element's bits as one or two 32-bit words, low word first; default all zero
 */
export function fillInto(destination: View, pattern: readonly number[] = [0]): Launch {
  const strides = destination.shape.map(() => 0);
  return launchOf(0, strides, destination, [pattern[0] ?? 0, pattern[1] ?? 0]);
}

/** The copy kernel's launch; source pointer 0 stands for the pattern. */
function launchOf(
  source: number,
  sourceStrides: readonly number[],
  destination: View,
  pattern: readonly number[],
): Launch {
  const size = bytesOf(destination.dtype);
  let from = source;
  let to = destination.pointer;
  const axes: LoopAxis[] = [];
  destination.shape.forEach((length, axis) => {
    let s = (sourceStrides[axis] as number) * size;
    let d = (destination.strides[axis] as number) * size;
    if (length === 1) return;
    if (d < 0) {
      // Order does not matter to a copy, so the destination is walked upwards.
      from += (length - 1) * s;
      to += (length - 1) * d;
      s = -s;
      d = -d;
    }
    axes.push({ size: length, strides: [s, d] });
  });
  axes.sort((a, b) => (b.strides[1] as number) - (a.strides[1] as number));
  const outer = collapse(axes);
  const column = outer.pop() ?? still(2);
  const row = takeRow(outer, column, size) ?? still(2);
  const turned = row.strides[0] === size && column.strides[0] !== size;
  const mixed = turned || Math.abs(column.strides[0] as number) > size;
  const columnBlock = Math.max(1, Math.min(column.size, mixed ? tile : runBytes / size));
  const rowBlock = Math.max(
    1,
    Math.min(row.size, mixed ? tile : Math.ceil(runBytes / size / columnBlock)),
  );
  const units =
    positions(outer) * Math.ceil(row.size / rowBlock) * Math.ceil(column.size / columnBlock);
  const perChunk = Math.max(1, Math.floor(chunkBytes / (rowBlock * columnBlock * size)));
  return {
    kernel: `copy_${size}`,
    args: new ArgumentBlock()
      .i32(from, to, units, perChunk)
      .i32(row.size, column.size, rowBlock, columnBlock)
      .i32(row.strides[0] as number, column.strides[0] as number)
      .i32(row.strides[1] as number, column.strides[1] as number)
      .i32(pattern[0] as number, pattern[1] as number)
      .i32(...axisTable(outer)).words,
    chunks: Math.ceil(units / perChunk),
    nanoseconds: positions(outer) * row.size * (5 + column.size * elementTime(column, mixed, size)),
  };
}

/** Nanoseconds for one element, about: strided writes touch many cache lines, straight ones stream. */
function elementTime({ strides }: LoopAxis, mixed: boolean, size: number): number {
  if (strides[1] !== size) return Math.min(1.5, (strides[1] as number) * 0.03);
  return mixed ? 0.4 : strides[0] === 0 ? 0.025 * size : 0.05 * size;
}

/**
 * Takes out of `outer` the axis that the inner loops share with `column`: the one along which
 * the source is most nearly contiguous when the columns are not, else the neighbour.
 */
function takeRow(outer: LoopAxis[], column: LoopAxis, size: number): LoopAxis | undefined {
  let best = outer.length - 1;
  if (Math.abs(column.strides[0] as number) > size) {
    const step = (axis: LoopAxis | undefined): number =>
      Math.abs(axis?.strides[0] as number) || 1 / 0;
    for (let i = best - 1; i >= 0; i--) if (step(outer[i]) < step(outer[best])) best = i;
  }
  return outer.splice(best, 1)[0];
}

/** Materialises a strided view. */
export const copyLowering: Lowering<CopyParams> = {
  launch: ([x], [out]) => [copyInto(x as View, out as View)],
  flops: () => 0,
};
