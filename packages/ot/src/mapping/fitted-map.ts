import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import type { Cost } from "../costs/cost";
import type { Matrix } from "../internal/read";
import { pick, pickBlock, support } from "../internal/support";
import { withPairs } from "../streaming/problem";
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
  const d = points.columns;
  const some = support(weights);
  const y = pickBlock(points, some, undefined);
  const b = pick(weights, some);
  // Binary exponents, as the sums over pairs take them.
  const v = pick(potential, some).map((g, j) => g / (eps * Math.LN2) + Math.log2(b[j] as number));
  const a = new Float64Array(x.rows).fill(1 / x.rows);
  const data = withPairs({ X: x, Y: y, a, b, cost }, eps, (pairs) =>
    pairs.apply(
      pairs.rowSums(v).map((sum) => -sum),
      v,
      y.data,
      d,
    ),
  );
  const lost = data.findIndex(Number.isNaN);
  if (lost >= 0) {
    throw new ArgumentError(
      `transform: expected points with a finite cost to some point of the target; point ${Math.floor(lost / d)} has none`,
      { point: Math.floor(lost / d) },
    );
  }
  return { data, rows: x.rows, columns: d };
}
