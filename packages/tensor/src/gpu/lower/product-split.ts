import { sizeOf } from "../../shape";
import type { Product, ProductPlan, SumDigit, ThreadDigit } from "./product";
import { type Block, unrollOf } from "./product-block";

/** Threads from which on a device is busy. */
const BUSY = 1 << 15;

/** Terms that a thread should have, or its start costs more than it gives. */
const SHORTEST = 64;

/** The threads of a product; where they would be few and their sums long, several share a sum. */
export function splitSums(product: Product, block: Block): ProductPlan {
  const unroll = unrollOf(product);
  const own = threadDigits(product, block);
  const inner = product.sums.at(-1) as SumDigit;
  // The innermost loop takes `unroll` terms at once.
  const loops = [
    ...product.sums.slice(0, -1),
    { length: Math.floor(inner.length / unroll), x: inner.x * unroll, w: inner.w * unroll },
  ];
  const outputs = sizeOf(own.map((d) => d.length));
  const terms = sizeOf(product.sums.map((d) => d.length));
  let wanted = Math.min(Math.floor(BUSY / outputs), Math.floor(terms / SHORTEST));
  const parts: ThreadDigit[] = [];
  const sums = loops.map((d): SumDigit => {
    const shared = Math.max(1, Math.min(wanted, d.length));
    const length = Math.ceil(d.length / shared);
    const count = Math.ceil(d.length / Math.max(1, length));
    if (count <= 1) return { ...d, whole: d.length };
    wanted = Math.floor(wanted / count);
    parts.push({ length: count, x: length * d.x, w: length * d.w });
    return { ...d, length, whole: d.length, part: parts.length - 1 };
  });
  return {
    product,
    block,
    threads: [...parts, ...own],
    sums,
    unroll,
    parts: sizeOf(parts.map((d) => d.length)),
  };
}

/** Digits of the result, with blocks for rows and columns; columns run fastest, so that neighbours read neighbours. */
function threadDigits({ axes, rows, columns }: Product, block: Block): ThreadDigit[] {
  const digits = axes.flatMap((a) => a.digits);
  const ordered = [...digits.filter((d) => d !== columns), columns];
  return ordered.map((d) => {
    const size = d === columns ? block.columns : d === rows ? block.rows : 1;
    return { length: Math.ceil(d.length / size), x: d.x * size, w: d.w * size, of: d };
  });
}
