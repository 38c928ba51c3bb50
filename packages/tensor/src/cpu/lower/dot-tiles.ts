import type { Launch } from "../launch";
import { dotArgs, type Product } from "./dot-product";

/** Rows of a register tile. */
const tileRows = 4;
/** Longest run of inner steps: a strip of a and a panel of b of that length stay in the innermost caches. */
const longestBlock = 320;
/** Bytes of the block of b that a unit goes through again and again. */
const blockBytes = 1 << 19;
/** Packed b at one time; a larger b is worked through in stripes. */
const stripeBytes = 1 << 25;
/** Nanoseconds of a unit: long enough to forget the cost of handing it out. */
const shortUnit = 25_000;
const longUnit = 250_000;
/** Nanoseconds that a tile takes: for each inner step, and to begin and end. */
const tileStep = 1.35;
const tileEdge = 10;
/** Nanoseconds that four rows of a take to be packed, for each inner step. */
const stripStep = 1.1;
/** With fewer units than this, a long inner axis is cut so that there is work for several threads. */
const fewUnits = 8;
/** From so many rows on, the work of a unit is some twenty times that of packing its part of b. */
const manyRows = 64;

const roundUp = (value: number, step: number): number => step * Math.ceil(value / step);

/** How a product is cut into blocks of tiles. */
export interface TilePlan {
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
  readonly slice: number;
  readonly slices: number;
  /** Columns and batches of b that are packed at one time; a unit packs for itself if packedBytes is 0. */
  readonly stripe: number;
  readonly group: number;
  readonly packedStride: number;
  readonly packedBytes: number;
}

/** Nanoseconds for one row of c, `columns` wide. */
const rowTime = (p: Product, columns: number): number => {
  const panels = Math.ceil(columns / (32 / p.size));
  return (p.k * (stripStep + panels * tileStep) + panels * tileEdge) / tileRows;
};

/** Cuts a product by its size alone. */
export function planTiles(p: Product): TilePlan {
  const width = 32 / p.size;
  const block = roundUp(p.k / Math.ceil(p.k / longestBlock), 4);
  const widest = Math.floor(blockBytes / block / p.size);
  const columns = roundUp(p.n / Math.ceil(p.n / widest), width);
  const columnBlocks = Math.ceil(p.n / columns);
  const own = { columns, block, stripe: p.n, group: p.batches, packedStride: 0, packedBytes: 0 };

  const row = rowTime(p, columns);
  const time = p.m * row * columnBlocks;
  const long = p.k >= 4 * Math.max(p.m, p.n) && p.m <= 256 && time > 2 * shortUnit;
  if (long && columnBlocks * p.batches < fewUnits) {
    const wanted = Math.min(32, Math.floor(time / shortUnit / columnBlocks));
    const slice = block * Math.ceil(p.k / block / Math.max(1, wanted));
    return { ...own, rows: p.m, slice, slices: Math.ceil(p.k / slice) };
  }

  const unit = Math.min(longUnit, Math.max(shortUnit, (time * p.batches) / 64));
  const most = Math.max(8, unit / row);
  const rows = roundUp(p.m / Math.ceil(p.m / most), tileRows);
  const whole = { ...own, slice: p.k, slices: 1 };
  // Packing b for every block of many rows costs a few percent, less than a launch of its own.
  if (rows >= manyRows) return { ...whole, rows };
  if (p.m <= 2 * most) {
    // Few rows: packing b twice would cost more than going through a again for every block of columns.
    const fewer = roundUp(Math.max(8 * width, (unit / row) * (columns / p.m)), width);
    return { ...whole, rows: p.m, columns: Math.min(columns, fewer) };
  }

  const oneB = p.axes.every((axis) => axis.strides[1] === 0);
  const columnBytes = p.k * p.size;
  const stripe = Math.min(
    p.n,
    columns * Math.max(1, Math.floor(stripeBytes / columnBytes / columns)),
  );
  const bytes = roundUp(roundUp(stripe, width) * columnBytes, 64);
  if (oneB) return { ...whole, rows, stripe, packedBytes: bytes };
  const group =
    stripe < p.n ? 1 : Math.min(p.batches, Math.max(1, Math.floor(stripeBytes / bytes)));
  return { ...whole, rows, stripe, group, packedStride: bytes, packedBytes: group * bytes };
}

/** The launches of a plan: for every stripe of b, packing it and multiplying with it. */
export function tileLaunches(p: Product, plan: TilePlan, packed: number): Launch[] {
  const launches: Launch[] = [];
  for (let left = 0; left < p.n; left += plan.stripe) {
    const part: Product = {
      ...p,
      b: p.b + left * p.bColumn,
      c: p.c + left * p.cColumn,
      n: Math.min(plan.stripe, p.n - left),
    };
    for (let first = 0; first < p.batches; first += plan.group) {
      const count = Math.min(plan.group, p.batches - first);
      if (plan.packedBytes > 0) launches.push(packLaunch(part, plan, packed, first, count));
      launches.push(tileLaunch(part, plan, packed, first, count));
    }
  }
  return launches;
}

function packLaunch(
  p: Product,
  plan: TilePlan,
  packed: number,
  firstBatch: number,
  count: number,
): Launch {
  const matrices = plan.packedStride === 0 ? 1 : count;
  // Four panels, the width that the kernel copies in one go.
  const columns = 128 / p.size;
  const units = matrices * Math.ceil(p.n / columns);
  const unitTime = 100 + p.k * (p.bColumn === p.size || p.bInner === p.size ? 5 : 20);
  const perChunk = Math.max(1, Math.floor(20_000 / unitTime));
  const { block, packedStride } = plan;
  return {
    kernel: `dot_pack_${p.kind}`,
    args: dotArgs(p, { units, perChunk, columns, block, packed, packedStride, firstBatch }),
    chunks: Math.ceil(units / perChunk),
    nanoseconds: units * unitTime,
  };
}

function tileLaunch(
  p: Product,
  plan: TilePlan,
  packed: number,
  firstBatch: number,
  count: number,
): Launch {
  const { rows, columns, block, slice, slices, packedStride } = plan;
  const columnBlocks = Math.ceil(p.n / columns);
  const units = count * slices * columnBlocks * Math.ceil(p.m / rows);
  const nanoseconds = count * (100 + p.m * columnBlocks * rowTime(p, Math.min(columns, p.n)));
  const perChunk = Math.max(1, Math.floor((units * shortUnit) / nanoseconds));
  const address = plan.packedBytes > 0 ? packed : 0;
  return {
    kernel: `dot_tiles_${p.kind}`,
    args: dotArgs(p, {
      units,
      perChunk,
      rows,
      columns,
      block,
      slice,
      packed: address,
      packedStride,
      firstBatch,
    }),
    chunks: Math.ceil(units / perChunk),
    nanoseconds,
  };
}
