import { LIFT } from "./kernel";
import { closeReport, openReport, update } from "./sweep";

// Iterations of Sinkhorn around an anchor: with exact sums r = K v₀ and c = Kᵀ u₀, the sums r + K (v − v₀) and
// c + Kᵀ (u − u₀) may take K and the differences with 24 bits, and are exact to 24 bits of the differences.

/**
 * As `sweepRows`, around an anchor.
 *
 * Words: K, v − v₀, u, a, parts of Kᵀ(u − u₀) [chunks, stride], reports, rows, stride, rows of a chunk, r, u₀, 0, ω; K,
 * v − v₀ and the parts in single precision.
 */
export function sweepRowsSingle(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 28) << 2;
  const first = chunk * load<i32>(args, 32);
  const last = min(first + load<i32>(args, 32), load<i32>(args, 24));
  const parts = load<u32>(args, 16) + <usize>chunk * bytes;
  const omega = load<f64>(args, 48);
  const sums = scratch + 64;
  openReport(scratch);
  for (let j: usize = 0; j < bytes; j += 16) v128.store(parts + j, f32x4.splat(0));
  for (let i = first; i < last; i += 4) {
    const at = <usize>i << 3;
    const rows = load<u32>(args, 0) + <usize>i * bytes;
    const u = load<u32>(args, 8) + at;
    const a = load<u32>(args, 12) + at;
    fourProducts(rows, bytes, load<u32>(args, 4), load<u32>(args, 36) + at, sums);
    update(u, a, v128.load(sums), omega, scratch);
    update(u + 16, a + 16, v128.load(sums, 16), omega, scratch);
    addFour(rows, bytes, u, load<u32>(args, 40) + at, parts);
  }
  closeReport(scratch, load<u32>(args, 20) + (<usize>chunk << 5));
}

// @ts-ignore: decorator
@inline
function total4(x: v128): f64 {
  const s = f64x2.add(
    f64x2.promote_low_f32x4(x),
    f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 0)),
  );
  return (f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)) / LIFT;
}

/** r and the inner products of four rows with w. */
// @ts-ignore: decorator
@inline
function fourProducts(r0: usize, bytes: usize, w: usize, r: usize, out: usize): void {
  const r1 = r0 + bytes;
  const r2 = r1 + bytes;
  const r3 = r2 + bytes;
  let s0 = f32x4.splat(0);
  let s1 = s0, s2 = s0, s3 = s0;
  for (let j: usize = 0; j < bytes; j += 16) {
    const x = v128.load(w + j);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(r0 + j)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(r1 + j)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(r2 + j)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(r3 + j)));
  }
  store<f64>(out, load<f64>(r) + total4(s0));
  store<f64>(out, load<f64>(r, 8) + total4(s1), 8);
  store<f64>(out, load<f64>(r, 16) + total4(s2), 16);
  store<f64>(out, load<f64>(r, 24) + total4(s3), 24);
}

// @ts-ignore: decorator
@inline
function difference(u: usize, anchor: usize): v128 {
  return f32x4.splat(<f32>(load<f64>(u) - load<f64>(anchor)));
}

/** out += Σ_k (u − anchor)_k row_k of four rows. */
// @ts-ignore: decorator
@inline
function addFour(r0: usize, bytes: usize, u: usize, anchor: usize, out: usize): void {
  const r1 = r0 + bytes;
  const r2 = r1 + bytes;
  const r3 = r2 + bytes;
  const u0 = difference(u, anchor);
  const u1 = difference(u + 8, anchor + 8);
  const u2 = difference(u + 16, anchor + 16);
  const u3 = difference(u + 24, anchor + 24);
  for (let j: usize = 0; j < bytes; j += 16) {
    const s = f32x4.add(f32x4.mul(u0, v128.load(r0 + j)), f32x4.mul(u1, v128.load(r1 + j)));
    const t = f32x4.add(f32x4.mul(u2, v128.load(r2 + j)), f32x4.mul(u3, v128.load(r3 + j)));
    v128.store(out + j, f32x4.add(v128.load(out + j), f32x4.add(s, t)));
  }
}

/**
 * As `updateColumns`, around an anchor.
 *
 * Words: parts in single precision [chunks, stride], v, b, report [4], chunks, stride, c, v₀, v − v₀ in single
 * precision, 0, ω.
 */
export function updateColumnsSingle(args: usize, chunk: i32, scratch: usize): void {
  const stride = load<i32>(args, 20);
  const bytes = <usize>stride << 2;
  const parts = load<u32>(args, 0);
  const end = parts + <usize>load<i32>(args, 16) * bytes;
  const v = load<u32>(args, 4);
  const anchor = load<u32>(args, 28);
  const omega = load<f64>(args, 40);
  openReport(scratch);
  for (let j: usize = 0; j < <usize>stride; j += 2) {
    let s = f64x2.splat(0);
    for (let p = parts + (j << 2); p < end; p += bytes)
      s = f64x2.add(s, f64x2.promote_low_f32x4(v128.load64_zero(p)));
    const at = j << 3;
    s = f64x2.add(f64x2.div(s, f64x2.splat(LIFT)), v128.load(load<u32>(args, 24) + at));
    update(v + at, load<u32>(args, 8) + at, s, omega, scratch);
    const w = f32x4.demote_f64x2_zero(f64x2.sub(v128.load(v + at), v128.load(anchor + at)));
    v128.store64_lane(load<u32>(args, 32) + (j << 2), w, 0);
  }
  closeReport(scratch, load<u32>(args, 12));
}
