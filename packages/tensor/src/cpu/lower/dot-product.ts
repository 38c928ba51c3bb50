import { bytesOf } from "../../dtype";
import { ArgumentBlock, type Launch } from "../launch";
import type { View } from "../view";
import { axisTable, collapse, type LoopAxis, positions } from "./axes";

/** A batched matrix product in bytes: c[m, n] = a[m, k] · b[k, n] for every position of the batch axes. */
export interface Product {
  readonly kind: "f32" | "f64" | "integer";
  /** Bytes of one element. */
  readonly size: number;
  readonly empty: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly aRow: number;
  readonly aInner: number;
  readonly bInner: number;
  readonly bColumn: number;
  readonly cRow: number;
  readonly cColumn: number;
  readonly cBatch: number;
  /** Batch axes with the strides of a and b. */
  readonly axes: readonly LoopAxis[];
  readonly batches: number;
}

/**
 * Describes the product of two views, with batch axes merged where memory allows.
 *
 * A batch of matrices that all meet the same b is one taller matrix.
 */
export function product(a: View, b: View, c: View): Product {
  const size = bytesOf(a.dtype);
  const rank = a.shape.length;
  const step = (view: View, axis: number): number =>
    view.shape[axis] === 1 ? size : (view.strides[axis] as number) * size;
  const n = b.shape[rank - 1] as number;
  const k = a.shape[rank - 1] as number;
  let m = a.shape[rank - 2] as number;
  let aRow = step(a, rank - 2);
  const axes = collapse(
    a.shape.slice(0, -2).map((length, axis) => ({
      size: length,
      strides: [(a.strides[axis] as number) * size, (b.strides[axis] as number) * size],
    })),
  );
  for (let last = axes.at(-1); last !== undefined; last = axes.at(-1)) {
    const [aStep, bStep] = last.strides as [number, number];
    if (bStep !== 0 || (m !== 1 && aStep !== m * aRow)) break;
    if (m === 1) aRow = aStep;
    m *= last.size;
    axes.pop();
  }
  return {
    kind: a.dtype === "f32" || a.dtype === "f64" ? a.dtype : "integer",
    size,
    empty: c.shape.includes(0),
    m,
    n,
    k,
    a: a.pointer,
    b: b.pointer,
    c: c.pointer,
    aRow,
    aInner: step(a, rank - 1),
    bInner: step(b, rank - 2),
    bColumn: step(b, rank - 1),
    cRow: n * size,
    cColumn: size,
    cBatch: m * n * size,
    axes,
    batches: positions(axes),
  };
}

/** The same product with the result transposed in place: cᵀ = bᵀ · aᵀ. */
export function transposed(p: Product): Product {
  return {
    ...p,
    m: p.n,
    n: p.m,
    a: p.b,
    b: p.a,
    aRow: p.bColumn,
    aInner: p.bInner,
    bInner: p.aInner,
    bColumn: p.aRow,
    cRow: p.cColumn,
    cColumn: p.cRow,
    axes: p.axes.map(({ size, strides: [a, b] }) => ({
      size,
      strides: [b as number, a as number],
    })),
  };
}

/** How a product is cut into units of work; all counts in elements. */
export interface Cut {
  readonly units: number;
  readonly perChunk: number;
  readonly rows?: number;
  readonly columns?: number;
  /** Inner steps that a tile runs through at once. */
  readonly block?: number;
  /** Inner steps of one slice; default all. */
  readonly slice?: number;
  /** Address of the packed b. */
  readonly packed?: number;
  readonly packedStride?: number;
  readonly firstBatch?: number;
}

/** The argument words of every `dot` kernel; see assembly/gemm.ts. */
export function dotArgs(p: Product, cut: Cut): number[] {
  return new ArgumentBlock()
    .i32(p.a, p.b, p.c, p.m, p.n, p.k)
    .i32(p.aRow, p.aInner, p.bInner, p.bColumn)
    .i32(p.cRow, p.cColumn, p.cBatch)
    .i32(cut.units, cut.perChunk, cut.rows ?? p.m, cut.columns ?? p.n)
    .i32(cut.block ?? p.k, cut.slice ?? p.k)
    .i32(p.batches, cut.packed ?? 0, cut.packedStride ?? 0, cut.firstBatch ?? 0)
    .i32(...axisTable(p.axes)).words;
}

/** Sums the slices' partial results in their order. */
export function combineLaunch(p: Product, partials: number, slices: number): Launch {
  const count = p.batches * p.m * p.n;
  const perChunk = 16 * Math.max(1, Math.floor(65536 / p.size / slices / 16));
  return {
    kernel: `dot_combine_${p.kind}`,
    args: new ArgumentBlock().i32(partials, p.c, count, slices, perChunk).words,
    chunks: Math.ceil(count / perChunk),
    nanoseconds: count * slices * p.size * 0.05,
  };
}
