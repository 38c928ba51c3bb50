import type { Workspace } from "../internal/workspace";
import { type Cloud, placeCloud } from "./cloud";
import type { Geometry } from "./geometry";
import { callPairs, chunksOf, MOST_COLUMNS, type PairArguments, ROWS, TILE } from "./kernels";
import { marginalsOf, negligibleBelow, type Pairs } from "./pairs";

/** One of the two measures: its points in memory, what they add to exponents, and places for arguments and results. */
interface Side {
  readonly cloud: Cloud;
  readonly base: Float64Array;
  /** How much more an entry may count for the other marginal than for this one: log₂ of the ratio of weights. */
  readonly slack: Float64Array;
  readonly shifts: number;
  readonly zeroShifts: number;
  readonly tops: number;
  readonly out: number;
  readonly second: number;
}

const largest = (values: Float64Array): number => values.reduce((x, y) => Math.max(x, y), 0);

function openSide(
  w: Workspace,
  geometry: Geometry,
  side: "x" | "y",
  eta: number,
  weights: Float64Array,
  others: Float64Array,
): Side {
  const cloud = placeCloud(w, geometry[side], geometry.scale(eta), geometry.bounded);
  const top = largest(others);
  const wide = cloud.padded;
  return {
    cloud,
    base: geometry.base(side, eta),
    slack: weights.map((weight) => Math.max(0, Math.log2(top / weight))),
    shifts: w.f64(wide),
    zeroShifts: w.f64(wide),
    tops: w.f64(wide / TILE),
    out: w.f64(wide),
    second: w.f64(wide),
  };
}

/** Writes shifts in the order of memory, with `fill` beyond the last point. */
function putShifts(
  w: Workspace,
  { cloud, base }: Side,
  at: number,
  shifts: Float64Array | undefined,
  fill: number,
): void {
  const target = w.kernels.f64.subarray(at / 8, at / 8 + cloud.padded);
  target.fill(fill, cloud.count);
  for (let k = 0; k < cloud.count; k++) {
    const i = cloud.order[k] as number;
    target[k] = (base[i] as number) + (shifts === undefined ? 0 : (shifts[i] as number));
  }
}

/** Writes shifts and, for the bounds of tiles, the largest of each tile. */
function putColumns(w: Workspace, side: Side, shifts: Float64Array, bilinear: boolean): void {
  putShifts(w, side, side.shifts, shifts, -Infinity);
  const { cloud, slack, tops } = side;
  const { f64 } = w.kernels;
  for (let tile = 0; tile < cloud.padded / TILE; tile++) {
    let top = -Infinity;
    for (let k = tile * TILE; k < Math.min(cloud.count, (tile + 1) * TILE); k++) {
      const shift = f64[side.shifts / 8 + k] as number;
      const extra = slack[cloud.order[k] as number] as number;
      top = Math.max(top, shift + extra + (bilinear ? (cloud.halfNorms[k] as number) : 0));
    }
    f64[tops / 8 + tile] = top;
  }
}

/** Values per point in memory, `K` of each, in the caller's order. */
function inOrder({ order }: Cloud, values: Float64Array, K = 1): Float64Array {
  const out = new Float64Array(order.length * K);
  for (let k = 0; k < order.length; k++)
    for (let c = 0; c < K; c++) out[(order[k] as number) * K + c] = values[k * K + c] as number;
  return out;
}

/**
 * Sums over the pairs of two clouds, computed from coordinates: memory grows like n + m.
 *
 * @param a - weights of the rows, positive; they decide which entries are too small to matter
 * @param b - weights of the columns
 */
