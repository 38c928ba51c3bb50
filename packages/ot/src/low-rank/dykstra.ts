import { timesVector, transposeTimes } from "./products";

/** Three kernels to be projected: ξ1 [n, r], ξ2 [m, r] and ξ3 [r], all positive. */
export interface Kernels {
  readonly xi1: Float64Array;
  readonly xi2: Float64Array;
  readonly xi3: Float64Array;
}

/** Couplings Q of a and g, R of b and g. */
export interface Couplings {
  readonly Q: Float64Array;
  readonly R: Float64Array;
  readonly g: Float64Array;
}

/** How far to project. */
export interface ProjectionOptions {
  /** Least value of g. */
  readonly alpha: number;
  /** Largest error of the marginals a and b, in all. */
  readonly tol: number;
  readonly maxIterations: number;
}

/** Keeps quotients finite where a column has underflowed. */
const TINY = 1e-300;

/**
 * The nearest couplings to three kernels in the Kullback–Leibler divergence: Q1 = a, R1 = b, Qᵀ1 = Rᵀ1 = g ≥ α.
 *
 * @see Scetbon, Cuturi and Peyré 2021, "Low-Rank Sinkhorn Factorization", algorithm 2 (Dykstra's algorithm)
 */
export function projectCouplings(
  { xi1, xi2, xi3 }: Kernels,
  a: Float64Array,
  b: Float64Array,
  { alpha, tol, maxIterations }: ProjectionOptions,
): Couplings {
  const r = xi3.length;
  const ones = (): Float64Array => new Float64Array(r).fill(1);
  let [v1, v2, q1, q2, q3a, q3b] = [ones(), ones(), ones(), ones(), ones(), ones()];
  let g = xi3;
  const over = (x: Float64Array, y: Float64Array): Float64Array =>
    x.map((value, k) => value / Math.max(y[k] as number, TINY));
  let [u1, u2] = [over(a, timesVector(xi1, v1, a.length)), over(b, timesVector(xi2, v2, b.length))];
  for (let step = 0; step < maxIterations; step++) {
    const [s1, s2] = [transposeTimes(xi1, u1, r), transposeTimes(xi2, u2, r)];
    const raised = g.map((x, k) => Math.max(alpha, x * (q3a[k] as number)));
    q3a = over(
      g.map((x, k) => x * (q3a[k] as number)),
      raised,
    );
    const next = raised.map((x, k) =>
      Math.cbrt(
        Math.max(
          x *
            (q3b[k] as number) *
            ((v1[k] as number) * (q1[k] as number) * (s1[k] as number)) *
            ((v2[k] as number) * (q2[k] as number) * (s2[k] as number)),
          TINY,
        ),
      ),
    );
    const [w1, w2] = [over(next, s1), over(next, s2)];
    q1 = over(
      v1.map((x, k) => x * (q1[k] as number)),
      w1,
    );
    q2 = over(
      v2.map((x, k) => x * (q2[k] as number)),
      w2,
    );
    q3b = over(
      raised.map((x, k) => x * (q3b[k] as number)),
      next,
    );
    [g, v1, v2] = [next, w1, w2];
    const [p1, p2] = [timesVector(xi1, v1, a.length), timesVector(xi2, v2, b.length)];
    if (rowError(u1, p1, a) + rowError(u2, p2, b) < tol) break;
    [u1, u2] = [over(a, p1), over(b, p2)];
  }
  return { Q: scaled(xi1, u1, v1), R: scaled(xi2, u2, v2), g };
}

function rowError(u: Float64Array, sums: Float64Array, weights: Float64Array): number {
  let error = 0;
  for (let i = 0; i < u.length; i++)
    error += Math.abs((u[i] as number) * (sums[i] as number) - (weights[i] as number));
  return error;
}

/** diag(u) X diag(v). */
function scaled(X: Float64Array, u: Float64Array, v: Float64Array): Float64Array {
  const r = v.length;
  return X.map((x, at) => x * (u[Math.floor(at / r)] as number) * (v[at % r] as number));
}
