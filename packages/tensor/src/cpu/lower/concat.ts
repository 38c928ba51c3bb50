import { bytesOf } from "../../dtype";
import type { Launch, Lowering } from "../launch";
import type { View } from "../view";
import { copyInto } from "./copy";

/** The axis along which the inputs are joined. */
export interface ConcatParams {
  readonly axis: number;
}

/** The part of a view that starts at `from` and has the given shape. */
export function windowOf(view: View, from: readonly number[], shape: readonly number[]): View {
  const start = from.reduce((at, i, axis) => at + i * (view.strides[axis] as number), 0);
  return { ...view, shape, pointer: view.pointer + start * bytesOf(view.dtype) };
}

/** Joins views of one dtype along an axis, each by its own copy. */
export const concatLowering: Lowering<ConcatParams> = {
  launch(inputs, [out], { axis }) {
    const launches: Launch[] = [];
    const from = (out as View).shape.map(() => 0);
    for (const x of inputs) {
      const launch = copyInto(x, windowOf(out as View, from, x.shape));
      if (launch.chunks > 0) launches.push(launch);
      from[axis] = (from[axis] as number) + (x.shape[axis] as number);
    }
    return launches;
  },
  flops: () => 0,
};
