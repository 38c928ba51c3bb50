import type { ConvParams } from "../../src/primitives/conv";
import { contiguousStrides, sizeOf } from "../../src/shape";

/** Values in C order and their shape. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const dilated = (n: number, by: number): number => (n === 0 ? 0 : (n - 1) * by + 1);

/** Output shape of a convolution, by counting. */
export function convShape(
  x: readonly number[],
  w: readonly number[],
  p: ConvParams,
): readonly number[] {
  const spatial = w.slice(2).map((window, i) => {
    const [before, after] = p.padding[i] as readonly [number, number];
    const length = dilated(x[i + 2] as number, p.lhsDilation[i] as number) + before + after;
    const span = dilated(window, p.rhsDilation[i] as number);
    return Math.max(0, Math.floor((length - span) / (p.strides[i] as number)) + 1);
  });
  return [(x[0] as number) / p.batchGroups, w[0] as number, ...spatial];
}

const indexOf = (flat: number, shape: readonly number[]): number[] => {
  const strides = contiguousStrides(shape);
  return shape.map((length, axis) => Math.floor(flat / (strides[axis] as number)) % length);
};

/** Calls `visit` for every product of a convolution with the flat places of its output, input and weight. */
export function eachProduct(
  xShape: readonly number[],
  wShape: readonly number[],
  p: ConvParams,
  visit: (out: number, x: number, w: number) => void,
): void {
  const outShape = convShape(xShape, wShape, p);
  const [xSteps, wSteps] = [contiguousStrides(xShape), contiguousStrides(wShape)];
  const [outputs, channels, ...window] = wShape as [number, number, ...number[]];
  const area = sizeOf(window);
  const [batch] = outShape as [number];
  const places = sizeOf(outShape.slice(2));
  for (let place = 0; place < places; place++) {
    const at = indexOf(place, outShape.slice(2));
    for (let tap = 0; tap < area; tap++) {
      let element = 0;
      const inside = indexOf(tap, window).every((k, i) => {
        const [before] = p.padding[i] as readonly [number, number];
        const from = (at[i] as number) * (p.strides[i] as number) - before;
        const index = (from + k * (p.rhsDilation[i] as number)) / (p.lhsDilation[i] as number);
        element += index * (xSteps[i + 2] as number);
        return Number.isInteger(index) && index >= 0 && index < (xShape[i + 2] as number);
      });
      if (!inside) continue;
      for (let o = 0; o < outputs; o++) {
        const part = Math.floor((o * p.batchGroups) / outputs);
        const group = Math.floor((o * p.groups) / outputs);
        for (let n = 0; n < batch; n++) {
          for (let c = 0; c < channels; c++) {
            const x =
              (n + part * batch) * (xSteps[0] as number) +
              (c + group * channels) * (xSteps[1] as number);
            const w = o * (wSteps[0] as number) + c * area + tap;
            visit((n * outputs + o) * places + place, x + element, w);
          }
        }
      }
    }
  }
}

/** A convolution product by product, in double precision. */
export function convReference(x: Values, w: Values, p: ConvParams): number[] {
  const out = new Array<number>(sizeOf(convShape(x.shape, w.shape, p))).fill(0);
  eachProduct(x.shape, w.shape, p, (o, i, k) => {
    out[o] = (out[o] as number) + (x.values[i] as number) * (w.values[k] as number);
  });
  return out;
}
