import { bytesOf } from "../../dtype";
import type { PoolParams } from "../../primitives/pool";
import { sizeOf } from "../../shape";
import { ArgumentBlock, type Launch, type Lowering } from "../launch";
import type { View } from "../view";
import { axisTable, collapse } from "./axes";

/** Parameters of the transpose of a sum over windows. */
export interface SumPoolTransposeParams extends PoolParams {
  /** Lengths of the spatial axes of the result. */
  readonly spatial: readonly number[];
}

/** Rough time of one chunk in nanoseconds. */
const chunkNanoseconds = 50_000;

/**
 * @param source - what is read: the input, or for the transpose the output's cotangent
 * @param input - spatial lengths of the pooling's input
 * @param output - spatial lengths of the pooling's output
 * @param planeShape - which of the two is written
 */
function poolLaunch(
  kernel: string,
  source: View,
  results: readonly View[],
  input: readonly number[],
  output: readonly number[],
  planeShape: readonly number[],
  p: PoolParams,
): Launch[] {
  const [out] = results as [View];
  if (sizeOf(out.shape) === 0) return [];
  const size = bytesOf(source.dtype);
  const lead = source.shape.length - p.window.length;
  const strides = source.strides.map((s) => s * size);
  const axes = source.shape
    .slice(0, lead)
    .map((length, axis) => ({ size: length, strides: [strides[axis] as number] }));
  const elements = sizeOf(planeShape);
  const rows = elements / (planeShape.at(-1) as number);
  const planes = sizeOf(out.shape) / elements;
  // Elements met by one element of the result: of the transpose, only windows that cover it.
  const taps =
    planeShape === output
      ? sizeOf(p.window)
      : p.window.reduce((n, k, i) => n * Math.ceil(k / (p.strides[i] as number)), 1);
  const row = 15 + (elements / rows) * (1 + 0.45 * taps);
  const rowsPerUnit = Math.max(1, Math.min(rows, Math.floor(chunkNanoseconds / row)));
  const units = planes * Math.ceil(rows / rowsPerUnit);
  const perChunk = Math.max(1, Math.floor(chunkNanoseconds / (row * rowsPerUnit)));
  const block = new ArgumentBlock()
    .i32(source.pointer, out.pointer, results[1]?.pointer ?? 0)
    .i32(units, perChunk, rowsPerUnit, elements, 0);
  for (let i = p.window.length - 3; i < p.window.length; i++) {
    if (i < 0) block.i32(1, 1, 0, 1, 1, 1, 0, 0);
    else {
      block
        .i32(p.window[i] as number, p.strides[i] as number)
        .i32((p.padding[i] as readonly [number, number])[0], p.dilation[i] as number)
        .i32(input[i] as number, output[i] as number, strides[lead + i] as number, 0);
    }
  }
  return [
    {
      kernel: `${kernel}_${source.dtype}`,
      args: block.i32(...axisTable(collapse(axes))).words,
      chunks: Math.ceil(units / perChunk),
      nanoseconds: planes * rows * row,
    },
  ];
}

const forward =
  (kernel: string): Lowering<PoolParams>["launch"] =>
  ([x], outputs, p) => {
    const spatial = (view: View | undefined): readonly number[] =>
      (view as View).shape.slice(-p.window.length);
    const output = spatial(outputs[0]);
    return poolLaunch(kernel, x as View, outputs, spatial(x), output, output, p);
  };

const flops = (view: View | undefined, p: PoolParams): number =>
  sizeOf((view as View).shape) * sizeOf(p.window);

/** Maxima of windows, and where they were found; −1 where a window lies wholly in the padding. */
export const maxPoolLowering: Lowering<PoolParams> = {
  launch: forward("maxPool"),
  flops: (_inputs, [out], p) => flops(out, p),
};

/** Sums of windows. */
export const sumPoolLowering: Lowering<PoolParams> = {
  launch: forward("sumPool"),
  flops: (_inputs, [out], p) => flops(out, p),
};

/** Each element added to all places of its window; every row is gathered by one thread, in a fixed order. */
export const sumPoolTransposeLowering: Lowering<SumPoolTransposeParams> = {
  launch: ([y], outputs, p) => {
    const output = (y as View).shape.slice(-p.window.length);
    return poolLaunch("sumPoolTranspose", y as View, outputs, p.spatial, output, p.spatial, p);
  },
  flops: ([y], _outputs, p) => flops(y, p),
};
