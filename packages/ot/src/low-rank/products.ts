/** XᵀY of X [n, k] and Y [n, r], shape [k, r]. */
export function crossProduct(
  X: Float64Array,
  Y: Float64Array,
  n: number,
  k: number,
  r: number,
): Float64Array {
  const out = new Float64Array(k * r);
  for (let i = 0; i < n; i++)
    for (let s = 0; s < k; s++) {
      const x = X[i * k + s] as number;
      if (x === 0) continue;
      for (let t = 0; t < r; t++)
        out[s * r + t] = (out[s * r + t] as number) + x * (Y[i * r + t] as number);
    }
  return out;
}

/** X Z of X [n, k] and Z [k, r], shape [n, r]. */
export function product(
  X: Float64Array,
  Z: Float64Array,
  n: number,
  k: number,
  r: number,
): Float64Array {
  const out = new Float64Array(n * r);
  for (let i = 0; i < n; i++)
    for (let s = 0; s < k; s++) {
      const x = X[i * k + s] as number;
      for (let t = 0; t < r; t++)
        out[i * r + t] = (out[i * r + t] as number) + x * (Z[s * r + t] as number);
    }
  return out;
}

/** X v of X [n, r], shape [n]. */
export function timesVector(X: Float64Array, v: Float64Array, n: number): Float64Array {
  return product(X, v, n, v.length, 1);
}

/** Xᵀ u of X [n, r], shape [r]. */
export function transposeTimes(X: Float64Array, u: Float64Array, r: number): Float64Array {
  return crossProduct(X, u, u.length, r, 1);
}
