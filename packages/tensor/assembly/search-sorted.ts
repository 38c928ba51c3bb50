import { offsetAt } from "./axes";

// Argument words:
//  0 sorted  1 queries  2 out  3 n  4 m  5 sorted stride in bytes  6 query stride in bytes
//  7 rows  8 rows per chunk  9 pieces of each row  10 queries per piece
//  11 1 to come after equals, else 0  12 dtype  13 axis table of the rows (sorted, queries)
// Either several rows make a chunk, or several chunks (pieces) make a row.

@inline
function isBefore<T>(p: usize, query: T, after: bool): bool {
  const value = load<T>(p);
  return after ? value <= query : value < query;
}

// Everything before `low` goes before the query, and the answer is in low … low + length.
// The number of steps depends on n alone, and no branch on the elements.
@inline
function placeOf<T>(sorted: usize, stride: i32, n: i32, query: T, after: bool): i32 {
  let low = 0;
  for (let length = n; length > 0; ) {
    const half = (length + 1) >>> 1;
    const before = isBefore<T>(sorted + (low + half - 1) * stride, query, after);
    low = select(low + half, low, before);
    length -= half;
  }
  return low;
}

// Four searches at once, since each step of one waits for the step before; contiguous elements.
@inline
function fourPlaces<T>(sorted: usize, n: i32, queries: usize, step: i32, after: bool): v128 {
  const a = load<T>(queries);
  const b = load<T>(queries + step);
  const c = load<T>(queries + 2 * step);
  const d = load<T>(queries + 3 * step);
  let p = sorted;
  let q = sorted;
  let r = sorted;
  let s = sorted;
  for (let length = n; length > 0; ) {
    const half = ((<usize>length + 1) >>> 1) * sizeof<T>();
    const last = half - sizeof<T>();
    p = select<usize>(p + half, p, isBefore<T>(p + last, a, after));
    q = select<usize>(q + half, q, isBefore<T>(q + last, b, after));
    r = select<usize>(r + half, r, isBefore<T>(r + last, c, after));
    s = select<usize>(s + half, s, isBefore<T>(s + last, d, after));
    length >>>= 1;
  }
  const ends = i32x4(<i32>p, <i32>q, <i32>r, <i32>s);
  return i32x4.shr_u(
    i32x4.sub(ends, i32x4.splat(<i32>sorted)),
    sizeof<T>() == 8 ? 3 : sizeof<T>() == 4 ? 2 : 0,
  );
}

@inline
function search<T>(
  sorted: usize, stride: i32, n: i32, queries: usize, step: i32, count: i32, out: usize, after: bool,
): void {
  let i = 0;
  if (stride == sizeof<T>()) {
    for (; i < count - 3; i += 4) {
      v128.store(
        out + ((<usize>i) << 2), fourPlaces<T>(sorted, n, queries + i * step, step, after),
      );
    }
  }
  for (; i < count; i++) {
    const query = load<T>(queries + i * step);
    store<i32>(out + ((<usize>i) << 2), placeOf<T>(sorted, stride, n, query, after));
  }
  if (!isFloat<T>()) return;
  // NaN comes after everything else and is equal to itself; it found its way by comparisons that are all false.
  for (i = 0; i < count; i++) {
    const query = load<T>(queries + i * step);
    if (query == query) continue;
    const place = after ? n : placeOf<T>(sorted, stride, n, <T>Infinity, true);
    store<i32>(out + ((<usize>i) << 2), place);
  }
}

@inline
function searchSide<T>(
  sorted: usize, stride: i32, n: i32, queries: usize, step: i32, count: i32, out: usize, after: bool,
): void {
  if (after) search<T>(sorted, stride, n, queries, step, count, out, true);
  else search<T>(sorted, stride, n, queries, step, count, out, false);
}

export function search_sorted(args: usize, chunk: i32, _scratch: usize): void {
  const n = load<i32>(args, 12);
  const m = load<i32>(args, 16);
  const stride = load<i32>(args, 20);
  const step = load<i32>(args, 24);
  const pieces = load<i32>(args, 36);
  const after = load<i32>(args, 44) != 0;
  const type = load<i32>(args, 48);
  const begin = (chunk / pieces) * load<i32>(args, 32);
  const end = min(begin + load<i32>(args, 32), load<i32>(args, 28));
  const first = (chunk % pieces) * load<i32>(args, 40);
  const count = min(load<i32>(args, 40), m - first);
  for (let row = begin; row < end; row++) {
    const sorted = load<usize>(args) + offsetAt(args + 52, 2, 0, row);
    const queries = load<usize>(args, 4) + offsetAt(args + 52, 2, 1, row) + first * step;
    const out = load<usize>(args, 8) + ((<usize>row * m + first) << 2);
    if (type == 0) searchSide<f32>(sorted, stride, n, queries, step, count, out, after);
    else if (type == 1) searchSide<f64>(sorted, stride, n, queries, step, count, out, after);
    else if (type == 2) searchSide<i32>(sorted, stride, n, queries, step, count, out, after);
    else if (type == 3) searchSide<u32>(sorted, stride, n, queries, step, count, out, after);
    else searchSide<u8>(sorted, stride, n, queries, step, count, out, after);
  }
}
