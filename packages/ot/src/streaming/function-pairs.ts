import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import type { CostFunction } from "../costs/cost";
import { costMatrix } from "../costs/cost-matrix";
import type { Matrix } from "../internal/read";
import type { Workspace } from "../internal/workspace";
import { sumChunks } from "./cloud-pairs";
import { callPairs, chunksOf, MOST_COLUMNS, type PairArguments, padded } from "./kernels";
import { marginalsOf, type Pairs } from "./pairs";

/** Costs of a band of rows that are in memory at once: 4 MB. */
const BAND = 1 << 19;
const MATRIX = 5;

const points = ({ data, rows, columns }: Matrix): Tensor =>
  tensor(data, { shape: [rows, columns], copy: false });

const bandOf = ({ data, columns }: Matrix, from: number, to: number): Tensor =>
  tensor(data.subarray(from * columns, to * columns), { shape: [to - from, columns] });

/** Reads the costs of a band and refuses what no plan could survive. */
function checked(C: Tensor): Float64Array {
  const data = C.cast("f64").dataSync() as Float64Array;
  const bad = data.findIndex((c) => !(c > -Infinity));
  if (bad >= 0) {
    throw new ArgumentError(
      `sinkhornPoints: expected a cost function of numbers or +Infinity; got ${data[bad]}; check it at the points concerned`,
      { value: data[bad] as number },
    );
  }
  return data;
}

/** One direction: costs of bands of rows against all columns. */
interface Direction {
  readonly rows: number;
  readonly columns: number;
  costs(from: number, to: number): Float64Array;
}

/**
 * Sums over the pairs of two clouds with a cost that only a function knows: it is called for bands of rows, so memory grows
 * like n + m here, too.
 */
export function functionPairs(
  w: Workspace,
  X: Matrix,
  Y: Matrix,
  cost: CostFunction,
  eta: number,
): Pairs {
  const [n, m] = [X.rows, Y.rows];
  const [x, y] = [points(X), points(Y)];
  const along: Direction = {
    rows: n,
    columns: m,
    costs: (from, to) => checked(costMatrix(bandOf(X, from, to), y, cost)),
  };
  const across: Direction = {
    rows: m,
    columns: n,
    costs: (from, to) => checked(costMatrix(x, bandOf(Y, from, to), cost).T),
  };
  const fused = padded(m) <= MOST_COLUMNS;
  const pairs: Pairs = {
    n,
    m,
    eta,
    fused,
    rowSums: (v) => reduce(w, "logSums", along, eta, { v, width: 1, second: true }),
    columnSums: (u) => reduce(w, "logSums", across, eta, { v: u, width: 1, second: true }),
    iterate(u, v, weights, omega) {
      const columns = new Float64Array(m);
      const rows = reduce(w, "iterate", along, eta, {
        ...{ u, v, weights, omega, width: 1 },
        each: (part) => {
          for (let j = 0; j < m; j++) columns[j] = (columns[j] as number) + (part[j] as number);
        },
      });
      return { rows, columns };
    },
    apply: (u, v, V, K) => reduce(w, "weightedSums", along, eta, { u, v, V, width: K }),
    applyT: (u, v, V, K) => reduce(w, "weightedSums", across, eta, { u: v, v: u, V, width: K }),
    costs: (u, v) => costSums(along, eta, u, v),
    marginals: (u, v, weights) => marginalsOf(pairs, u, v, weights),
    eachCostBand(visit) {
      const band = Math.max(1, Math.floor(BAND / m));
      for (let from = 0; from < n; from += band)
        visit(along.costs(from, Math.min(n, from + band)).map((c) => eta * c));
    },
    plan: (u, v) => reduce(w, "rows", along, eta, { u, v, width: m, powers: true }),
  };
  return pairs;
}

interface Reduction {
  readonly u?: Float64Array;
  readonly v: Float64Array;
  /** Weights of the rows. */
  readonly weights?: Float64Array;
  readonly omega?: number;
  /** [columns, width], for weighted sums. */
  readonly V?: Float64Array;
  /** Results of each row. */
  readonly width: number;
  /** Whether the kernel needs a second number of each row. */
  readonly second?: boolean;
  readonly powers?: boolean;
  /** Takes the sums of the columns of each band. */
  readonly each?: (columns: Float64Array) => void;
}

/** Calls a kernel for band after band. */
function reduce(
  w: Workspace,
  kernel: string,
  { rows, columns, costs }: Direction,
  eta: number,
  { u, v, V, weights, omega = 1, width, second = false, powers = false, each }: Reduction,
): Float64Array {
  const wide = padded(columns);
  const band = Math.min(rows, Math.max(1, Math.floor(BAND / columns)));
  const { chunks } = chunksOf(band, wide);
  const shifts = new Float64Array(wide).fill(-Infinity);
  shifts.set(v);
  const at = {
    matrix: w.f64(band * columns),
    u: w.f64(band),
    v: w.place(shifts),
    out: w.f64(band * width),
    second: second ? w.f64(band) : each ? w.f64(chunks * wide) : 0,
    extra: weights ? w.f64(band) : V ? w.place(byColumn(V, columns, wide, width)) : 0,
  };
  const out = new Float64Array(rows * width);
  for (let from = 0; from < rows; from += band) {
    const to = Math.min(rows, from + band);
    const values = costs(from, to);
    const { f64 } = w.kernels;
    f64.set(values, at.matrix / 8);
    if (u) f64.set(u.subarray(from, to), at.u / 8);
    if (weights) f64.set(weights.subarray(from, to), at.extra / 8);
    if (each) f64.fill(0, at.second / 8, at.second / 8 + chunks * wide);
    const a: PairArguments = {
      ...{ kind: MATRIX, d: 0, rows: to - from, columns: wide, matrixColumns: columns },
      ...{ rowPoints: at.matrix, columnPoints: 0, rowShifts: at.u, columnShifts: at.v },
      ...{ first: at.out, second: at.second, extra: at.extra, parameter: eta, omega },
      count: powers ? 1 : width,
    };
    callPairs(w.kernels, kernel, a);
    out.set(w.readF64(at.out, (to - from) * width), from * width);
    each?.(sumChunks(w, at.second, chunks, wide));
  }
  return out;
}

/** V of shape [columns, K] as K rows of the padded width. */
function byColumn(V: Float64Array, columns: number, wide: number, K: number): Float64Array {
  const out = new Float64Array(wide * K);
  for (let j = 0; j < columns; j++)
    for (let k = 0; k < K; k++) out[k * wide + j] = V[j * K + k] as number;
  return out;
}

/** Σ_j 2^{z_ij} ηC_ij, to which forbidden pairs add nothing. */
function costSums(
  { rows, columns, costs }: Direction,
  eta: number,
  u: Float64Array,
  v: Float64Array,
): Float64Array {
  const out = new Float64Array(rows);
  const band = Math.max(1, Math.floor(BAND / columns));
  for (let from = 0; from < rows; from += band) {
    const to = Math.min(rows, from + band);
    const values = costs(from, to);
    for (let i = from; i < to; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) {
        const c = eta * (values[(i - from) * columns + j] as number);
        if (c < Infinity) sum += c * 2 ** ((u[i] as number) + (v[j] as number) - c);
      }
      out[i] = sum;
    }
  }
  return out;
}
