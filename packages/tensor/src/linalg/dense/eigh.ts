import { withProducts } from "./products";
import { formQ, reflector } from "./reflectors";
import { RotationChain } from "./rotations";
import { unitFor } from "./scaling";

/** A = V diag(values) Vᵀ. */
export interface SymmetricEigen {
  /** Ascending. */
  readonly values: Float64Array;
  /** n × n, row-major: eigenvectors in columns; empty if not wanted. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder's tridiagonalisation, then implicit QL.
 *
 * @param a - n × n, row-major, finite; the upper triangle is read, all of it overwritten
 * @returns undefined if 60 steps did not isolate an eigenvalue
 * @see Golub & Van Loan 2013, §8.3; Dubrulle, Martin & Wilkinson 1968 (imtql2)
 */
export function eighInPlace(
  a: Float64Array,
  n: number,
  wanted: boolean,
): SymmetricEigen | undefined {
  const unit = unitFor(a);
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) * unit;
  const { diagonal, beside, taus } = tridiagonalize(a, n);
  const vectors = wanted
    ? transposed(
        withProducts((products) =>
          formQ(
            products,
            { data: a, length: n, taus, elementStride: 1, reflectorStride: n, shift: 1 },
            n,
          ),
        ),
        n,
      )
    : undefined;
  if (!iterate(diagonal, beside, n, vectors)) return undefined;
  return ordered(diagonal, vectors, n, unit);
}

function transposed(a: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = a[i * n + j] as number;
  return out;
}

/**
 * Leaves reflector j in row j of the upper triangle, to the right of the diagonal.
 *
 * A step ends with A −= v qᵀ + q vᵀ and the next one begins with a product A v′: both are done in one pass, for
 * which only the row that gives v′ has to be brought up to date beforehand.
 */
function tridiagonalize(
  a: Float64Array,
  n: number,
): { diagonal: Float64Array; beside: Float64Array; taus: Float64Array } {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const taus = new Float64Array(Math.max(0, n - 1));
  let [v, q] = [new Float64Array(n), new Float64Array(n)];
  let [next, p] = [new Float64Array(n), new Float64Array(n)];
  for (let j = 0; j < n; j++) {
    const row = j * n;
    const [x, y] = [v[j] as number, q[j] as number];
    for (let k = j; k < n; k++) {
      a[row + k] = (a[row + k] as number) - x * (q[k] as number) - y * (v[k] as number);
    }
    diagonal[j] = a[row + j] as number;
    if (j + 1 === n) break;
    const tau = reflector(a, row + j + 1, 1, n - j - 1);
    taus[j] = tau;
    beside[j] = a[row + j + 1] as number;
    next.set(a.subarray(row + j + 1, row + n), j + 1);
    next[j + 1] = 1;
    updateAndMultiply(a, n, j + 1, v, q, next, p);
    // q = τ p − (τ² pᵀv / 2) v
    let dot = 0;
    for (let i = j + 1; i < n; i++) dot += (p[i] as number) * (next[i] as number);
    const half = (tau * tau * dot) / 2;
    for (let i = j + 1; i < n; i++) p[i] = tau * (p[i] as number) - half * (next[i] as number);
    [v, q, next, p] = [next, p, v, q];
  }
  return { diagonal, beside, taus };
}

