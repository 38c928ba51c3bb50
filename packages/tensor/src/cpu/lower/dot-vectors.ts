import type { Launch } from "../launch";
import { dotArgs, type Product, transposed } from "./dot-product";

/** Bytes of the matrix that one unit reads: some 15 µs from the outer cache. */
const unitBytes = 1 << 19;
/** Nanoseconds for a byte of the matrix. */
const byteNanoseconds = 0.03;
/** Columns of a block whose sums stay in the innermost cache, in bytes. */
const columnBytes = 2048;
/** With fewer units than this, a long inner axis is cut so that there is work for several threads. */
const fewUnits = 8;
/** Thread scratch that a unit may use for a few gathered columns. */
const gatherBytes = 1 << 19;

/** A product with a few rows or columns, that reads the matrix where it lies. */
export interface VectorPlan {
  /** Parts of the inner axis with sums of their own. */
  readonly slices: number;
  launch(c: number): Launch;
}

/** The plan for a product of a matrix and at most one vector register of vectors; undefined if it is none. */
export function planVectors(p: Product): VectorPlan | undefined {
  const few = 16 / p.size;
  const turned = transposed(p);
  if (p.n <= few && p.aInner === p.size && p.n <= p.m) return rowsPlan(p);
  if (p.m <= few && p.bInner === p.size) return rowsPlan(turned);
  if (p.n <= few && p.aInner === p.size) return rowsPlan(p);
  if (p.m <= few && p.bColumn === p.size) return columnsPlan(p);
  if (p.n === 1 && p.aRow === p.size) return columnsPlan(turned);
  return undefined;
}

/** The rows of a lie together: an inner product for each of them. */
function rowsPlan(p: Product): VectorPlan {
  const row = p.k * p.size;
  const rows = Math.min(p.m, Math.max(16, 4 * Math.round(unitBytes / row / 4)));
  const blocks = Math.ceil(p.m / rows) * p.batches;
  const longest = p.bInner === p.size ? p.k : Math.floor(gatherBytes / p.n / p.size);
  const wanted = blocks < fewUnits ? Math.ceil(unitBytes / rows / p.size) : p.k;
  return plan(p, "rows", blocks, Math.min(longest, Math.max(wanted, 1024)), {
    rows,
    columns: p.n,
  });
}

/** The rows of b lie together: they are added up with the elements of a as factors. */
function columnsPlan(p: Product): VectorPlan {
  const columns = Math.min(p.n, columnBytes / p.size);
  const blocks = Math.ceil(p.n / columns) * p.batches;
  const wanted = blocks < fewUnits ? Math.ceil(unitBytes / columns / p.size) : p.k;
  return plan(p, "columns", blocks, 4 * Math.ceil(Math.max(wanted, 64) / 4), {
    rows: p.m,
    columns,
  });
}

function plan(
  p: Product,
  kernel: "rows" | "columns",
  blocks: number,
  longest: number,
  cut: { readonly rows: number; readonly columns: number },
): VectorPlan {
  const slices = Math.max(1, Math.ceil(p.k / longest));
  // Equal slices, in whole steps of four.
  const slice = slices === 1 ? p.k : 4 * Math.ceil(p.k / slices / 4);
  const units = blocks * Math.ceil(p.k / slice);
  const [few, many] = kernel === "rows" ? [p.n, p.m] : [p.m, p.n];
  const bytes = p.batches * many * p.k * p.size;
  const nanoseconds = p.batches * few * many * 4 + (bytes * byteNanoseconds * (1 + few)) / 2;
  const perChunk = Math.max(1, Math.floor((units * 20_000) / nanoseconds));
  return {
    slices: Math.ceil(p.k / slice),
    launch: (c) => ({
      kernel: `dot_${kernel}_${p.kind}`,
      args: dotArgs({ ...p, c }, { units, perChunk, slice, ...cut }),
      chunks: Math.ceil(units / perChunk),
      nanoseconds,
    }),
  };
}
