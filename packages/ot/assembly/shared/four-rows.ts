import { sum2 } from "../sinkhorn/lanes";

// Four rows of a matrix at once: what is loaded of the vector serves all of them. Rows are multiples of 32 bytes.

/** Inner products of four rows with v. */
// @ts-ignore: decorator
@inline
export function fourProducts(r0: usize, bytes: usize, v: usize, out: usize): void {
  const r1 = r0 + bytes;
  const r2 = r1 + bytes;
  const r3 = r2 + bytes;
  let s0 = f64x2.splat(0);
  let s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  for (let j: usize = 0; j < bytes; j += 32) {
    const x = v128.load(v + j);
    const y = v128.load(v + j, 16);
    s0 = f64x2.add(s0, f64x2.mul(x, v128.load(r0 + j)));
    s1 = f64x2.add(s1, f64x2.mul(x, v128.load(r1 + j)));
    s2 = f64x2.add(s2, f64x2.mul(x, v128.load(r2 + j)));
    s3 = f64x2.add(s3, f64x2.mul(x, v128.load(r3 + j)));
    t0 = f64x2.add(t0, f64x2.mul(y, v128.load(r0 + j, 16)));
    t1 = f64x2.add(t1, f64x2.mul(y, v128.load(r1 + j, 16)));
    t2 = f64x2.add(t2, f64x2.mul(y, v128.load(r2 + j, 16)));
    t3 = f64x2.add(t3, f64x2.mul(y, v128.load(r3 + j, 16)));
  }
  storeFour(out, f64x2.add(s0, t0), f64x2.add(s1, t1), f64x2.add(s2, t2), f64x2.add(s3, t3));
}

/** Sums of the lanes of four vectors. */
// @ts-ignore: decorator
@inline
export function storeFour(out: usize, s0: v128, s1: v128, s2: v128, s3: v128): void {
  store<f64>(out, sum2(s0));
  store<f64>(out, sum2(s1), 8);
  store<f64>(out, sum2(s2), 16);
  store<f64>(out, sum2(s3), 24);
}

/** out += Σ_k u_k row_k of four rows. */
// @ts-ignore: decorator
@inline
export function addFour(r0: usize, bytes: usize, u: usize, out: usize): void {
  const r1 = r0 + bytes;
  const r2 = r1 + bytes;
  const r3 = r2 + bytes;
  const u0 = v128.load64_splat(u);
  const u1 = v128.load64_splat(u, 8);
  const u2 = v128.load64_splat(u, 16);
  const u3 = v128.load64_splat(u, 24);
  for (let j: usize = 0; j < bytes; j += 16) {
    const s = f64x2.add(f64x2.mul(u0, v128.load(r0 + j)), f64x2.mul(u1, v128.load(r1 + j)));
    const t = f64x2.add(f64x2.mul(u2, v128.load(r2 + j)), f64x2.mul(u3, v128.load(r3 + j)));
    v128.store(out + j, f64x2.add(v128.load(out + j), f64x2.add(s, t)));
  }
}
