import { log1 } from "../../../tensor/assembly/math-log";
import { addScaled, expCut, sum2 } from "./lanes";

/**
 * x_i = log a_i − log Σ_j exp(y_j − η C_ij) of the chunk's rows, and their part of the column sums of the plan with the
 * new x and the given y: one exponential for each entry serves the row's and the column's sum.
 *
 * Words: costs, x, y, log a, a, parts of the column sums [chunks, stride], reports [chunks, 4] (Σ|row sum − a_i| with
 * the old x, largest |x − old x|), rows, stride, rows of a chunk, a row for every chunk, 0, η.
 */
export function logSweepRows(args: usize, chunk: i32, scratch: usize): void {
  const stride = load<i32>(args, 32);
  const bytes = <usize>stride << 3;
  const first = chunk * load<i32>(args, 36);
  const last = min(first + load<i32>(args, 36), load<i32>(args, 28));
  const parts = load<u32>(args, 20) + <usize>chunk * bytes;
  const row = load<u32>(args, 40) + <usize>chunk * bytes;
  let error: f64 = 0;
  let moved: f64 = 0;
  for (let j: usize = 0; j < bytes; j += 16) v128.store(parts + j, f64x2.splat(0));
  for (let i = first; i < last; i++) {
    const at = <usize>i << 3;
    const a = load<f64>(load<u32>(args, 16) + at);
    if (a === 0) continue;
    const costs = load<u32>(args, 0) + <usize>i * bytes;
    const top = exponents(args, costs, row, bytes);
    const sum = exponentials(row, top, bytes);
    const x = load<u32>(args, 4) + at;
    const old = load<f64>(x);
    const next = load<f64>(load<u32>(args, 12) + at) - (top + log1(sum));
    error += a * Math.abs(Math.expm1(old - next));
    moved = max(moved, Math.abs(old - next));
    store<f64>(x, next);
    addScaled(parts, row, a / sum, stride);
  }
  const report = load<u32>(args, 24) + (<usize>chunk << 5);
  store<f64>(report, error);
  store<f64>(report, moved, 8);
}

/** z_j = y_j − η C_ij; the largest of them. */
function exponents(args: usize, costs: usize, out: usize, bytes: usize): f64 {
  const y = load<u32>(args, 8);
  const eta = f64x2.splat(load<f64>(args, 48));
  let top = f64x2.splat(-Infinity);
  for (let j: usize = 0; j < bytes; j += 16) {
    const z = f64x2.sub(v128.load(y + j), f64x2.mul(eta, v128.load(costs + j)));
    v128.store(out + j, z);
    top = f64x2.pmax(top, z);
  }
  return max(f64x2.extract_lane(top, 0), f64x2.extract_lane(top, 1));
}

/** z_j ← exp(z_j − top); their sum. */
function exponentials(row: usize, top: f64, bytes: usize): f64 {
  const shift = f64x2.splat(top);
  const cutoff = f64x2.splat(-700);
  let s = f64x2.splat(0);
  for (let j: usize = 0; j < bytes; j += 32) {
    const z0 = f64x2.sub(v128.load(row + j), shift);
    const z1 = f64x2.sub(v128.load(row + j, 16), shift);
    let p0 = f64x2.splat(0);
    let p1 = p0;
    if (v128.any_true(f64x2.gt(f64x2.pmax(z0, z1), cutoff))) {
      p0 = expCut(z0, cutoff);
      p1 = expCut(z1, cutoff);
      s = f64x2.add(s, f64x2.add(p0, p1));
    }
    v128.store(row + j, p0);
    v128.store(row + j, p1, 16);
  }
  return sum2(s);
}