export function cloudPairs(
  w: Workspace,
  geometry: Geometry,
  a: Float64Array,
  b: Float64Array,
  eta: number,
): Pairs {
  const { x, kind, order, bounded } = geometry;
  const [X, Y] = [openSide(w, geometry, "x", eta, a, b), openSide(w, geometry, "y", eta, b, a)];
  const [n, m] = [X.cloud.count, Y.cloud.count];
  const bilinear = kind === 0;
  const shared = {
    kind,
    d: x.columns,
    parameter: order,
    negligible: negligibleBelow(Math.max(n, m)),
  };
  const argumentsOf = (rows: Side, columns: Side): PairArguments => ({
    ...shared,
    rows: rows.cloud.count,
    columns: columns.cloud.padded,
    rowPoints: rows.cloud.points,
    columnPoints: columns.cloud.coordinates,
    rowShifts: rows.shifts,
    columnShifts: columns.shifts,
    bounds: bounded ? columns.cloud.bounds : 0,
    tops: columns.tops,
    first: rows.out,
    second: rows.second,
  });
  const read = ({ cloud }: Side, at: number): Float64Array =>
    inOrder(cloud, w.readF64(at, cloud.count));
  const put = (rows: Side, columns: Side, u: Float64Array, v: Float64Array): void => {
    putShifts(w, rows, rows.shifts, u, 0);
    putColumns(w, columns, v, bilinear);
  };

  const logSums = (rows: Side, columns: Side, v: Float64Array): Float64Array => {
    putColumns(w, columns, v, bilinear);
    callPairs(w.kernels, "logSums", argumentsOf(rows, columns));
    return read(rows, rows.out).map((sum, i) => sum + (rows.base[i] as number));
  };

  const weighted = (
    rows: Side,
    columns: Side,
    u: Float64Array,
    v: Float64Array,
    V: Float64Array,
    K: number,
  ): Float64Array => {
    const wide = columns.cloud.padded;
    const byColumn = new Float64Array(wide * K);
    for (const [k, j] of columns.cloud.order.entries())
      for (let c = 0; c < K; c++) byColumn[c * wide + k] = V[j * K + c] as number;
    const [extra, first] = [w.place(byColumn), w.f64(rows.cloud.count * K)];
    put(rows, columns, u, v);
    const more = { extra, first, count: K };
    callPairs(w.kernels, "weightedSums", { ...argumentsOf(rows, columns), ...more });
    return inOrder(rows.cloud, w.readF64(first, rows.cloud.count * K), K);
  };

  const { chunks } = chunksOf(n, Y.cloud.padded);
  const fused = Y.cloud.padded <= MOST_COLUMNS;
  const partial = fused ? w.f64(chunks * Y.cloud.padded) : 0;
  const pairs: Pairs = {
    n,
    m,
    eta,
    fused,
    rowSums: (v) => logSums(X, Y, v),
    columnSums: (u) => logSums(Y, X, u),
    iterate(u, v, weights, omega) {
      put(X, Y, u, v);
      const { f64 } = w.kernels;
      for (let k = 0; k < n; k++)
        f64[X.second / 8 + k] = weights[X.cloud.order[k] as number] as number;
      const wide = Y.cloud.padded;
      f64.fill(0, partial / 8, partial / 8 + chunks * wide);
      const more = { extra: X.second, second: partial, omega };
      callPairs(w.kernels, "iterate", { ...argumentsOf(X, Y), ...more });
      return {
        rows: read(X, X.out),
        columns: inOrder(Y.cloud, sumChunks(w, partial, chunks, wide)),
      };
    },
    apply: (u, v, V, K) => weighted(X, Y, u, v, V, K),
    applyT: (u, v, V, K) => weighted(Y, X, v, u, V, K),
    costs(u, v) {
      put(X, Y, u, v);
      putShifts(w, X, X.zeroShifts, undefined, 0);
      putShifts(w, Y, Y.zeroShifts, undefined, 0);
      const more = { second: X.zeroShifts, extra: Y.zeroShifts };
      callPairs(w.kernels, "costSums", { ...argumentsOf(X, Y), ...more });
      return read(X, X.out).map((sum) => -sum);
    },
    marginals: (u, v, weights) => marginalsOf(pairs, u, v, weights),
    eachCostBand(visit) {
      putShifts(w, X, X.shifts, undefined, 0);
      putShifts(w, Y, Y.shifts, undefined, 0);
      const exponents = { ...argumentsOf(X, Y), count: 0 };
      eachBand(w, exponents, X.cloud, Y.cloud, (values) => visit(values.map((z) => -z)));
    },
    plan: (u, v) => {
      put(X, Y, u, v);
      return planRows(w, { ...argumentsOf(X, Y), count: 1 }, X.cloud, Y.cloud);
    },
  };
  return pairs;
}

/** Adds up what the chunks found, in their order. */
export function sumChunks(
  { kernels }: Workspace,
  at: number,
  chunks: number,
  width: number,
): Float64Array {
  const out = new Float64Array(width);
  for (let c = 0; c < chunks; c++) {
    const part = kernels.f64.subarray(at / 8 + c * width, at / 8 + (c + 1) * width);
    for (let j = 0; j < width; j++) out[j] = (out[j] as number) + (part[j] as number);
  }
  return out;
}

/** The matrix of exponents (count 0) or powers (count 1), in the order of memory, a band of rows at a time. */
function eachBand(
  w: Workspace,
  a: PairArguments,
  x: Cloud,
  y: Cloud,
  visit: (values: Float64Array, from: number) => void,
): void {
  const [n, m] = [x.count, y.count];
  const band = Math.min(n, ROWS * Math.max(1, Math.floor((1 << 17) / m)));
  const first = w.f64(band * m);
  for (let from = 0; from < n; from += band) {
    const rows = Math.min(band, n - from);
    const rowPoints = a.rowPoints + 8 * from * a.d;
    const rowShifts = a.rowShifts + 8 * from;
    callPairs(w.kernels, "rows", { ...a, rows, first, rowPoints, rowShifts, matrixColumns: m });
    visit(w.readF64(first, rows * m), from);
  }
}

/** The matrix of powers in the caller's order. */
function planRows(w: Workspace, a: PairArguments, x: Cloud, y: Cloud): Float64Array {
  const m = y.count;
  const out = new Float64Array(x.count * m);
  eachBand(w, a, x, y, (values, from) => {
    for (let k = 0; k < values.length; k += m) {
      const target = (x.order[from + k / m] as number) * m;
      for (let j = 0; j < m; j++) out[target + (y.order[j] as number)] = values[k + j] as number;
    }
  });
  return out;
}
