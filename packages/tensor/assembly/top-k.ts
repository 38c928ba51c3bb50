import { offsetAt } from "./axes";
import { elementBytes, sortRow } from "./sort-records";
import { pickValues, writePositions } from "./sort-results";

// Argument words:
//  0 source, rows contiguous  1 values  2 positions  3 n  4 k  5 jobs  6 jobs per chunk  7 dtype
//  8 blocks of each row  9 names of the positions, [rows, n] i32, or 0  10 axis table of the rows
// A job is one block of a row, with k results of its own; a block has at least k elements.

/** Candidates that are ranked by comparing all pairs; with more of them the row is sorted. */
const mostCandidates: i32 = 256;

/** Rows up to this length are ranked whole. */
const fewElements: i32 = 64;

// The largest of each lane in four vectors, from `p` on.
@inline
function crest<T>(p: usize): v128 {
  return v128.pmax<T>(
    v128.pmax<T>(v128.load(p), v128.load(p, 16)),
    v128.pmax<T>(v128.load(p, 32), v128.load(p, 48)),
  );
}

// A number that at least k of the elements reach: each lane keeps the largest ⌈k / lanes⌉ of the elements,
// or of groups of four, that pass through it, and the bound is the least that is kept.
// With NaN in the row it means nothing.
@inline
function boundOf<T>(row: usize, end: usize, n: i32, k: i32, scratch: usize): T {
  const lanes: i32 = 16 / sizeof<T>();
  const least = v128.splat<T>(<T>-Infinity);
  let last = least;
  let p = row;
  if (k <= 4 * lanes && n >= 8 * k) {
    let a = least;
    let b = least;
    let c = least;
    for (; p + 64 <= end; p += 64) {
      let v = crest<T>(p);
      let w = v128.pmin<T>(v, a);
      a = v128.pmax<T>(a, v);
      v = v128.pmin<T>(w, b);
      b = v128.pmax<T>(b, w);
      w = v128.pmin<T>(v, c);
      c = v128.pmax<T>(c, v);
      last = v128.pmax<T>(last, w);
    }
    if (k <= lanes) last = a;
    else if (k <= 2 * lanes) last = b;
    else if (k <= 3 * lanes) last = c;
  } else {
    const depth = <usize>(((k + lanes - 1) / lanes) << 4);
    for (let i: usize = 0; i < depth; i += 16) v128.store(scratch + i, least);
    const group: usize = n >= 8 * k ? 64 : 16;
    const bottom = scratch + depth - 16;
    for (; p + group <= end; p += group) {
      let v = group == 64 ? crest<T>(p) : v128.load(p);
      if (!v128.any_true(v128.lt<T>(last, v))) continue;
      for (let q = scratch; q <= bottom; q += 16) {
        const held = v128.load(q);
        v128.store(q, v128.pmax<T>(held, v));
        v = v128.pmin<T>(v, held);
      }
      last = v128.load(bottom);
    }
  }
  v128.store(scratch, last);
  let bound = load<T>(scratch);
  for (let i: usize = sizeof<T>(); i < 16; i += sizeof<T>()) bound = min(bound, load<T>(scratch + i));
  return bound;
}

// A bit for each element of four vectors that is not below the bounds.
@inline
function notBelow<T>(p: usize, bounds: v128): i32 {
  const a = v128.lt<T>(v128.load(p), bounds);
  const b = v128.lt<T>(v128.load(p, 16), bounds);
  const c = v128.lt<T>(v128.load(p, 32), bounds);
  const d = v128.lt<T>(v128.load(p, 48), bounds);
  if (sizeof<T>() == 8) {
    const e = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
    const f = v128.shuffle<i32>(c, d, 0, 2, 4, 6);
    return i16x8.bitmask(i16x8.narrow_i32x4_s(e, f)) ^ 255;
  }
  const e = i16x8.narrow_i32x4_s(a, b);
  const f = i16x8.narrow_i32x4_s(c, d);
  return i8x16.bitmask(i8x16.narrow_i16x8_s(e, f)) ^ 65535;
}

// Keeps the element at `p` as candidate number `count`; false if it is NaN or one too many.
@inline
function keep<T>(row: usize, p: usize, count: i32, kept: usize, places: usize): bool {
  const value = load<T>(p);
  if (value != value || count == mostCandidates) return false;
  store<T>(kept + <usize>count * sizeof<T>(), value);
  store<u32>(places + ((<usize>count) << 2), <u32>((p - row) / sizeof<T>()));
  return true;
}

