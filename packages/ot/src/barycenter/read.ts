import { ArgumentError, ShapeError } from "@x/tensor";
import {
  type Matrix,
  readMatrix,
  readVector,
  readWeights,
  tensorOf,
  total,
} from "../internal/read";
import type { Values } from "../values";
import type { Grid } from "./grid-kernel";

/** Costs, which must be symmetric if p is to be compared with itself. */
export function readBinCosts(operation: string, C: Values, symmetric: boolean): Matrix {
  const costs = readMatrix(operation, "C", C);
  if (!symmetric) return costs;
  const { data, rows, columns } = costs;
  if (rows !== columns) {
    throw new ShapeError(
      `${operation}: expected square costs with debiased; got shape [${rows}, ${columns}]`,
      { C: [rows, columns] },
    );
  }
  const size = data.reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < i; j++) {
      const skew = Math.abs((data[i * rows + j] as number) - (data[j * rows + i] as number));
      if (skew <= 1e-9 * size) continue;
      throw new ArgumentError(
        `${operation}: expected symmetric costs with debiased; C[${i}, ${j}] and C[${j}, ${i}] differ by ${skew}`,
        { i, j, skew },
      );
    }
  return costs;
}

/** A grid in place of costs; undefined if there are costs. */
export function readGrid(
  operation: string,
  C: Values | null,
  shape: readonly number[] | undefined,
  spacing: number | readonly number[] = 1,
): Grid | undefined {
  if ((C === null) !== (shape !== undefined)) {
    throw new ArgumentError(
      `${operation}: expected either costs C or a grid; got ${shape === undefined ? "neither" : "both"}; pass null for C with a grid`,
    );
  }
  if (shape === undefined) return undefined;
  if (shape.length === 0 || !shape.every((length) => Number.isInteger(length) && length >= 1)) {
    throw new ArgumentError(
      `${operation}: expected a grid of whole numbers ≥ 1, one for each axis; got [${shape.join(", ")}]`,
      { grid: [...shape] },
    );
  }
  const steps = typeof spacing === "number" ? shape.map(() => spacing) : spacing;
  if (steps.length !== shape.length || !steps.every((step) => step > 0 && step < Infinity)) {
    throw new ArgumentError(
      `${operation}: expected a spacing > 0, or one for each of ${shape.length} axes; got [${steps.join(", ")}]`,
      { spacing: [...steps] },
    );
  }
  return { shape, spacing: steps };
}

/** Histograms as given, brought to the sum 1, and the mass that they had. */
export interface Histograms {
  readonly histograms: readonly Float64Array[];
  readonly mass: number;
}

/**
 * Histograms of equal sums, [K, m] or [K, …shape].
 *
 * @throws ShapeError on another shape
 * @throws ArgumentError on values that are not finite, negative or all zero, and on sums that differ by more than 10⁻⁶
 */
export function readHistograms(
  operation: string,
  A: Values,
  shape: readonly number[],
  m: number,
): Histograms {
  const given = tensorOf(operation, "A", A);
  const [count = 0, ...rest] = given.shape;
  const fits = [shape, [m]].some((s) => s.join() === rest.join());
  if (count === 0 || !fits) {
    throw new ShapeError(
      `${operation}: expected A with shape [K, ${shape.join(", ")}], K ≥ 1; got [${given.shape.join(", ")}]`,
      { A: given.shape },
    );
  }
  const data = readVector(operation, "A", given.reshape([-1]));
  const histograms = Array.from({ length: count }, (_, k) =>
    readWeights(operation, `A[${k}]`, data.slice(k * m, (k + 1) * m), m),
  );
  const sums = histograms.map(total);
  const mass = sums[0] as number;
  const other = sums.findIndex((sum) => Math.abs(sum - mass) > 1e-6 * Math.max(sum, mass));
  if (other >= 0) {
    throw new ArgumentError(
      `${operation}: expected histograms with the same sum; got ${mass} of A[0] and ${sums[other]} of A[${other}]; rescale them`,
      { first: mass, other: sums[other] as number },
    );
  }
  return {
    histograms: histograms.map((h, k) => h.map((x) => x / (sums[k] as number))),
    mass,
  };
}
