import { merge, pairSum } from "./merge";
import { copyProjections, padded, project, secondMoment } from "./project";
import { sortOrder, sortValues, tableBytes } from "./sort";
import { count, exponent, word } from "./words";

export { combine } from "./combine";

// @ts-ignore: decorator
@inline
function projections<T>(
  args: usize, points: usize, n: i32, l: i32, to: usize, bounds: usize,
): void {
  const d = count(args, 2);
  if (d > 0) {
    project<T>(points, n, d, word(args, 7) + ((<usize>l * <usize>d) << 3), to, bounds);
  } else {
    copyProjections<T>(points + <usize>l * <usize>n * sizeof<T>(), n, to, bounds);
  }
}

// Memory of one direction: bounds and tables, then as many doubles as
//   values alone:   x [n], y [m], buffer [longer]
//   with positions: sorted x [n], sorted y [m], records of x [n], records of y [m], row [longer], buffer [longer]
// all of padded length.

function compareValues<T>(args: usize, l: i32, memory: usize, shift: f64, moments: usize): f64 {
  const n = count(args, 3);
  const m = count(args, 4);
  const tables = memory + 64;
  const x = tables + tableBytes;
  const y = x + (<usize>padded(n) << 3);
  const buffer = y + (<usize>padded(m) << 3);
  projections<T>(args, word(args, 5), n, l, x, memory);
  if (moments != 0) store<f64>(moments, secondMoment<T>(x, n, 0));
  sortValues<T>(x, n, load<f64>(memory), load<f64>(memory, 8), buffer, tables);
  projections<T>(args, word(args, 6), m, l, y, memory);
  if (moments != 0) {
    store<f64>(moments + (<usize>count(args, 0) << 3), secondMoment<T>(y, m, 0));
  }
  sortValues<T>(y, m, load<f64>(memory), load<f64>(memory, 8), buffer, tables);
  if (n == m) return pairSum<T>(x, y, n, shift, exponent(args)) / <f64>n;
  return merge<T, T>(args, l, x, 0, y, 0, shift);
}

function compareOrders<T>(args: usize, l: i32, memory: usize, shift: f64, moments: usize): f64 {
  const n = count(args, 3);
  const m = count(args, 4);
  const bytesX = <usize>padded(n) << 3;
  const bytesY = <usize>padded(m) << 3;
  const tables = memory + 64;
  const x = tables + tableBytes;
  const y = x + bytesX;
  const recordsX = y + bytesY;
  const recordsY = recordsX + bytesX;
  const row = recordsY + bytesY;
  const buffer = row + max(bytesX, bytesY);
  projections<T>(args, word(args, 5), n, l, row, memory);
  if (moments != 0) store<f64>(moments, secondMoment<T>(row, n, word(args, 9)));
  sortOrder<T>(row, n, load<f64>(memory), load<f64>(memory, 8), x, recordsX, buffer, tables);
  projections<T>(args, word(args, 6), m, l, row, memory);
  if (moments != 0) {
    store<f64>(moments + (<usize>count(args, 0) << 3), secondMoment<T>(row, m, word(args, 10)));
  }
  sortOrder<T>(row, m, load<f64>(memory), load<f64>(memory, 8), y, recordsY, buffer, tables);
  return merge<f64, T>(args, l, x, recordsX, y, recordsY, shift);
}

// @ts-ignore: decorator
@inline
function compare<T>(args: usize, chunk: i32, memory: usize): void {
  const directions = count(args, 0);
  const begin = chunk * count(args, 1);
  const end = min(begin + count(args, 1), directions);
  const ordered = count(args, 21) != 0;
  for (let l = begin; l < end; l++) {
    const at = <usize>l << 3;
    const shift = word(args, 8) == 0 ? 0 : load<f64>(word(args, 8) + at);
    const moments = word(args, 12) == 0 ? 0 : word(args, 12) + at;
    const value = ordered
      ? compareOrders<T>(args, l, memory, shift, moments)
      : compareValues<T>(args, l, memory, shift, moments);
    store<f64>(word(args, 11) + at, value);
  }
}

/** Projects two clouds on directions, and compares the projections; see the argument words. */
export function slice(args: usize, chunk: i32, scratch: usize): void {
  const own = word(args, 18);
  const memory = own == 0 ? scratch : own + <usize>chunk * word(args, 19);
  if (count(args, 20) != 0) compare<f32>(args, chunk, memory);
  else compare<f64>(args, chunk, memory);
}
