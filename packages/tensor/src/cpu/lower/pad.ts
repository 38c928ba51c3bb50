import type { Launch, Lowering } from "../launch";
import type { View } from "../view";
import { windowOf } from "./concat";
import { copyInto } from "./copy";

/** Elements added before and after each axis, ≥ 0. */
export interface PadParams {
  readonly padding: readonly (readonly [number, number])[];
}

/** Cost of one more launch in nanoseconds, about. */
const launchTime = 1000;

/** Surrounds x with copies of a scalar. */
export const padLowering: Lowering<PadParams> = {
  launch(inputs, outputs, { padding }) {
    const [x, value] = inputs as readonly [View, View];
    const [out] = outputs as readonly [View];
    const fill = (target: View): Launch =>
      copyInto({ ...value, shape: target.shape, strides: target.shape.map(() => 0) }, target);
    const interior = copyInto(
      x,
      windowOf(
        out,
        padding.map(([low]) => low),
        x.shape,
      ),
    );
    const everything = fill(out);
    const border = slabs(x, out, padding).map(fill);
    const time = border.reduce((sum, launch) => sum + launch.nanoseconds + launchTime, 0);
    const filled = time < everything.nanoseconds + launchTime ? border : [everything];
    return [...filled, interior].filter((launch) => launch.chunks > 0);
  },
  flops: () => 0,
};

/** The border cut in boxes: for each axis its two ends, within the interior of the axes before it. */
function slabs(x: View, out: View, padding: PadParams["padding"]): View[] {
  const from = out.shape.map(() => 0);
  const shape = [...out.shape];
  const boxes: View[] = [];
  padding.forEach(([low, high], axis) => {
    const length = x.shape[axis] as number;
    for (const [start, size] of [
      [0, low],
      [low + length, high],
    ] as const) {
      if (size === 0) continue;
      boxes.push(windowOf(out, from.with(axis, start), shape.with(axis, size)));
    }
    from[axis] = low;
    shape[axis] = length;
  });
  return boxes;
}
