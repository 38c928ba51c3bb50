import { offsetAt } from "./axes";

// Argument words (byte addresses and byte strides):
//  0 x  1 out  2 units  3 units per chunk
//  4 length of the searched axis  5 its stride
//  6 columns, which lie together in x  7 columns per block, at most WIDEST  8 their stride in out
//  9 1 for the least element, 0 for the greatest
// 10 table of the outer axes (x and out strides)
// A unit is a block of columns at one position of the outer axes.

const WIDEST = 512;

// Lanes to flip before looking for the greatest, so that it is the least:
// the sign of a float, every bit of an integer.
function flipOf<T>(least: i32): v128 {
  if (least === 0) return v128.splat<i64>(0);
  if (!isFloat<T>()) return v128.splat<i64>(-1);
  return sizeof<T>() === 4 ? v128.splat<i32>(1 << 31) : v128.splat<i64>(1 << 63);
}

// The lowest lane of a comparison that is true, in bits as `bitmask` counts them.
function firstLane<T>(mask: v128): i32 {
  if (sizeof<T>() === 1) return ctz(v128.bitmask<i8>(mask));
  if (sizeof<T>() === 4) return ctz(v128.bitmask<i32>(mask));
  return ctz(v128.bitmask<i64>(mask));
}

// Contiguous elements: the greatest first, then its place, both by vectors.
function indexInRun<T>(x: usize, length: i32, least: i32, scratch: usize): i32 {
  const lanes: i32 = 16 / sizeof<T>();
  if (length < lanes) return indexInSteps<T>(x, length, sizeof<T>(), least);
  const flip = flipOf<T>(least);
  const last = x + (length - lanes) * sizeof<T>();
  let best = v128.xor(v128.load(last), flip);
  let best2 = best;
  let nan = best;
  if (isFloat<T>()) nan = v128.ne<T>(best, best);
  let p = x;
  for (; p + 16 <= last; p += 32) {
    const v = v128.xor(v128.load(p), flip);
    const w = v128.xor(v128.load(p, 16), flip);
    if (isFloat<T>()) {
      best = v128.pmax<T>(best, v);
      best2 = v128.pmax<T>(best2, w);
      nan = v128.or(nan, v128.or(v128.ne<T>(v, v), v128.ne<T>(w, w)));
    } else {
      best = v128.max<T>(best, v);
      best2 = v128.max<T>(best2, w);
    }
  }
  if (p < last) {
    const v = v128.xor(v128.load(p), flip);
    if (isFloat<T>()) {
      best = v128.pmax<T>(best, v);
      nan = v128.or(nan, v128.ne<T>(v, v));
    } else {
      best = v128.max<T>(best, v);
    }
  }
  const search = isFloat<T>() && v128.any_true(nan);
  v128.store(scratch, isFloat<T>() ? v128.pmax<T>(best, best2) : v128.max<T>(best, best2));
  let greatest = load<T>(scratch);
  for (let lane = 1; lane < lanes; lane++) {
    greatest = max<T>(greatest, load<T>(scratch + lane * sizeof<T>()));
  }
  const target = v128.splat<T>(greatest);
  let hit = v128.splat<i64>(0);
  for (p = x - 16; !v128.any_true(hit); ) {
    p = min(p + 16, last);
    const v = v128.xor(v128.load(p), flip);
    hit = search ? v128.ne<T>(v, v) : v128.eq<T>(v, target);
  }
  return <i32>(p - x) / sizeof<T>() + firstLane<T>(hit);
}

// Elements at any step, one after the other.
function indexInSteps<T>(x: usize, length: i32, step: i32, least: i32): i32 {
  let best = load<T>(x);
  let index = 0;
  for (let i = 1; i < length; i++) {
    if (isFloat<T>() && best !== best) break;
    x += step;
    const v = load<T>(x);
    // Written with "not" so that NaN is taken.
    if (!(least !== 0 ? v >= best : v <= best)) {
      best = v;
      index = i;
    }
  }
  return index;
}

// Neighbouring columns, row after row; scratch memory holds the best so far and its row.
function indexInColumns<T>(
  x: usize,
  length: i32,
  step: i32,
  least: i32,
  width: i32,
  scratch: usize,
  out: usize,
  outColumn: i32,
): void {
  const size: i32 = sizeof<T>();
  const lanes = 16 / size;
  // Lanes that count rows are as wide as those of x, where vectors are used.
  const wide: i32 = size === 8 ? 8 : 4;
  const places = scratch + WIDEST * 8;
  memory.copy(scratch, x, width * size);
  memory.fill(places, 0, width * wide);
  for (let i = 1; i < length; i++) {
    x += step;
    let c = 0;
    if (size >= 4) {
      const row = size === 4 ? v128.splat<i32>(i) : v128.splat<i64>(i);
      for (; c <= width - lanes; c += lanes) {
        const at = c * size;
        const v = v128.load(x + at);
        const best = v128.load(scratch + at);
        let keep = least !== 0 ? v128.ge<T>(v, best) : v128.le<T>(v, best);
        if (isFloat<T>()) keep = v128.or(keep, v128.ne<T>(best, best));
        v128.store(scratch + at, v128.bitselect(best, v, keep));
        v128.store(places + at, v128.bitselect(v128.load(places + at), row, keep));
      }
    }
    for (; c < width; c++) {
      const v = load<T>(x + c * size);
      const best = load<T>(scratch + c * size);
      if (isFloat<T>() && best !== best) continue;
      if (least !== 0 ? v >= best : v <= best) continue;
      store<T>(scratch + c * size, v);
      store<i32>(places + c * wide, i);
    }
  }
  for (let c = 0; c < width; c++) store<i32>(out + c * outColumn, load<i32>(places + c * wide));
}

function searchUnits<T>(args: usize, chunk: i32, scratch: usize): void {
  const length = load<i32>(args, 16);
  const step = load<i32>(args, 20);
  const columns = load<i32>(args, 24);
  const columnBlock = load<i32>(args, 28);
  const outColumn = load<i32>(args, 32);
  const least = load<i32>(args, 36);
  const blocks = (columns + columnBlock - 1) / columnBlock;
  const begin = chunk * load<i32>(args, 12);
  const end = min(begin + load<i32>(args, 12), load<i32>(args, 8));
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / blocks;
    const first = (unit - outer * blocks) * columnBlock;
    const width = min(columns - first, columnBlock);
    const x = load<usize>(args) + offsetAt(args + 40, 2, 0, outer) + first * sizeof<T>();
    const out = load<usize>(args, 4) + offsetAt(args + 40, 2, 1, outer) + first * outColumn;
    if (width > 1) indexInColumns<T>(x, length, step, least, width, scratch, out, outColumn);
    else if (step === sizeof<T>()) store<i32>(out, indexInRun<T>(x, length, least, scratch));
    else store<i32>(out, indexInSteps<T>(x, length, step, least));
  }
}

export function argReduce_f32(args: usize, chunk: i32, scratch: usize): void {
  searchUnits<f32>(args, chunk, scratch);
}

export function argReduce_f64(args: usize, chunk: i32, scratch: usize): void {
  searchUnits<f64>(args, chunk, scratch);
}

export function argReduce_i32(args: usize, chunk: i32, scratch: usize): void {
  searchUnits<i32>(args, chunk, scratch);
}

export function argReduce_u32(args: usize, chunk: i32, scratch: usize): void {
  searchUnits<u32>(args, chunk, scratch);
}

export function argReduce_u8(args: usize, chunk: i32, scratch: usize): void {
  searchUnits<u8>(args, chunk, scratch);
}
