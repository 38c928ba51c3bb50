import { type Reflectors, reflector } from "./reflectors";

/** A = Q B Pᵀ with B upper bidiagonal, n × n, and the reflectors that make up Q and P. */
export interface Bidiagonal {
  readonly diagonal: Float64Array;
  /** Element i stands right of diagonal element i. */
  readonly above: Float64Array;
  readonly left: Reflectors;
  readonly right: Reflectors;
}

/**
 * Reflectors from both sides until only two diagonals are left.
 *
 * @param a - m × n, row-major, m ≥ n; overwritten: it holds the reflectors
 */
export function bidiagonalize(a: Float64Array, m: number, n: number): Bidiagonal {
  const diagonal = new Float64Array(n);
  const above = new Float64Array(n);
  const leftTaus = new Float64Array(n);
  const rightTaus = new Float64Array(Math.max(0, n - 1));
  const weights = new Float64Array(n);
  const u = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const tau = reflector(a, j * n + j, n, m - j);
    leftTaus[j] = tau;
    diagonal[j] = a[j * n + j] as number;
    if (j + 1 === n) break;
    weigh(a, m, n, j, tau, weights);
    const row = j * n;
    for (let k = j + 1; k < n; k++) a[row + k] = (a[row + k] as number) - (weights[k] as number);
    const rightTau = reflector(a, row + j + 1, 1, n - j - 1);
    rightTaus[j] = rightTau;
    above[j] = a[row + j + 1] as number;
    u.set(a.subarray(row + j + 1, row + n), j + 1);
    u[j + 1] = 1;
    reflectBoth(a, m, n, j, weights, u, rightTau);
  }
  const common = { data: a, length: m, elementStride: n, reflectorStride: 1 };
  return {
    diagonal,
    above,
    left: { ...common, taus: leftTaus, shift: 0 },
    right: {
      data: a,
      length: n,
      taus: rightTaus,
      elementStride: 1,
      reflectorStride: n,
      shift: 1,
    },
  };
}

/** τ vᵀA over the columns behind j, for the reflector in column j. */
function weigh(
  a: Float64Array,
  m: number,
  n: number,
  j: number,
  tau: number,
  weights: Float64Array,
): void {
  for (let k = j + 1; k < n; k++) weights[k] = a[j * n + k] as number;
  let i = j + 1;
  // Four rows at a time, so that a weight is read and written once for them all.
  for (; i + 3 < m; i += 4) {
    const [r0, r1, r2, r3] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
    const [v0, v1] = [a[r0 + j] as number, a[r1 + j] as number];
    const [v2, v3] = [a[r2 + j] as number, a[r3 + j] as number];
    for (let k = j + 1; k < n; k++) {
      weights[k] =
        (weights[k] as number) +
        v0 * (a[r0 + k] as number) +
        v1 * (a[r1 + k] as number) +
        v2 * (a[r2 + k] as number) +
        v3 * (a[r3 + k] as number);
    }
  }
  for (; i < m; i++) {
    const row = i * n;
    const v = a[row + j] as number;
    for (let k = j + 1; k < n; k++)
      weights[k] = (weights[k] as number) + v * (a[row + k] as number);
  }
  for (let k = j + 1; k < n; k++) weights[k] = tau * (weights[k] as number);
}

/** Both reflectors of step j on the rows below it: each row on its own is all that the right one needs. */
function reflectBoth(
  a: Float64Array,
  m: number,
  n: number,
  j: number,
  weights: Float64Array,
  u: Float64Array,
  tau: number,
): void {
  let i = j + 1;
  // Four rows at a time: one sum alone would wait for each of its additions.
  for (; i + 3 < m; i += 4) {
    const [r0, r1, r2, r3] = [i * n, (i + 1) * n, (i + 2) * n, (i + 3) * n];
    const [v0, v1] = [a[r0 + j] as number, a[r1 + j] as number];
    const [v2, v3] = [a[r2 + j] as number, a[r3 + j] as number];
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = j + 1; k < n; k++) {
      const [w, x] = [weights[k] as number, u[k] as number];
      s0 += x * ((a[r0 + k] as number) - v0 * w);
      s1 += x * ((a[r1 + k] as number) - v1 * w);
      s2 += x * ((a[r2 + k] as number) - v2 * w);
      s3 += x * ((a[r3 + k] as number) - v3 * w);
    }
    [s0, s1, s2, s3] = [s0 * tau, s1 * tau, s2 * tau, s3 * tau];
    for (let k = j + 1; k < n; k++) {
      const [w, x] = [weights[k] as number, u[k] as number];
      a[r0 + k] = (a[r0 + k] as number) - v0 * w - s0 * x;
      a[r1 + k] = (a[r1 + k] as number) - v1 * w - s1 * x;
      a[r2 + k] = (a[r2 + k] as number) - v2 * w - s2 * x;
      a[r3 + k] = (a[r3 + k] as number) - v3 * w - s3 * x;
    }
  }
  for (; i < m; i++) {
    const row = i * n;
    const v = a[row + j] as number;
    let s = 0;
    for (let k = j + 1; k < n; k++) {
      s += (u[k] as number) * ((a[row + k] as number) - v * (weights[k] as number));
    }
    s *= tau;
    for (let k = j + 1; k < n; k++) {
      a[row + k] = (a[row + k] as number) - v * (weights[k] as number) - s * (u[k] as number);
    }
  }
}
