import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import type { SparsePlan } from "../exact/sparse-plan";
import { type Matrix, readMatrix } from "../internal/read";
import type { Values } from "../values";

const isSparse = (plan: Values | SparsePlan): plan is SparsePlan =>
  typeof plan === "object" && "toDense" in plan;

/** Entries of a plan one by one. */
function entries(
  P: Values | SparsePlan,
  visit: (i: number, j: number, mass: number) => void,
): readonly [number, number] {
  if (isSparse(P)) {
    P.values.forEach((mass, k) => {
      visit(P.rows[k] as number, P.columns[k] as number, mass);
    });
    return P.shape;
  }
  const { data, rows, columns } = readMatrix("barycentricMap", "P", P);
  const negative = data.findIndex((mass) => mass < 0);
  if (negative >= 0) {
    const at = `${Math.floor(negative / columns)}, ${negative % columns}`;
    throw new ArgumentError(
      `barycentricMap: expected masses ≥ 0; got P[${at}] = ${data[negative]}`,
      { index: negative },
    );
  }
  data.forEach((mass, k) => {
    if (mass > 0) visit(Math.floor(k / columns), k % columns, mass);
  });
  return [rows, columns];
}

/**
 * The mean of where a plan sends each point: T(x_i) = Σ_j P_ij y_j / Σ_j P_ij.
 *
 * A point without mass goes to the origin, the mean of nothing. `OTResult.barycentricMap` is the same for a plan that is
 * not stored.
 *
 * @param P - masses ≥ 0, shape [n, m], or the plan of `emd`
 * @param Y - points of the second measure, shape [m, d]
 * @returns shape [n, d], f64
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on values that are not finite, or negative masses
 * @example
 * barycentricMap([[0.25, 0.25], [0, 0.5]], [[0], [4]]) // [[2], [4]]
 * @see Ferradans, Papadakis, Peyré & Aujol 2014, "Regularized discrete optimal transport"
 */
export function barycentricMap(P: Values | SparsePlan, Y: Values): Tensor {
  const y = readMatrix("barycentricMap", "Y", Y);
  const columns = isSparse(P) ? P.shape[1] : readMatrix("barycentricMap", "P", P).columns;
  if (columns !== y.rows) {
    throw new ShapeError(
      `barycentricMap: expected as many points Y as P has columns; got ${y.rows} and ${columns}`,
      { Y: y.rows, P: columns },
    );
  }
  const { data, rows } = means(P, y);
  return tensor(data, { shape: [rows, y.columns], copy: false });
}

/** {@link barycentricMap} of what has been checked. */
export function means(P: Values | SparsePlan, { data: y, columns: d }: Matrix): Matrix {
  const n = isSparse(P) ? P.shape[0] : readMatrix("barycentricMap", "P", P).rows;
  const masses = new Float64Array(n);
  const out = new Float64Array(n * d);
  entries(P, (i, j, mass) => {
    masses[i] = (masses[i] as number) + mass;
    for (let k = 0; k < d; k++)
      out[i * d + k] = (out[i * d + k] as number) + mass * (y[j * d + k] as number);
  });
  for (let k = 0; k < out.length; k++) {
    const mass = masses[Math.floor(k / d)] as number;
    if (mass > 0) out[k] = (out[k] as number) / mass;
  }
  return { data: out, rows: n, columns: d };
}
