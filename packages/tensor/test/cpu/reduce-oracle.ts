import type { ReduceKind } from "../../src/cpu/lower/reduce-kind";
import { type DType, isFloat } from "../../src/dtype";
import { contiguousStrides, sizeOf } from "../../src/shape";
import { wrap } from "./map-oracle";

/** What a reduction of nothing gives. */
export const neutral: Record<ReduceKind, (dtype: DType) => number> = {
  sum: () => 0,
  prod: () => 1,
  any: () => 0,
  all: () => 1,
  max: (dtype) => (isFloat(dtype) ? -Infinity : dtype === "i32" ? -(2 ** 31) : 0),
  min: (dtype) =>
    isFloat(dtype)
      ? Infinity
      : { i32: 2 ** 31 - 1, u32: 2 ** 32 - 1, u8: 255, bool: 1 }[dtype as "i32"],
};

/** Joins two elements: exactly, so that the order does not matter. */
function join(kind: ReduceKind, dtype: DType, a: number, b: number): number {
  const int = !isFloat(dtype) && dtype !== "bool";
  if (kind === "sum") return int ? wrap(dtype, BigInt(a) + BigInt(b)) : a + b;
  if (kind === "prod") return int ? wrap(dtype, BigInt(a) * BigInt(b)) : a * b;
  return kind === "max" || kind === "any" ? Math.max(a, b) : Math.min(a, b);
}

/** Reduces `values` of shape `domain` element by element. */
export function reference(
  kind: ReduceKind,
  dtype: DType,
  domain: readonly number[],
  axes: readonly number[],
  values: readonly number[],
): number[] {
  const kept = domain.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const shape = kept.map((axis) => domain[axis] as number);
  const steps = contiguousStrides(domain);
  const out = new Array<number>(sizeOf(shape)).fill(neutral[kind](dtype));
  const outSteps = contiguousStrides(shape);
  values.forEach((value, flat) => {
    let at = 0;
    kept.forEach((axis, k) => {
      at +=
        (Math.floor(flat / (steps[axis] as number)) % (domain[axis] as number)) *
        (outSteps[k] as number);
    });
    out[at] = join(kind, dtype, out[at] as number, value);
  });
  // Wide products may leave the range of f32.
  return out.map((x) => wrap(dtype, x));
}
