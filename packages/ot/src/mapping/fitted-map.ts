import { ArgumentError, max, type Tensor, tensor } from "@x/tensor";
import type { Cost } from "../costs/cost";
import { costMatrix } from "../costs/cost-matrix";
import type { Matrix } from "../internal/read";
import { nearestOf } from "./nearest";

/** Weighted points with a potential: x goes to their mean with weights b_j exp((g_j − c(x, y_j))/ε). */
export interface SoftPoints {
  readonly points: Matrix;
  readonly weights: Float64Array;
  readonly potential: Float64Array;
}

/** A map of points, as data. */
export type FittedMap =
  | { readonly kind: "affine"; readonly A: Matrix; readonly offset: Float64Array }
  /** x ↦ T(x_s) + (x − x_s) with the nearest x_s. */
  | { readonly kind: "nearest"; readonly from: Matrix; readonly to: Matrix }
  /** The soft mean of the target; debiased, plus x less the soft mean of the source. */
  | {
      readonly kind: "entropic";
      readonly eps: number;
      readonly cost: Cost;
      readonly target: SoftPoints;
      readonly source?: SoftPoints | undefined;
    };

/** Pairs whose costs are in memory at once. */
const BLOCK = 1 << 20;

const asTensor = ({ data, rows, columns }: Matrix): Tensor =>
  tensor(data, { shape: [rows, columns], copy: false });

/** Dimension of the points that a map takes and gives. */
export function dimensionOf(map: FittedMap): number {
  if (map.kind === "affine") return map.offset.length;
  return map.kind === "nearest" ? map.from.columns : map.target.points.columns;
}

/** The images of points. */
export function applyMap(map: FittedMap, x: Matrix): Matrix {
  if (map.kind === "affine") return affine(map, x);
  if (map.kind === "nearest") return nearest(map, x);
  const images = softMeans(map.target, x, map);
  if (map.source === undefined) return images;
  const own = softMeans(map.source, x, map).data;
  const data = images.data.map((y, k) => y + ((x.data[k] as number) - (own[k] as number)));
  return { ...images, data };
}

function affine(
  { A, offset }: { readonly A: Matrix; readonly offset: Float64Array },
  x: Matrix,
): Matrix {
  const data = asTensor(x).matmul(asTensor(A)).add(tensor(offset)).dataSync() as Float64Array;
  return { ...x, data };
}

function nearest({ from, to }: { readonly from: Matrix; readonly to: Matrix }, x: Matrix): Matrix {
  const d = x.columns;
  const find = nearestOf(from);
  const data = new Float64Array(x.data.length);
  for (let at = 0; at < data.length; at += d) {
    const s = find(x.data, at) * d;
    for (let k = 0; k < d; k++) {
      const moved = (x.data[at + k] as number) - (from.data[s + k] as number);
      data[at + k] = (to.data[s + k] as number) + moved;
    }
  }
  return { ...x, data };
}

function softMeans(
  { points, weights, potential }: SoftPoints,
  x: Matrix,
  { eps, cost }: { readonly eps: number; readonly cost: Cost },
): Matrix {
  const [m, d] = [points.rows, points.columns];
  const y = asTensor(points);
  const exponents = tensor(potential.map((g, j) => g / eps + Math.log(weights[j] as number)));
  const out = new Float64Array(x.rows * d);
  const step = Math.max(1, Math.floor(BLOCK / m));
  for (let first = 0; first < x.rows; first += step) {
    const rows = Math.min(step, x.rows - first);
    const block = { data: x.data.slice(first * d, (first + rows) * d), rows, columns: d };
    const z = exponents.sub(costMatrix(asTensor(block), y, cost).div(eps));
    const e = z.sub(max(z, 1, { keepDims: true })).exp();
    const mean = e.matmul(y).div(e.sum(1, { keepDims: true }));
    out.set(mean.dataSync() as Float64Array, first * d);
  }
  const lost = out.findIndex(Number.isNaN);
  if (lost >= 0) {
    throw new ArgumentError(
      `transform: expected points with a finite cost to some point of the target; point ${Math.floor(lost / d)} has none`,
      { point: Math.floor(lost / d) },
    );
  }
  return { data: out, rows: x.rows, columns: d };
}
