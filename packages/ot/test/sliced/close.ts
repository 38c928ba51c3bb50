import type { Tensor } from "@x/tensor";
import { expect } from "vitest";

type Numbers = Tensor | ArrayLike<number> | undefined;

const read = (x: Numbers): ArrayLike<number> =>
  x === undefined ? [] : "dataSync" in x ? (x.dataSync() as Float64Array) : x;

/** Expects two lists of numbers to differ by at most `tolerance` anywhere. */
export function expectNear(got: Numbers, expected: Numbers, tolerance: number): void {
  const [x, y] = [read(got), read(expected)];
  expect(x.length).toBe(y.length);
  expect(x.length).toBeGreaterThan(0);
  const worst = Array.from(x, (v, i) => Math.abs(v - (y[i] as number)));
  // NaN is no less than anything.
  expect(worst.filter((e) => !(e <= tolerance))).toEqual([]);
}
