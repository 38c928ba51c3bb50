import { sizeOf } from "../../shape";
import type { Lowering } from "../launch";
import type { View } from "../view";
import { scanLaunches } from "./cumulative";

/** The axis that a recurrence runs along, and whether from its end. */
export interface RecurrenceParams {
  readonly axis: number;
  readonly reverse: boolean;
}

/**
 * First-order linear recurrence y_i = a_i y_{i−1} + b_i with y_{−1} = 0, for a and b of one float dtype.
 *
 * y_0 is b_0 whatever a_0 is, infinities and NaN included.
 */
export const recurrenceLowering: Lowering<RecurrenceParams> = {
  launch(inputs, outputs, { axis, reverse }) {
    const [a, b] = inputs as readonly [View, View];
    return scanLaunches("recurrence", b, a, outputs[0] as View, axis, reverse);
  },
  flops: (_inputs, [out]) => 2 * sizeOf((out as View).shape),
};
