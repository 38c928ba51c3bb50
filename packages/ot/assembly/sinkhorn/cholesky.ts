import { addScaled } from "./lanes";

// S = L Lᵀ in blocks of 64, in place in the lower triangle of a matrix whose order is a multiple of 64.

/**
 * Factors the diagonal block at row `first`.
 *
 * Words: S, order, first, address of a double that becomes the least pivot, or −1 if one is not positive.
 */
export function choleskyBlock(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 4) << 3;
  const first = <usize>load<i32>(args, 8);
  const block = load<u32>(args, 0) + first * bytes + (first << 3);
  const report = load<u32>(args, 12);
  for (let j: usize = 0; j < 64; j++) {
    const row = block + j * bytes;
    for (let k: usize = 0; k <= j; k++) {
      const other = block + k * bytes;
      let s = load<f64>(row + (k << 3));
      for (let l: usize = 0; l < k << 3; l += 8) s -= load<f64>(row + l) * load<f64>(other + l);
      if (k < j) {
        store<f64>(row + (k << 3), s / load<f64>(other + (k << 3)));
        continue;
      }
      if (!(s > 0)) {
        store<f64>(report, -1);
        return;
      }
      store<f64>(report, min(load<f64>(report), s));
      store<f64>(row + (k << 3), Math.sqrt(s));
    }
  }
}

/**
 * Rows below the diagonal block, 64 for each chunk: X Lᵀ = S, and a transposed copy of them.
 *
 * Words: S, order, first, transposed copy [64, order].
 */
export function choleskyPanel(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 4) << 3;
  const first = <usize>load<i32>(args, 8);
  const block = load<u32>(args, 0) + first * bytes + (first << 3);
  const copy = load<u32>(args, 12);
  const begin = first + 64 + (<usize>chunk << 6);
  for (let i = begin; i < begin + 64; i++) {
    const row = load<u32>(args, 0) + i * bytes + (first << 3);
    for (let j: usize = 0; j < 64; j++) {
      const other = block + j * bytes;
      let s = f64x2.splat(0);
      const even = (j & ~1) << 3;
      for (let l: usize = 0; l < even; l += 16)
        s = f64x2.add(s, f64x2.mul(v128.load(row + l), v128.load(other + l)));
      let t = load<f64>(row + (j << 3)) - f64x2.extract_lane(s, 0) - f64x2.extract_lane(s, 1);
      if (j & 1) t -= load<f64>(row + even) * load<f64>(other + even);
      t /= load<f64>(other + (j << 3));
      store<f64>(row + (j << 3), t);
      store<f64>(copy + j * bytes + (i << 3), t);
    }
  }
}

/**
 * One 64×64 tile, on or below the diagonal, of what remains: S −= X Xᵀ.
 *
 * Words as of {@link choleskyPanel}; chunks count the tiles row by row.
 */
export function choleskyTrailing(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 4) << 3;
  const first = <usize>load<i32>(args, 8);
  let tileRow = 0;
  let tileColumn = chunk;
  while (tileColumn > tileRow) tileColumn -= ++tileRow;
  const top = first + 64 + (<usize>tileRow << 6);
  const left = first + 64 + (<usize>tileColumn << 6);
  const copy = load<u32>(args, 12);
  for (let i = top; i < top + 64; i += 4) {
    for (let j = left; j < left + 64; j += 4)
      tile(load<u32>(args, 0) + i * bytes + (j << 3), bytes, copy + (i << 3), copy + (j << 3));
  }
}

/** 4×4 entries: S −= Σ_k x_k y_kᵀ over 64 rows of the transposed copy. */
function tile(out: usize, bytes: usize, x: usize, y: usize): void {
  let a0 = f64x2.splat(0);
  let a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
  const end = x + (bytes << 6);
  for (; x < end; x += bytes, y += bytes) {
    const y0 = v128.load(y);
    const y1 = v128.load(y, 16);
    let s = v128.load64_splat(x);
    a0 = f64x2.add(a0, f64x2.mul(s, y0));
    a1 = f64x2.add(a1, f64x2.mul(s, y1));
    s = v128.load64_splat(x, 8);
    b0 = f64x2.add(b0, f64x2.mul(s, y0));
    b1 = f64x2.add(b1, f64x2.mul(s, y1));
    s = v128.load64_splat(x, 16);
    c0 = f64x2.add(c0, f64x2.mul(s, y0));
    c1 = f64x2.add(c1, f64x2.mul(s, y1));
    s = v128.load64_splat(x, 24);
    d0 = f64x2.add(d0, f64x2.mul(s, y0));
    d1 = f64x2.add(d1, f64x2.mul(s, y1));
  }
  subtract(out, a0, a1);
  subtract(out + bytes, b0, b1);
  subtract(out + 2 * bytes, c0, c1);
  subtract(out + 3 * bytes, d0, d1);
}

// @ts-ignore: decorator
@inline
function subtract(out: usize, x: v128, y: v128): void {
  v128.store(out, f64x2.sub(v128.load(out), x));
  v128.store(out, f64x2.sub(v128.load(out, 16), y), 16);
}

/**
 * x ← (L Lᵀ)^−1 x.
 *
 * Words: L, order, x.
 */
export function choleskySolve(args: usize, chunk: i32, scratch: usize): void {
  const order = <usize>load<i32>(args, 4);
  const bytes = order << 3;
  const matrix = load<u32>(args, 0);
  const x = load<u32>(args, 8);
  for (let i: usize = 0; i < order; i++) {
    const row = matrix + i * bytes;
    let s = f64x2.splat(0);
    const even = (i & ~1) << 3;
    for (let l: usize = 0; l < even; l += 16)
      s = f64x2.add(s, f64x2.mul(v128.load(row + l), v128.load(x + l)));
    let t = load<f64>(x + (i << 3)) - f64x2.extract_lane(s, 0) - f64x2.extract_lane(s, 1);
    if (i & 1) t -= load<f64>(row + even) * load<f64>(x + even);
    store<f64>(x + (i << 3), t / load<f64>(row + (i << 3)));
  }
  for (let i = order; i-- > 0; ) {
    const row = matrix + i * bytes;
    const t = load<f64>(x + (i << 3)) / load<f64>(row + (i << 3));
    store<f64>(x + (i << 3), t);
    const whole = i & ~3;
    addScaled(x, row, -t, <i32>whole);
    for (let l = whole; l < i; l++)
      store<f64>(x + (l << 3), load<f64>(x + (l << 3)) - t * load<f64>(row + (l << 3)));
  }
}
