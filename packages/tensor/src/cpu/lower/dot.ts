import type { Launch, Lowering } from "../launch";
import type { View } from "../view";
import { fillInto } from "./copy";
import { combineLaunch, dotArgs, type Product, product } from "./dot-product";
import { planTiles, tileLaunches } from "./dot-tiles";
import { planVectors } from "./dot-vectors";

/** Products of matrices have no parameters. */
export type DotParams = Readonly<Record<string, never>>;

/** Multiply-adds of the integer kernel in a nanosecond, and rows of a chunk worth sharing. */
const integerRate = 0.5;
const integerChunk = 30_000;

/** Scratch for the partial results of the slices, on a boundary that any kernel likes. */
const partialBytes = (p: Product, slices: number): number =>
  slices === 1 ? 0 : slices * p.batches * p.m * p.n * p.size;

/**
 * Batched matrix product, any strides: c[b, i, j] = Σ_p a[b, i, p] · b[b, p, j].
 *
 * Large products go through packed register tiles; products with a few rows or columns read the matrix where
 * it lies; a long inner axis over a small result is cut in slices that are summed in a fixed order.
 */
export const dotLowering: Lowering<DotParams> = {
  scratch([a, b], [c]) {
    const p = product(a as View, b as View, c as View);
    if (p.empty || p.k === 0 || p.kind === "integer") return 0;
    const vectors = planVectors(p);
    if (vectors !== undefined) return partialBytes(p, vectors.slices);
    const plan = planTiles(p);
    return partialBytes(p, plan.slices) + plan.packedBytes;
  },
  launch([a, b], [c], _params, scratch): Launch[] {
    const out = c as View;
    const p = product(a as View, b as View, out);
    if (p.empty) return [];
    if (p.k === 0) return [fillInto(out)];
    if (p.kind === "integer") return [integerLaunch(p)];
    const vectors = planVectors(p);
    const plan = vectors ?? planTiles(p);
    const sliced = plan.slices > 1;
    const target = sliced ? { ...p, c: scratch } : p;
    const launches =
      vectors !== undefined
        ? [vectors.launch(target.c)]
        : tileLaunches(target, planTiles(p), scratch + partialBytes(p, plan.slices));
    if (sliced) launches.push(combineLaunch(p, scratch, plan.slices));
    return launches;
  },
  flops([a], [c]) {
    const k = (a as View).shape.at(-1) as number;
    return 2 * k * (c as View).shape.reduce((x, y) => x * y, 1);
  },
};

function integerLaunch(p: Product): Launch {
  const units = p.batches * p.m;
  const row = (p.n * p.k) / integerRate;
  const perChunk = Math.max(1, Math.floor(integerChunk / row));
  return {
    kernel: "dot_i32",
    args: dotArgs(p, { units, perChunk }),
    chunks: Math.ceil(units / perChunk),
    nanoseconds: units * row,
  };
}
