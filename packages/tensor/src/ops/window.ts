import { ArgumentError, ShapeError } from "../errors";

/** A number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/** Zeros around the input: none, as many as keep ⌈n / stride⌉ outputs, the same on all sides, or per axis. */
export type Padding = "valid" | "same" | number | readonly (number | readonly [number, number])[];

/** One number for each of `count` axes. */
export function perAxis(operation: string, name: string, value: PerAxis, count: number): number[] {
  const list = typeof value === "number" ? new Array<number>(count).fill(value) : value;
  if (list?.length !== count || list.some((v) => !Number.isInteger(v) || v < 1)) {
    throw new ShapeError(
      `${operation}: ${name} must be a positive integer or ${count} of them; got ${JSON.stringify(value)}`,
      { operation, [name]: value },
    );
  }
  return [...list];
}

/** Amounts before and after each spatial axis. */
export function resolvePadding(
  operation: string,
  padding: Padding,
  input: readonly number[],
  window: readonly number[],
  strides: readonly number[],
): [number, number][] {
  if (padding === "valid") return input.map(() => [0, 0]);
  if (padding === "same") {
    return input.map((n, i) => {
      const s = strides[i] as number;
      const total = Math.max(0, (Math.ceil(n / s) - 1) * s + (window[i] as number) - n);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    });
  }
  if (typeof padding === "string") {
    throw new ArgumentError(
      `${operation}: expected padding "valid", "same", or numbers; got ${JSON.stringify(padding)}`,
      { operation, padding },
    );
  }
  const list = typeof padding === "number" ? input.map(() => padding) : padding;
  const pairs = list.map((p): [number, number] => (typeof p === "number" ? [p, p] : [...p]));
  if (pairs.length !== input.length || pairs.some((p) => p.some((v) => !Number.isInteger(v)))) {
    throw new ShapeError(
      `${operation}: padding must be "valid", "same", an integer, or one or a pair of them for each of ${input.length} axes; got ${JSON.stringify(padding)}`,
      { operation, padding },
    );
  }
  return pairs;
}
