import type fc from "fast-check";
import type { Tensor } from "../../src/index";
import type { Grid } from "./reference";
import { elements, samples, shapes } from "./views";

/** A tensor of any layout, as grid and tensor. */
export const inputs = (
  filter: (shape: number[]) => boolean = () => true,
): fc.Arbitrary<{ readonly t: Tensor; readonly grid: Grid }> =>
  shapes(3)
    .filter(filter)
    .chain((shape) => samples("i32", shape, elements("i32")))
    .map(({ x: t, values }) => ({ t, grid: { shape: t.shape, values } as Grid }));

export const hasAxes = (shape: number[]): boolean => shape.length > 0;

/** The index with one entry replaced. */
export const put = (index: readonly number[], axis: number, value: number): number[] =>
  index.map((v, i) => (i === axis ? value : v));
