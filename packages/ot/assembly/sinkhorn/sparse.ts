// B = D(p)^−½ P̃ D(q)^−½ in rows of (column, value), P̃ being the entries of P above a threshold.

/**
 * How many entries of each row are kept.
 *
 * Words: P, counts (32-bit), rows, stride, rows of a chunk, 0, threshold.
 */
export function countKept(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 12) << 3;
  const first = chunk * load<i32>(args, 16);
  const last = min(first + load<i32>(args, 16), load<i32>(args, 8));
  const threshold = f64x2.splat(load<f64>(args, 24));
  for (let i = first; i < last; i++) {
    const row = load<u32>(args, 0) + <usize>i * bytes;
    let s = i64x2.splat(0);
    // A comparison gives −1 where it holds.
    for (let j: usize = 0; j < bytes; j += 16)
      s = i64x2.sub(s, f64x2.gt(v128.load(row + j), threshold));
    const count = <i32>(i64x2.extract_lane(s, 0) + i64x2.extract_lane(s, 1));
    store<i32>(load<u32>(args, 4) + (<usize>i << 2), count);
  }
}

/**
 * Columns and values of the kept entries of each row.
 *
 * Words: P, starts of the rows (32-bit, rows + 1), columns (32-bit), values, p^−½, q^−½, rows, stride, rows of a chunk,
 * 0, threshold.
 */
export function gatherKept(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 28) << 3;
  const first = chunk * load<i32>(args, 32);
  const last = min(first + load<i32>(args, 32), load<i32>(args, 24));
  const limit = load<f64>(args, 40);
  const threshold = f64x2.splat(limit);
  const scales = load<u32>(args, 20);
  for (let i = first; i < last; i++) {
    const row = load<u32>(args, 0) + <usize>i * bytes;
    const start = <usize>load<i32>(load<u32>(args, 4) + (<usize>i << 2));
    let column = load<u32>(args, 8) + (start << 2);
    let value = load<u32>(args, 12) + (start << 3);
    const scale = load<f64>(load<u32>(args, 16) + (<usize>i << 3));
    for (let j: usize = 0; j < bytes; j += 16) {
      if (!v128.any_true(f64x2.gt(v128.load(row + j), threshold))) continue;
      for (let k = j; k < j + 16; k += 8) {
        const p = load<f64>(row + k);
        if (!(p > limit)) continue;
        store<i32>(column, <i32>(k >> 3));
        store<f64>(value, scale * p * load<f64>(scales + k));
        column += 4;
        value += 8;
      }
    }
  }
}
