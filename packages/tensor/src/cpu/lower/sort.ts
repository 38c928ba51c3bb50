import type { Lowering } from "../launch";
import type { View } from "../view";
import { planSort, type SortPlan } from "./sort-plan";

/** Only ascending order; flip the result for the other. */
export interface SortParams {
  readonly descending?: false | undefined;
}

/** Sorting positions has no parameters. */
export type ArgsortParams = Readonly<Record<string, never>>;

type Views = readonly View[];

const plan = (inputs: Views, [out]: Views, indices: boolean, scratch: number): SortPlan => {
  const [x] = inputs as readonly [View];
  const wanted = indices ? { positions: out } : { values: out };
  return planSort(x, { ...wanted, take: x.shape.at(-1) as number, descending: false }, scratch);
};

/** Sorts along the last axis: ascending, NaN last, equal elements (−0 and +0 too) in their order. */
export const sortLowering: Lowering<SortParams> = {
  scratch: (inputs, outputs) => plan(inputs, outputs, false, 0).bytes,
  launch: (inputs, outputs, _params, scratch) => plan(inputs, outputs, false, scratch).launches,
};

/** The i32 positions that sort along the last axis, in the order of {@link sortLowering}. */
export const argsortLowering: Lowering<ArgsortParams> = {
  scratch: (inputs, outputs) => plan(inputs, outputs, true, 0).bytes,
  launch: (inputs, outputs, _params, scratch) => plan(inputs, outputs, true, scratch).launches,
};
