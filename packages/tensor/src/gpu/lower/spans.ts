import { sizeOf } from "../../shape";

/** Axes from one number up to another, which is left out. */
export const span = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

/** Product of the lengths of some axes. */
export const sizeAlong = (shape: readonly number[], axes: readonly number[]): number =>
  sizeOf(axes.map((a) => shape[a] as number));