// Writes the k largest of `count` candidates in order, by counting for each how many are larger.
@inline
function rank<T>(
  kept: usize, places: usize, count: i32, k: i32, values: usize, positions: usize, taken: usize,
): void {
  const end = kept + <usize>count * sizeof<T>();
  v128.store(end, v128.splat<T>(<T>-Infinity));
  memory.fill(taken, 0, (<usize>count) << 2);
  for (let p = kept; p < end; p += sizeof<T>()) {
    const value = load<T>(p);
    let larger = i32x4.splat(0);
    for (let q = kept; q < end; q += 16) {
      larger = i32x4.sub(larger, v128.gt<T>(v128.load(q), v128.splat<T>(value)));
    }
    if (sizeof<T>() == 4) larger = i32x4.add(larger, v128.shuffle<i32>(larger, larger, 1, 0, 3, 2));
    let place = i32x4.extract_lane(larger, 0) + i32x4.extract_lane(larger, 2);
    // Equals have the same number above them and come in the order of their places.
    const entry = taken + ((<usize>place) << 2);
    const equals = load<i32>(entry);
    store<i32>(entry, equals + 1);
    place += equals;
    if (place < k) {
      store<T>(values + <usize>place * sizeof<T>(), value);
      store<u32>(positions + ((<usize>place) << 2), load<u32>(places));
    }
    places += 4;
  }
}

// The k largest of n elements for small k: what reaches the bound, ranked. Gives up (false) on NaN
// and on too many candidates, which ties can cause.
@inline
function selectLargest<T>(
  row: usize, n: i32, k: i32, values: usize, positions: usize, scratch: usize,
): bool {
  const lanes: i32 = 16 / sizeof<T>();
  const end = row + <usize>n * sizeof<T>();
  const bound: T = n > fewElements ? boundOf<T>(row, end, n, k, scratch) : <T>-Infinity;
  const bounds = v128.splat<T>(bound);
  const kept = scratch;
  const places = scratch + <usize>mostCandidates * sizeof<T>() + 16;
  let count = 0;
  let p = row;
  for (; p + 64 * sizeof<T>() <= end; p += 64 * sizeof<T>()) {
    // A bit for each of 64 elements: fewer mispredicted branches than a test for each vector.
    let hits: u64 = 0;
    for (let q: usize = 64 * sizeof<T>(); q > 0; ) {
      q -= 64;
      hits = (hits << (4 * lanes)) | <u64>notBelow<T>(p + q, bounds);
    }
    for (; hits; hits &= hits - 1) {
      if (!keep<T>(row, p + <usize>ctz(hits) * sizeof<T>(), count++, kept, places)) return false;
    }
  }
  for (; p < end; p += sizeof<T>()) {
    // Not ≥, which NaN would fail.
    if (!(load<T>(p) < bound) && !keep<T>(row, p, count++, kept, places)) return false;
  }
  rank<T>(kept, places, count, k, values, positions, places + ((<usize>mostCandidates) << 2));
  return true;
}

export function top_k(args: usize, chunk: i32, scratch: usize): void {
  const n = load<i32>(args, 12);
  const k = load<i32>(args, 16);
  const type = load<i32>(args, 28);
  const blocks = load<i32>(args, 32);
  const names = load<usize>(args, 36);
  const size = elementBytes(type);
  const begin = chunk * load<i32>(args, 24);
  const end = min(begin + load<i32>(args, 24), load<i32>(args, 20));
  for (let job = begin; job < end; job++) {
    const row = job / blocks;
    const first = <i32>((<u64>n * <u64>(job % blocks)) / <u64>blocks);
    const count = <i32>((<u64>n * <u64>(job % blocks + 1)) / <u64>blocks) - first;
    const source = load<usize>(args) + offsetAt(args + 40, 1, 0, row) + <usize>first * size;
    const at = <usize>job * <usize>k;
    const values = load<usize>(args, 4) + at * size;
    const positions = load<usize>(args, 8) + (at << 2);
    const few = count <= fewElements || (k <= 128 && 4 * k <= count);
    if (
      !(few && type == 0 && selectLargest<f32>(source, count, k, values, positions, scratch)) &&
      !(few && type == 1 && selectLargest<f64>(source, count, k, values, positions, scratch))
    ) {
      writePositions(type, sortRow(type, true, source, count, -1, scratch), k, positions);
      pickValues(type, source, positions, k, values);
    }
    if (blocks > 1 || names != 0) {
      for (let p = positions; p < positions + ((<usize>k) << 2); p += 4) {
        const position = load<i32>(p) + first;
        store<i32>(p, names ? load<i32>(names + ((<usize>row * n + position) << 2)) : position);
      }
    }
  }
}