/** A −= v qᵀ + q vᵀ and p = A u in rows and columns from `first` on, by the upper triangle. */
function updateAndMultiply(
  a: Float64Array,
  n: number,
  first: number,
  v: Float64Array,
  q: Float64Array,
  u: Float64Array,
  p: Float64Array,
): void {
  p.fill(0, first);
  let i = first;
  // Four rows at a time, after the triangle that they begin with: one sum alone would wait for each addition.
  for (; i + 3 < n; i += 4) {
    for (let r = i; r < i + 4; r++) updateRow(a, n, r, i + 4, v, q, u, p);
    const [r0, r1, r2, r3] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
    const [x0, x1, x2, x3] = four(v, i);
    const [y0, y1, y2, y3] = four(q, i);
    const [z0, z1, z2, z3] = four(u, i);
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = i + 4; k < n; k++) {
      const [vk, qk, uk] = [v[k] as number, q[k] as number, u[k] as number];
      const t0 = (a[r0 + k] as number) - x0 * qk - y0 * vk;
      const t1 = (a[r1 + k] as number) - x1 * qk - y1 * vk;
      const t2 = (a[r2 + k] as number) - x2 * qk - y2 * vk;
      const t3 = (a[r3 + k] as number) - x3 * qk - y3 * vk;
      a[r0 + k] = t0;
      a[r1 + k] = t1;
      a[r2 + k] = t2;
      a[r3 + k] = t3;
      s0 += t0 * uk;
      s1 += t1 * uk;
      s2 += t2 * uk;
      s3 += t3 * uk;
      p[k] = (p[k] as number) + t0 * z0 + t1 * z1 + t2 * z2 + t3 * z3;
    }
    p[i] = (p[i] as number) + s0;
    p[i + 1] = (p[i + 1] as number) + s1;
    p[i + 2] = (p[i + 2] as number) + s2;
    p[i + 3] = (p[i + 3] as number) + s3;
  }
  for (; i < n; i++) updateRow(a, n, i, n, v, q, u, p);
}

type Four = readonly [number, number, number, number];

const four = (x: Float64Array, i: number): Four =>
  [x[i], x[i + 1], x[i + 2], x[i + 3]] as unknown as Four;

/** {@link updateAndMultiply} for one row, up to column `to`. */
function updateRow(
  a: Float64Array,
  n: number,
  i: number,
  to: number,
  v: Float64Array,
  q: Float64Array,
  u: Float64Array,
  p: Float64Array,
): void {
  const row = i * n;
  const [x, y, z] = [v[i] as number, q[i] as number, u[i] as number];
  const middle = (a[row + i] as number) - 2 * x * y;
  a[row + i] = middle;
  let s = middle * z;
  for (let k = i + 1; k < to; k++) {
    const t = (a[row + k] as number) - x * (q[k] as number) - y * (v[k] as number);
    a[row + k] = t;
    s += t * (u[k] as number);
    p[k] = (p[k] as number) + t * z;
  }
  p[i] = (p[i] as number) + s;
}

/** QL iterations on a tridiagonal matrix; `vectors`, transposed, take part in the rotations. */
function iterate(
  d: Float64Array,
  e: Float64Array,
  n: number,
  vectors: Float64Array | undefined,
): boolean {
  const chain = new RotationChain(n);
  for (let l = 0; l < n; l++) {
    for (let steps = 0; ; steps++) {
      let m = l;
      for (; m < n - 1; m++) {
        const near = Math.abs(d[m] as number) + Math.abs(d[m + 1] as number);
        if (near + Math.abs(e[m] as number) === near) break;
      }
      if (m === l) break;
      if (steps === 60) return false;
      sweep(d, e, l, m, chain);
      if (vectors !== undefined) chain.apply(vectors, n, m, -1);
      else chain.clear();
    }
  }
  return true;
}

/** One QL step on rows l … m; its rotations go down from row m. */
function sweep(d: Float64Array, e: Float64Array, l: number, m: number, chain: RotationChain): void {
  let g = ((d[l + 1] as number) - (d[l] as number)) / (2 * (e[l] as number));
  let r = Math.sqrt(g * g + 1);
  g = (d[m] as number) - (d[l] as number) + (e[l] as number) / (g + (g < 0 ? -r : r));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * (e[i] as number);
    const b = c * (e[i] as number);
    r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      // The matrix falls apart here.
      d[i + 1] = (d[i + 1] as number) - p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = (d[i + 1] as number) - p;
    r = ((d[i] as number) - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    chain.push(c, s);
  }
  d[l] = (d[l] as number) - p;
  e[l] = g;
  e[m] = 0;
}

/** Values in ascending order and vectors in columns in the same one. */
function ordered(
  values: Float64Array,
  rows: Float64Array | undefined,
  n: number,
  unit: number,
): SymmetricEigen {
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => (values[i] as number) - (values[j] as number),
  );
  const vectors = new Float64Array(rows === undefined ? 0 : n * n);
  if (rows !== undefined) {
    order.forEach((from, to) => {
      for (let k = 0; k < n; k++) vectors[k * n + to] = rows[from * n + k] as number;
    });
  }
  return { values: Float64Array.from(order, (i) => (values[i] as number) / unit), vectors };
}
