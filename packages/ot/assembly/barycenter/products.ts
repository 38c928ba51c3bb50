import { addFour, fourProducts, storeFour } from "../shared/four-rows";

// Products of four rows of K with several vectors: these in pairs, so that every entry that is loaded is used twice.

/** Inner products of four rows with `count` vectors that lie one after the other: four numbers for each vector. */
export function rowProducts(rows: usize, bytes: usize, v: usize, count: i32, out: usize): void {
  let k = 0;
  for (; k + 2 <= count; k += 2, v += 2 * bytes, out += 64) productsOfTwo(rows, bytes, v, out);
  if (k < count) fourProducts(rows, bytes, v, out);
}

// @ts-ignore: decorator
@inline
function productsOfTwo(r0: usize, bytes: usize, v: usize, out: usize): void {
  const r1 = r0 + bytes;
  const r2 = r1 + bytes;
  const r3 = r2 + bytes;
  const w = v + bytes;
  let s0 = f64x2.splat(0);
  let s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
  for (let j: usize = 0; j < bytes; j += 16) {
    const x = v128.load(v + j);
    const y = v128.load(w + j);
    const k0 = v128.load(r0 + j);
    const k1 = v128.load(r1 + j);
    const k2 = v128.load(r2 + j);
    const k3 = v128.load(r3 + j);
    s0 = f64x2.add(s0, f64x2.mul(x, k0));
    t0 = f64x2.add(t0, f64x2.mul(y, k0));
    s1 = f64x2.add(s1, f64x2.mul(x, k1));
    t1 = f64x2.add(t1, f64x2.mul(y, k1));
    s2 = f64x2.add(s2, f64x2.mul(x, k2));
    t2 = f64x2.add(t2, f64x2.mul(y, k2));
    s3 = f64x2.add(s3, f64x2.mul(x, k3));
    t3 = f64x2.add(t3, f64x2.mul(y, k3));
  }
  storeFour(out, s0, s1, s2, s3);
  storeFour(out + 32, t0, t1, t2, t3);
}

/** Adds to each of `count` vectors the four rows times four numbers of its own, which lie `step` bytes apart. */
export function addRows(
  rows: usize,
  bytes: usize,
  u: usize,
  step: usize,
  count: i32,
  out: usize,
): void {
  let k = 0;
  for (; k + 2 <= count; k += 2, u += 2 * step, out += 2 * bytes)
    addToTwo(rows, bytes, u, u + step, out);
  if (k < count) addFour(rows, bytes, u, out);
}

// @ts-ignore: decorator
@inline
function addToTwo(r0: usize, bytes: usize, u: usize, w: usize, out: usize): void {
  const r1 = r0 + bytes;
  const r2 = r1 + bytes;
  const r3 = r2 + bytes;
  const u0 = v128.load64_splat(u);
  const u1 = v128.load64_splat(u, 8);
  const u2 = v128.load64_splat(u, 16);
  const u3 = v128.load64_splat(u, 24);
  const w0 = v128.load64_splat(w);
  const w1 = v128.load64_splat(w, 8);
  const w2 = v128.load64_splat(w, 16);
  const w3 = v128.load64_splat(w, 24);
  const other = out + bytes;
  for (let j: usize = 0; j < bytes; j += 16) {
    const k0 = v128.load(r0 + j);
    const k1 = v128.load(r1 + j);
    const k2 = v128.load(r2 + j);
    const k3 = v128.load(r3 + j);
    let s = f64x2.add(v128.load(out + j), f64x2.mul(u0, k0));
    s = f64x2.add(s, f64x2.mul(u1, k1));
    s = f64x2.add(s, f64x2.mul(u2, k2));
    v128.store(out + j, f64x2.add(s, f64x2.mul(u3, k3)));
    s = f64x2.add(v128.load(other + j), f64x2.mul(w0, k0));
    s = f64x2.add(s, f64x2.mul(w1, k1));
    s = f64x2.add(s, f64x2.mul(w2, k2));
    v128.store(other + j, f64x2.add(s, f64x2.mul(w3, k3)));
  }
}
