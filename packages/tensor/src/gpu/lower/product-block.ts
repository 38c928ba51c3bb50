import { sizeOf } from "../../shape";
import type { Product } from "./product";

/** Rows and columns of the result that one thread computes. */
export interface Block {
  readonly rows: 1 | 2 | 4;
  readonly columns: 1 | 2 | 4;
}

const scalar: Block = { rows: 1, columns: 1 };
const blocks: readonly Block[] = [
  { rows: 1, columns: 4 },
  { rows: 2, columns: 2 },
  { rows: 4, columns: 1 },
  scalar,
];

/** Most terms of a sum that are written out in a row. */
const LONGEST = 8;

/** Terms of the innermost sum that are written out in a row. */
export const unrollOf = (product: Product): number =>
  Math.min((product.sums.at(-1) as { length: number }).length, LONGEST);

/**
 * Places in x of a row of terms relative to the first, one list of terms for each column.
 * Columns of a convolution share many of them.
 */
export function offsetsOf(product: Product, columns: number, terms: number): readonly number[][] {
  const inner = product.sums.at(-1) as { readonly x: number };
  return Array.from({ length: columns }, (_, c) =>
    Array.from({ length: terms }, (_, t) => c * product.columns.x + t * inner.x),
  );
}

/**
 * The block with the least work for each element of the result that exists. A load, with its address and the
 * check of its bounds, takes about as long as three products; a block of several rows, or one that overhangs,
 * needs a further kernel, which puts the elements where they belong.
 *
 * Measured on SwiftShader, a matrix product of 256² took with 2 × 2 the least time, with 1 × 4 1.2 times, with
 * 4 × 1 1.4 times and with single elements 1.9 times as much; a 3 × 3 convolution of 16 to 32 channels of 14² in
 * 1 × 4, 2 × 2 and 4 × 1 the same within a tenth, and of one channel of 28² in 1 × 4 half of the others.
 */
export function blockOf(
  product: Product,
  vectors: boolean,
): { readonly block: Block; readonly cost: number } {
  const { rows, columns } = product;
  const terms = unrollOf(product);
  const depth = sizeOf(product.sums.map((d) => d.length));
  const cost = (b: Block): number => {
    const places = new Set(offsetsOf(product, b.columns, terms).flat());
    const loads = (places.size + b.rows * terms) / terms;
    const work = depth * (3 * loads + b.rows * b.columns) + 20;
    const covered = Math.ceil(rows.length / b.rows) * Math.ceil(columns.length / b.columns);
    const direct = b.rows === 1 && columns.length % b.columns === 0;
    return (work * covered) / (rows.length * columns.length) + (direct ? 0 : 15);
  };
  return (vectors ? blocks : [scalar])
    .map((block) => ({ block, cost: cost(block) }))
    .reduce((best, b) => (b.cost < best.cost ? b : best));
}
