// Costs less the least of their row, then of their column: dual shifts that leave the plan as it is and make all
// exponents as small as they can be.

// @ts-ignore: decorator
@inline
function least(row: usize, length: i32): f64 {
  let s = f64x2.splat(Infinity);
  const end = row + (<usize>length << 3);
  for (; row < end; row += 16) s = f64x2.pmin(s, v128.load(row));
  return min(f64x2.extract_lane(s, 0), f64x2.extract_lane(s, 1));
}

/**
 * Subtracts the least cost of every row, and finds the least of every column among the chunk's rows.
 *
 * Words: costs, shifts of the rows, least of columns [chunks, stride], rows, stride, rows of a chunk.
 */
export function rowShift(args: usize, chunk: i32, scratch: usize): void {
  const stride = load<i32>(args, 16);
  const bytes = <usize>stride << 3;
  const first = chunk * load<i32>(args, 20);
  const last = min(first + load<i32>(args, 20), load<i32>(args, 12));
  const columns = load<u32>(args, 8) + <usize>chunk * bytes;
  for (let j: usize = 0; j < bytes; j += 16) v128.store(columns + j, f64x2.splat(Infinity));
  for (let i = first; i < last; i++) {
    const row = load<u32>(args, 0) + <usize>i * bytes;
    let low = least(row, stride);
    if (low === Infinity) low = 0;
    store<f64>(load<u32>(args, 4) + (<usize>i << 3), low);
    const shift = f64x2.splat(low);
    for (let j: usize = 0; j < bytes; j += 16) {
      const c = f64x2.sub(v128.load(row + j), shift);
      v128.store(row + j, c);
      v128.store(columns + j, f64x2.pmin(c, v128.load(columns + j)));
    }
  }
}

/**
 * Subtracts shifts of the columns, and finds the largest finite cost of the chunk's rows.
 *
 * Words: costs, shifts of the columns, largest [chunks], rows, stride, rows of a chunk.
 */
export function columnShift(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 16) << 3;
  const first = chunk * load<i32>(args, 20);
  const last = min(first + load<i32>(args, 20), load<i32>(args, 12));
  const shift = load<u32>(args, 4);
  let high = f64x2.splat(0);
  for (let i = first; i < last; i++) {
    const row = load<u32>(args, 0) + <usize>i * bytes;
    for (let j: usize = 0; j < bytes; j += 16) {
      const c = f64x2.sub(v128.load(row + j), v128.load(shift + j));
      v128.store(row + j, c);
      high = f64x2.pmax(high, v128.and(c, f64x2.lt(c, f64x2.splat(Infinity))));
    }
  }
  store<f64>(
    load<u32>(args, 8) + (<usize>chunk << 3),
    max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1)),
  );
}
