import type { Heap } from "../heap";
import { elementsOf, offsetAt } from "./axes";
import type { FallbackKernel } from "./kernel";

type Kind = "max" | "sum" | "spread";

/** One spatial axis of the argument block. */
interface PoolAxis {
  readonly window: number;
  readonly stride: number;
  readonly before: number;
  readonly dilation: number;
  readonly input: number;
  readonly output: number;
  readonly step: number;
}

/** Input position of a tap of a window. */
const place = (axis: PoolAxis, output: number, tap: number): number =>
  output * axis.stride - axis.before + tap * axis.dilation;

/** Calls `visit` with every input element of one window, in order. */
function eachTap(
  axes: readonly PoolAxis[],
  at: readonly number[],
  visit: (offset: number, flat: number) => void,
): void {
  const [d, h, w] = axes as [PoolAxis, PoolAxis, PoolAxis];
  for (let kd = 0; kd < d.window; kd++) {
    const i = place(d, at[0] as number, kd);
    if (i < 0 || i >= d.input) continue;
    for (let kh = 0; kh < h.window; kh++) {
      const j = place(h, at[1] as number, kh);
      if (j < 0 || j >= h.input) continue;
      for (let kw = 0; kw < w.window; kw++) {
        const k = place(w, at[2] as number, kw);
        if (k < 0 || k >= w.input) continue;
        visit(i * d.step + j * h.step + k * w.step, (i * h.input + j) * w.input + k);
      }
    }
  }
}

/** Output position of the window whose tap `tap` lies at input position `at`, or −1. */
function cover(axis: PoolAxis, at: number, tap: number): number {
  const output = (at + axis.before - tap * axis.dilation) / axis.stride;
  return Number.isInteger(output) && output >= 0 && output < axis.output ? output : -1;
}

/** Calls `visit` with every output element whose window covers one input position. */
function eachCover(
  axes: readonly PoolAxis[],
  at: readonly number[],
  visit: (offset: number) => void,
): void {
  const [d, h, w] = axes as [PoolAxis, PoolAxis, PoolAxis];
  for (let kd = 0; kd < d.window; kd++) {
    const i = cover(d, at[0] as number, kd);
    if (i < 0) continue;
    for (let kh = 0; kh < h.window; kh++) {
      const j = cover(h, at[1] as number, kh);
      if (j < 0) continue;
      for (let kw = 0; kw < w.window; kw++) {
        const k = cover(w, at[2] as number, kw);
        if (k >= 0) visit(i * d.step + j * h.step + k * w.step);
      }
    }
  }
}

function poolChunk(kind: Kind, dtype: "f32" | "f64"): FallbackKernel {
  return (heap: Heap, args: number, chunk: number): void => {
    const word = (index: number): number => heap.i32[(args >>> 2) + index] as number;
    const floats = elementsOf(heap, dtype) as Heap["f32"] | Heap["f64"];
    const size = floats.BYTES_PER_ELEMENT;
    const axes = [8, 16, 24].map(
      (at): PoolAxis => ({
        window: word(at),
        stride: word(at + 1),
        before: word(at + 2),
        dilation: word(at + 3),
        input: word(at + 4),
        output: word(at + 5),
        step: word(at + 6) / size,
      }),
    );
    const [depth, height, length] = axes.map((a) => (kind === "spread" ? a.input : a.output)) as [
      number,
      number,
      number,
    ];
    const rows = depth * height;
    const pieces = Math.ceil(rows / word(5));
    const end = Math.min(word(3), (chunk + 1) * word(4));
    for (let unit = chunk * word(4); unit < end; unit++) {
      const plane = Math.floor(unit / pieces);
      const from = ((word(0) >>> 0) + offsetAt(heap, args + 128, 1, 0, plane)) / size;
      const first = (unit % pieces) * word(5);
      for (let row = first; row < Math.min(rows, first + word(5)); row++) {
        for (let w = 0; w < length; w++) {
          const at = [Math.floor(row / height), row % height, w];
          const element = plane * word(6) + row * length + w;
          let [value, winner] = [kind === "max" ? -Infinity : 0, -1];
          if (kind === "max") {
            eachTap(axes, at, (offset, flat) => {
              const v = floats[from + offset] as number;
              if (winner < 0 || (!Number.isNaN(value) && !(v <= value))) {
                value = v;
                winner = flat;
              }
            });
            heap.i32[((word(2) >>> 0) >>> 2) + element] = winner;
          } else {
            const add = (offset: number): void => {
              value += floats[from + offset] as number;
            };
            if (kind === "sum") eachTap(axes, at, add);
            else eachCover(axes, at, add);
          }
          floats[(word(1) >>> 0) / size + element] = value;
        }
      }
    }
  };
}

/** Pooling kernels in plain JavaScript. */
export const poolFallback: Record<string, FallbackKernel> = {
  maxPool_f32: poolChunk("max", "f32"),
  maxPool_f64: poolChunk("max", "f64"),
  sumPool_f32: poolChunk("sum", "f32"),
  sumPool_f64: poolChunk("sum", "f64"),
  sumPoolTranspose_f32: poolChunk("spread", "f32"),
  sumPoolTranspose_f64: poolChunk("spread", "f64"),
};
