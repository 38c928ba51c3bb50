import { sizeOf } from "../../shape";
import type { KernelBuilder } from "../source/kernel-builder";
import type { ProductPlan, ThreadDigit } from "./product";

/** Side of the groups in which a device runs the threads of a kernel with two or three axes of them. */
const GROUP = 8;

const lengths = (digits: readonly ThreadDigit[]): number => sizeOf(digits.map((d) => d.length));

/** The threads of a kernel: how many along x, y and z, and the digits that each of these axes stands for. */
export interface Grid {
  readonly threads: readonly number[];
  /** Digits along z, y and x, in this order. */
  readonly groups: readonly (readonly ThreadDigit[])[];
}

/**
 * Rows along y, if that fills groups of threads, let a group share what it reads along both axes; else all
 * threads lie along x.
 */
export function gridOf({ threads, product }: ProductPlan): Grid {
  const rows = threads.findIndex((d) => d.of === product.rows);
  const groups = [threads.slice(0, rows), threads.slice(rows, rows + 1), threads.slice(rows + 1)];
  const [z, y, x] = groups.map(lengths) as [number, number, number];
  const padded = (n: number): number => Math.ceil(n / GROUP) * GROUP;
  const full = padded(x) * padded(y) <= 1.2 * x * y;
  return full && y < 2 ** 19 && x < 2 ** 19 && z < 2 ** 16
    ? { threads: [x, y, z], groups }
    : { threads: [x * y * z], groups: [threads] };
}

/** The index of a thread along each of its digits, as integer expressions. */
export const threadIndices = (k: KernelBuilder, { groups }: Grid): readonly string[] =>
  groups.flatMap((digits, i) => digitsOf(k, `this.thread.${"xyz"[groups.length - 1 - i]}`, digits));

function digitsOf(k: KernelBuilder, index: string, digits: readonly ThreadDigit[]): string[] {
  const size = lengths(digits);
  return digits.map((d, i) => {
    const inside = lengths(digits.slice(i + 1));
    const text = k.axisIndex(index, inside, d.length, size);
    // Once for all reads; a float, exact below 2^24.
    return text === "0" || text === index || d.length > 2 ** 24 ? text : k.let(text);
  });
}
