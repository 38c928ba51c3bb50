import { describe, expect, test } from "vitest";
import { logSum } from "../../src/internal/log-sum";
import { denseLogSums } from "../../src/internal/log-sums";
import { withWorkspace } from "../../src/internal/workspace";
import { sinkhornKernels } from "../../src/sinkhorn/kernels";

const rows = 9;
const columns = 7;
/** Costs from 3 to 3 + spread, and some forbidden pairs. */
const costs = (spread: number): Float64Array =>
  Float64Array.from({ length: rows * columns }, (_, k) =>
    k % 11 === 5 ? Infinity : 3 + spread * ((k * 0.37) % 1),
  );
const exponents = (count: number, spread: number): Float64Array =>
  Float64Array.from({ length: count }, (_, k) =>
    k === 2 ? -Infinity : 50 - spread * ((k * 0.61) % 1),
  );

describe("logarithms of sums along rows and columns", () => {
  test.each([
    [1, 1],
    [20, 290],
    [20, 5000],
    [4000, 1],
  ])("agree with sums of their own for costs over %d and exponents over %d", (spread, wide) => {
    const eps = 0.1;
    const data = costs(spread);
    const [x, y] = [exponents(rows, wide), exponents(columns, wide)];
    withWorkspace(sinkhornKernels, (w) => {
      const sums = denseLogSums(w, { data, rows, columns }, eps);
      sums.rows(y).forEach((sum, i) => {
        const expected = logSum(
          y.map((value, j) => value - (data[i * columns + j] as number) / eps),
        );
        expect(Math.abs(sum - expected)).toBeLessThan(1e-12 * (1 + Math.abs(expected)));
      });
      sums.columns(x).forEach((sum, j) => {
        const expected = logSum(
          x.map((value, i) => value - (data[i * columns + j] as number) / eps),
        );
        expect(Math.abs(sum - expected)).toBeLessThan(1e-12 * (1 + Math.abs(expected)));
      });
    });
  });
});
