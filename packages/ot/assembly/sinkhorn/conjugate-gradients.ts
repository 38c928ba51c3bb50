import { addScaled, dot } from "./lanes";

/** out += Bᵀ B x, B in sparse rows: one pass. */
function normalProduct(args: usize, x: usize, out: usize): void {
  const rows = load<i32>(args, 12);
  const starts = load<u32>(args, 0);
  const columns = load<u32>(args, 4);
  const values = load<u32>(args, 8);
  let k = <usize>load<i32>(starts);
  for (let i: usize = 0; i < <usize>rows; i++) {
    const begin = k;
    const end = <usize>load<i32>(starts + (i << 2), 4);
    let s: f64 = 0;
    for (; k < end; k++)
      s += load<f64>(values + (k << 3)) * load<f64>(x + (<usize>load<i32>(columns + (k << 2)) << 3));
    for (k = begin; k < end; k++) {
      const at = out + (<usize>load<i32>(columns + (k << 2)) << 3);
      store<f64>(at, load<f64>(at) + s * load<f64>(values + (k << 3)));
    }
  }
}

// @ts-ignore: decorator
@inline
function fill(x: usize, value: f64, bytes: usize): void {
  for (let j: usize = 0; j < bytes; j += 16) v128.store(x + j, f64x2.splat(value));
}

/** Diagonal of S, inverted: (1 + δ − Σ_i B_ij² / (1 + δ))^−1. */
function inverseDiagonal(args: usize, out: usize, one: f64, bytes: usize): void {
  const starts = load<u32>(args, 0);
  const columns = load<u32>(args, 4);
  const values = load<u32>(args, 8);
  fill(out, 0, bytes);
  const end = <usize>load<i32>(starts + (<usize>load<i32>(args, 12) << 2));
  for (let k: usize = 0; k < end; k++) {
    const at = out + (<usize>load<i32>(columns + (k << 2)) << 3);
    const b = load<f64>(values + (k << 3));
    store<f64>(at, load<f64>(at) + b * b);
  }
  for (let j: usize = 0; j < bytes; j += 8)
    store<f64>(out + j, 1 / max(one - load<f64>(out + j) / one, one - 1));
}

/**
 * Solves S v = g with S = (1 + δ) I − Bᵀ B / (1 + δ) by conjugate gradients with the diagonal as preconditioner.
 *
 * Words: starts, columns, values, rows, stride of vectors of columns, g, v (overwritten), four work vectors one after
 * another, report [2] (iterations, reduction of the residual's norm), cap, 0, 0, δ, tolerance for the reduction.
 */
export function conjugateGradients(args: usize, chunk: i32, scratch: usize): void {
  const stride = load<i32>(args, 16);
  const bytes = <usize>stride << 3;
  const v = load<u32>(args, 24);
  const r = load<u32>(args, 28);
  const p = r + bytes;
  const q = p + bytes;
  const inverse = q + bytes;
  const one = 1 + load<f64>(args, 48);
  const tolerance = load<f64>(args, 56);
  const cap = load<i32>(args, 36);
  memory.copy(r, load<u32>(args, 20), bytes);
  fill(v, 0, bytes);
  inverseDiagonal(args, inverse, one, bytes);
  for (let j: usize = 0; j < bytes; j += 16)
    v128.store(p + j, f64x2.mul(v128.load(r + j), v128.load(inverse + j)));
  let rho = dot(r, p, stride);
  const start = Math.sqrt(dot(r, r, stride));
  let norm = start;
  let iteration = 0;
  for (; iteration < cap && norm > tolerance * start; iteration++) {
    fill(q, 0, bytes);
    normalProduct(args, p, q);
    for (let j: usize = 0; j < bytes; j += 16) {
      const product = f64x2.div(v128.load(q + j), f64x2.splat(one));
      v128.store(q + j, f64x2.sub(f64x2.mul(f64x2.splat(one), v128.load(p + j)), product));
    }
    const curvature = dot(p, q, stride);
    // Rounding alone can make it so: what was found until here still is a direction of ascent.
    if (!(curvature > 0)) break;
    const alpha = rho / curvature;
    addScaled(v, p, alpha, stride);
    addScaled(r, q, -alpha, stride);
    let next: f64 = 0;
    for (let j: usize = 0; j < bytes; j += 8) {
      const e = load<f64>(r + j);
      next += e * e * load<f64>(inverse + j);
    }
    const beta = next / rho;
    rho = next;
    for (let j: usize = 0; j < bytes; j += 16) {
      const z = f64x2.mul(v128.load(r + j), v128.load(inverse + j));
      v128.store(p + j, f64x2.add(z, f64x2.mul(f64x2.splat(beta), v128.load(p + j))));
    }
    norm = Math.sqrt(dot(r, r, stride));
  }
  const report = load<u32>(args, 32);
  store<f64>(report, iteration);
  store<f64>(report, start > 0 ? norm / start : 0, 8);
}
