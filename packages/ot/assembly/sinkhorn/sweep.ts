import { log } from "../../../tensor/assembly/math-log";
import { addFour, fourProducts } from "../shared/four-rows";
import { expCut } from "./lanes";

// One iteration of Sinkhorn in one pass over K: while four rows are in the cache, they give their scalings and then
// their part of Kᵀu.

/**
 * Scalings of two rows or columns: target / product, and with ω ≠ 1 old (target / (old · product))^ω.
 *
 * Where the target is 0 the scaling is 0.
 */
// @ts-ignore: decorator
@inline
function scalings(old: v128, target: v128, product: v128, omega: f64): v128 {
  let next = f64x2.div(target, product);
  if (omega !== 1) {
    const power = f64x2.mul(f64x2.splat(omega), log<f64>(f64x2.div(next, old)));
    next = f64x2.mul(old, expCut(power, f64x2.splat(-705)));
  }
  return v128.and(next, f64x2.gt(target, f64x2.splat(0)));
}

/**
 * Updates two scalings and what is reported of all.
 *
 * Report: Σ|old · product − target|, least and largest scaling over target, as pairs of lanes.
 */
// @ts-ignore: decorator
@inline
export function update(at: usize, targets: usize, product: v128, omega: f64, report: usize): void {
  const old = v128.load(at);
  const target = v128.load(targets);
  const error = f64x2.abs(f64x2.sub(f64x2.mul(old, product), target));
  const next = scalings(old, target, product, omega);
  v128.store(at, next);
  const given = f64x2.gt(target, f64x2.splat(0));
  const relative = f64x2.div(next, target);
  const low = v128.bitselect(relative, f64x2.splat(Infinity), given);
  v128.store(report, f64x2.add(v128.load(report), error));
  v128.store(report, f64x2.min(v128.load(report, 16), low), 16);
  v128.store(report, f64x2.max(v128.load(report, 32), v128.and(relative, given)), 32);
}

/** Begins the report of {@link update}. */
export function openReport(report: usize): void {
  v128.store(report, f64x2.splat(0));
  v128.store(report, f64x2.splat(Infinity), 16);
  v128.store(report, f64x2.splat(0), 32);
}

/** Writes the report: error, least and largest scaling. */
export function closeReport(report: usize, out: usize): void {
  store<f64>(out, load<f64>(report) + load<f64>(report, 8));
  store<f64>(out, min(load<f64>(report, 16), load<f64>(report, 24)), 8);
  store<f64>(out, max(load<f64>(report, 32), load<f64>(report, 40)), 16);
}

/**
 * u_i = a_i / (K v)_i of the chunk's rows, over-relaxed by ω, and their part of Kᵀu.
 *
 * Words: K, v, u, a, parts of Kᵀu [chunks, stride], reports [chunks, 4] (Σ|u_i (K v)_i − a_i| before the update, least
 * and largest u_i / a_i), rows, stride, rows of a chunk, 0, ω.
 */
export function sweepRows(args: usize, chunk: i32, scratch: usize): void {
  const stride = load<i32>(args, 28);
  const bytes = <usize>stride << 3;
  const first = chunk * load<i32>(args, 32);
  const last = min(first + load<i32>(args, 32), load<i32>(args, 24));
  const v = load<u32>(args, 4);
  const parts = load<u32>(args, 16) + <usize>chunk * bytes;
  const omega = load<f64>(args, 40);
  const sums = scratch + 64;
  openReport(scratch);
  for (let j: usize = 0; j < bytes; j += 16) v128.store(parts + j, f64x2.splat(0));
  for (let i = first; i < last; i += 4) {
    const rows = load<u32>(args, 0) + <usize>i * bytes;
    const u = load<u32>(args, 8) + (<usize>i << 3);
    const a = load<u32>(args, 12) + (<usize>i << 3);
    fourProducts(rows, bytes, v, sums);
    update(u, a, v128.load(sums), omega, scratch);
    update(u + 16, a + 16, v128.load(sums, 16), omega, scratch);
    addFour(rows, bytes, u, parts);
  }
  closeReport(scratch, load<u32>(args, 20) + (<usize>chunk << 5));
}

/**
 * v_j = b_j / (Kᵀu)_j from the chunks' parts, over-relaxed by ω.
 *
 * Words: parts [chunks, stride], v, b, report [4] as of {@link sweepRows}, chunks, stride, 0 or an address for Kᵀu
 * itself (v then stays as it is), 0, ω.
 */
export function updateColumns(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 20) << 3;
  const parts = load<u32>(args, 0);
  const end = parts + <usize>load<i32>(args, 16) * bytes;
  const v = load<u32>(args, 4);
  const b = load<u32>(args, 8);
  const sums = load<u32>(args, 24);
  const omega = load<f64>(args, 32);
  openReport(scratch);
  for (let j: usize = 0; j < bytes; j += 16) {
    let s = f64x2.splat(0);
    for (let p = parts + j; p < end; p += bytes) s = f64x2.add(s, v128.load(p));
    if (sums !== 0) v128.store(sums + j, s);
    else update(v + j, b + j, s, omega, scratch);
  }
  closeReport(scratch, load<u32>(args, 12));
}
