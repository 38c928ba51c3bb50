import { sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { Target } from "../source/target";
import type { Task } from "./lowering";
import { type Block, blockOf } from "./product-block";
import { collectLaunches } from "./product-collect";
import { productLaunch } from "./product-kernel";
import { splitSums } from "./product-split";

/** An index that a result or a sum runs over, with how far a step of it moves in each operand, in elements. */
export interface Digit {
  readonly length: number;
  readonly x: number;
  readonly w: number;
}

/** An axis of the result: its digits in C order, which may reach beyond its end. */
export interface ResultAxis {
  readonly length: number;
  readonly digits: readonly Digit[];
}

/** Where an operand begins. */
export interface Source {
  readonly slot: number;
  readonly offset: number;
}

/**
 * Sums of products of elements whose places are linear in all indices: matrix products and convolutions.
 *
 * y[r] = Σ_s x[offset + r · steps + s · steps] w[offset + r · steps + s · steps], of f32.
 */
export interface Product {
  readonly x: Source;
  readonly w: Source;
  readonly axes: readonly ResultAxis[];
  /** The digit of the result along which only w moves, if a thread may compute several of its elements. */
  readonly rows: Digit;
  /** The digit of the result along which only x moves. */
  readonly columns: Digit;
  readonly sums: readonly Digit[];
}

/** A product as the threads of a kernel see it. */
export interface ProductPlan {
  readonly product: Product;
  readonly block: Block;
  /** Digits that the threads run over, slowest first: parts of sums, then the result's, blocks for elements. */
  readonly threads: readonly ThreadDigit[];
  readonly sums: readonly SumDigit[];
  /** Terms that the innermost sum writes out in a row. */
  readonly unroll: number;
  /** Threads that share each block of the result. */
  readonly parts: number;
}

/** A digit of a thread's index. */
export interface ThreadDigit extends Digit {
  /** The digit of the result that it stands for; none for a part of a sum. */
  readonly of?: Digit;
}

/** A loop of a thread. */
export interface SumDigit extends Digit {
  /** Terms of the whole sum, of which each thread takes `length`. */
  readonly whole: number;
  /** Place among the thread's digits of the part that this loop takes, where there are several. */
  readonly part?: number;
}

/**
 * Kernels that write a product to a slot.
 *
 * @param candidates - the same product with different columns, at least one; the one with the least work is taken
 */
export function productLaunches(
  candidates: readonly Product[],
  result: number,
  target: Target,
  temporary: Task["temporary"],
): readonly Launch[] {
  const [first] = candidates as readonly [Product];
  const size = sizeOf(first.axes.map((a) => a.length));
  if (size === 0) return [];
  if (first.sums.some((d) => d.length === 0)) {
    const k = new KernelBuilder(target, "f32");
    return [k.finish(result, [size], "0")];
  }
  const sums = joinSums(first.sums);
  const { product, block } = candidates
    .map((c) => ({ ...c, sums }))
    .map((product) => ({ product, ...blockOf(product, target.vectors) }))
    .reduce((best, c) => (c.cost < best.cost ? c : best));
  const plan = splitSums(product, block);
  if (isDirect(plan)) return [productLaunch(plan, target, result)];
  const length = sizeOf(plan.threads.map((d) => d.length)) * block.rows * block.columns;
  const slot = temporary("f32", length);
  return [
    productLaunch(plan, target, slot),
    ...collectLaunches(plan, target, slot, result, temporary),
  ];
}

/** Sums without those of one term, and with those joined that step through both operands as one. */
function joinSums(sums: readonly Digit[]): Digit[] {
  const out: Digit[] = [];
  for (const d of sums) {
    if (d.length === 1) continue;
    const last = out.at(-1);
    if (last !== undefined && last.x === d.length * d.x && last.w === d.length * d.w) {
      out[out.length - 1] = { length: last.length * d.length, x: d.x, w: d.w };
    } else out.push(d);
  }
  return out.length === 0 ? [{ length: 1, x: 0, w: 0 }] : out;
}

/** Whether what the threads write, in their order, is the result. */
function isDirect({ product, block, threads, parts }: ProductPlan): boolean {
  if (parts > 1 || block.rows > 1 || product.columns.length % block.columns !== 0) return false;
  const digits = product.axes.flatMap((a) => a.digits);
  const whole = product.axes.every((a) => sizeOf(a.digits.map((d) => d.length)) === a.length);
  return whole && digits.every((d, i) => threads[i]?.of === d);
}
