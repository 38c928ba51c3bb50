import { expect } from "vitest";
import type { EmdResult } from "../../src/exact/index";

/** Costs as rows. */
export type Rows = readonly (readonly number[])[];

/**
 * Checks that a result is optimal, by the proof it carries: a plan with the right sums, potentials with
 * u_i + v_j ≤ C_ij, and equal values of both. No other solver is needed for this.
 *
 * Potentials are sums of at most n + m costs, and the method takes reduced costs above −10⁻¹² max |C| for zero.
 */
export function verify(
  a: readonly number[],
  b: readonly number[],
  C: Rows,
  result: EmdResult,
): void {
  const mass = sum(a);
  const scale = Math.max(...C.flat().filter(Number.isFinite).map(Math.abs), Number.MIN_VALUE);
  expect(result.converged).toBe(true);
  checkPlan(a, b, result, 1e-13 * mass);
  const u = Array.from(result.u.dataSync(), Number);
  const v = Array.from(result.v.dataSync(), Number);
  expect([...u, ...v, result.cost].every(Number.isFinite)).toBe(true);
  const room = C.map((row, i) => row.map((c, j) => c - (u[i] as number) - (v[j] as number)));
  expect(Math.min(...room.flat())).toBeGreaterThanOrEqual(-1e-11 * scale);
  const [left, right] = [dot(a, u), dot(b, v)];
  expect(Math.abs(left + right - result.cost)).toBeLessThanOrEqual(1e-11 * mass * scale);
  expect(Math.abs(left - right)).toBeLessThanOrEqual(1e-11 * mass * scale);
  const { rows, columns, values } = result.plan;
  const cost = sum(
    [...values].map((p, k) => p * (C[rows[k] as number]?.[columns[k] as number] as number)),
  );
  expect(Math.abs(cost - result.cost)).toBeLessThanOrEqual(1e-13 * mass * scale);
}

/** Checks signs, sums, order and the number of entries of a plan. */
function checkPlan(
  a: readonly number[],
  b: readonly number[],
  { plan }: EmdResult,
  tolerance: number,
): void {
  const { rows, columns, values } = plan;
  expect(plan.shape).toEqual([a.length, b.length]);
  expect(values.length).toBeLessThanOrEqual(a.length + b.length - 1);
  expect([...values].every((p) => p > 0)).toBe(true);
  const at = [...rows].map((i, k) => i * b.length + (columns[k] as number));
  expect(at).toEqual([...new Set(at)].sort((x, y) => x - y));
  const [left, right] = [new Float64Array(a.length), new Float64Array(b.length)];
  values.forEach((p, k) => {
    left[rows[k] as number] = (left[rows[k] as number] as number) + p;
    right[columns[k] as number] = (right[columns[k] as number] as number) + p;
  });
  const ratio = sum(a) / sum(b);
  a.forEach((w, i) => {
    expect(Math.abs(w - (left[i] as number))).toBeLessThanOrEqual(tolerance);
  });
  b.forEach((w, j) => {
    expect(Math.abs(w * ratio - (right[j] as number))).toBeLessThanOrEqual(tolerance);
  });
}

export const sum = (values: readonly number[]): number => values.reduce((s, x) => s + x, 0);
export const dot = (x: readonly number[], y: readonly number[]): number =>
  sum(x.map((s, i) => s * (y[i] as number)));
