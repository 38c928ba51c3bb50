import { ArgumentError } from "@x/tensor";

/** A transport cost of order p on the line, a number: its p-th power, or itself. */
export interface PowerCost {
  /** W_p^p, the minimum of Σ P_ij |x_i − y_j|^p. */
  readonly costP: number;
  /** W_p, the p-th root of it. */
  readonly distance: number;
}

/** Checks an order p. */
export function readOrder(operation: string, p: number): number {
  if (p >= 1 && p < Infinity) return p;
  throw new ArgumentError(`${operation}: expected a finite p ≥ 1; got ${p}`, { p });
}

/** |d|^p. */
export function power(p: number): (d: number) => number {
  if (p === 1) return Math.abs;
  return p === 2 ? (d) => d * d : (d) => Math.abs(d) ** p;
}

/**
 * Σ mass·|d|^p and its root.
 *
 * Powers may leave the range of doubles where the root does not: then distances are measured in units of the largest.
 *
 * @param walk - calls its argument with d and mass for each term
 */
export function powerSum(
  p: number,
  walk: (term: (d: number, mass: number) => void) => void,
): PowerCost {
  const raise = power(p);
  let sum = 0;
  let largest = 0;
  walk((d, mass) => {
    sum += mass * raise(d);
    largest = Math.max(largest, Math.abs(d));
  });
  if (largest === 0) return { costP: 0, distance: 0 };
  if (sum > 1e-280 && sum < Infinity) return { costP: sum, distance: sum ** (1 / p) };
  let scaled = 0;
  walk((d, mass) => {
    scaled += mass * raise(d / largest);
  });
  return { costP: scaled * largest ** p, distance: largest * scaled ** (1 / p) };
}
