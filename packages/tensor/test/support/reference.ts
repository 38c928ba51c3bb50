import { contiguousStrides } from "../../src/shape";
import type { Tensor } from "../../src/tensor";
import { assertClose } from "../../src/testing";
import { indicesOf } from "./views";

/** Values in C order with their shape: what references compute with. */
export interface Grid {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** A grid from a function of the index. */
export const build = (shape: readonly number[], f: (index: number[]) => number): Grid => ({
  shape,
  values: [...indicesOf(shape)].map(f),
});

/** The element of a grid at an index. */
export function get({ shape, values }: Grid, index: readonly number[]): number {
  const strides = contiguousStrides(shape);
  return values[index.reduce((at, i, axis) => at + i * (strides[axis] as number), 0)] as number;
}

/** The element of a grid that broadcasting puts at an index of a larger shape. */
export function getBroadcast(grid: Grid, index: readonly number[]): number {
  const own = index.slice(index.length - grid.shape.length);
  return get(
    grid,
    own.map((i, axis) => (grid.shape[axis] === 1 ? 0 : i)),
  );
}

/** Asserts that a tensor has the shape and the values of a grid. */
export function assertGrid(
  actual: Tensor,
  { shape, values }: Grid,
  tolerance: { relative?: number; absolute?: number } = { relative: 0, absolute: 0 },
): void {
  assertClose(actual.shape, shape);
  assertClose(actual.ravel(), values.length === 0 ? new Float64Array(0) : [...values], tolerance);
}
