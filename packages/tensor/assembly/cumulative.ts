import { offsetAt } from "./axes";

// Argument words (byte addresses and byte strides):
//  0 x  1 factors (recurrence only)  2 out  3 units  4 units per chunk
//  5 length of the scanned axis  6 its stride in x  7 in the factors  8 in out
//  9 columns  10 columns per block  11 their stride in x  12 in the factors  13 in out
// 14 operation
// 15 table of the outer axes (x, factor and out strides)
// A unit is a block of columns at one position of the outer axes. Every scan starts with y₀ = x₀.

const SUM = 0;
const PROD = 1;
const MAX = 2;
const MIN = 3;
// RECURRENCE = 4: y_i = a_i · y_{i−1} + x_i

function combine<T>(operation: i32, y: T, x: T, factor: usize): T {
  if (operation === SUM) return (y + x) as T;
  if (operation === MAX) return max<T>(y, x);
  if (operation === MIN) return min<T>(y, x);
  if (isFloat<T>() && operation !== PROD) return (load<T>(factor) * y + x) as T;
  return (y * x) as T;
}

function next<T, A>(operation: i32, y: A, from: usize, factor: usize, to: usize): A {
  const x = load<T>(from) as A;
  if (sizeof<A>() > sizeof<T>()) y = (y + x) as A;
  else y = combine<A>(operation, y, x, factor);
  store<T>(to, y as T);
  return y;
}

// Along one column, with the running value in a register of type A.
function scanColumn<T, A>(args: usize, from: usize, factor: usize, to: usize): void {
  const operation = load<i32>(args, 56);
  const step = load<i32>(args, 24);
  const factorStep = load<i32>(args, 28);
  const outStep = load<i32>(args, 32);
  let y = load<T>(from) as A;
  store<T>(to, y as T);
  for (let i = load<i32>(args, 20); i > 1; i--) {
    from += step;
    factor += factorStep;
    to += outStep;
    y = next<T, A>(operation, y, from, factor, to);
  }
}

// Along four columns at once, so that their steps overlap.
function scanFourColumns<T, A>(args: usize, from: usize, factor: usize, to: usize): void {
  const operation = load<i32>(args, 56);
  const step = load<i32>(args, 24);
  const factorStep = load<i32>(args, 28);
  const outStep = load<i32>(args, 32);
  const f = load<i32>(args, 44);
  const a = load<i32>(args, 48);
  const t = load<i32>(args, 52);
  let y0 = load<T>(from) as A;
  let y1 = load<T>(from + f) as A;
  let y2 = load<T>(from + 2 * f) as A;
  let y3 = load<T>(from + 3 * f) as A;
  store<T>(to, y0 as T);
  store<T>(to + t, y1 as T);
  store<T>(to + 2 * t, y2 as T);
  store<T>(to + 3 * t, y3 as T);
  for (let i = load<i32>(args, 20); i > 1; i--) {
    from += step;
    factor += factorStep;
    to += outStep;
    y0 = next<T, A>(operation, y0, from, factor, to);
    y1 = next<T, A>(operation, y1, from + f, factor + a, to + t);
    y2 = next<T, A>(operation, y2, from + 2 * f, factor + 2 * a, to + 2 * t);
    y3 = next<T, A>(operation, y3, from + 3 * f, factor + 3 * a, to + 3 * t);
  }
}

function combineVector<T>(operation: i32, y: v128, x: v128, factor: usize): v128 {
  if (operation === SUM) return v128.add<T>(y, x);
  if (operation === MAX) return v128.max<T>(y, x);
  if (operation === MIN) return v128.min<T>(y, x);
  if (isFloat<T>() && operation !== PROD) return v128.add<T>(v128.mul<T>(v128.load(factor), y), x);
  return v128.mul<T>(y, x);
}

// One step of all columns of a block: the running values are the row of the output before this one.
function stepRow<T>(args: usize, from: usize, factor: usize, to: usize, width: i32): void {
  const operation = load<i32>(args, 56);
  const column = load<i32>(args, 44);
  const factorColumn = load<i32>(args, 48);
  const before = to - load<i32>(args, 32);
  const size: i32 = sizeof<T>();
  const lanes = 16 / size;
  let c = 0;
  if (column === size && (operation <= MIN || factorColumn === size)) {
    for (; c <= width - lanes; c += lanes) {
      const at = c * size;
      const x = v128.load(from + at);
      v128.store(to + at, combineVector<T>(operation, v128.load(before + at), x, factor + at));
    }
  }
  for (; c < width; c++) {
    const y = load<T>(before + c * size);
    const x = load<T>(from + c * column);
    store<T>(to + c * size, combine<T>(operation, y, x, factor + c * factorColumn));
  }
}

// One step of a running sum of f32 columns; `sums` holds the running values as f64.
function stepSums(from: usize, to: usize, sums: usize, column: i32, width: i32): void {
  let c = 0;
  if (column === 4) {
    for (; c <= width - 4; c += 4) {
      const at = sums + c * 8;
      const x = v128.load(from + c * 4);
      const low = f64x2.add(v128.load(at), f64x2.promote_low_f32x4(x));
      const high = f64x2.add(
        v128.load(at, 16),
        f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1)),
      );
      v128.store(at, low);
      v128.store(at, high, 16);
      v128.store(
        to + c * 4,
        v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2),
      );
    }
  }
  for (; c < width; c++) {
    const y = load<f64>(sums + c * 8) + (load<f32>(from + c * column) as f64);
    store<f64>(sums + c * 8, y);
    store<f32>(to + c * 4, y as f32);
  }
}

function scanUnits<T, A>(args: usize, chunk: i32, scratch: usize): void {
  const length = load<i32>(args, 20);
  const step = load<i32>(args, 24);
  const factorStep = load<i32>(args, 28);
  const outStep = load<i32>(args, 32);
  const columns = load<i32>(args, 36);
  const columnBlock = load<i32>(args, 40);
  const column = load<i32>(args, 44);
  const factorColumn = load<i32>(args, 48);
  const outColumn = load<i32>(args, 52);
  const blocks = (columns + columnBlock - 1) / columnBlock;
  const begin = chunk * load<i32>(args, 16);
  const end = min(begin + load<i32>(args, 16), load<i32>(args, 12));
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / blocks;
    const first = (unit - outer * blocks) * columnBlock;
    const width = min(columns - first, columnBlock);
    let from = load<usize>(args) + offsetAt(args + 60, 3, 0, outer) + first * column;
    let factor = load<usize>(args, 4) + offsetAt(args + 60, 3, 1, outer) + first * factorColumn;
    let to = load<usize>(args, 8) + offsetAt(args + 60, 3, 2, outer) + first * outColumn;
    if (outColumn !== sizeof<T>() || width * sizeof<T>() < 16) {
      if (width === 4) scanFourColumns<T, A>(args, from, factor, to);
      else {
        for (let c = 0; c < width; c++)
          scanColumn<T, A>(args, from + c * column, factor + c * factorColumn, to + c * outColumn);
      }
      continue;
    }
    if (sizeof<A>() > sizeof<T>()) {
      // −0 is the zero that leaves a first element of −0 as it is.
      for (let c = 0; c < width; c++) store<f64>(scratch + c * 8, -0.0);
    }
    for (let i = 0; i < length; i++) {
      if (sizeof<A>() > sizeof<T>()) {
        stepSums(from, to, scratch, column, width);
      } else if (i === 0) {
        for (let c = 0; c < width; c++) store<T>(to + c * sizeof<T>(), load<T>(from + c * column));
      } else {
        stepRow<T>(args, from, factor, to, width);
      }
      from += step;
      factor += factorStep;
      to += outStep;
    }
  }
}

// Running sums of f32 are kept in f64.
export function scanSum_f32(args: usize, chunk: i32, scratch: usize): void {
  scanUnits<f32, f64>(args, chunk, scratch);
}

export function scan_f32(args: usize, chunk: i32, scratch: usize): void {
  scanUnits<f32, f32>(args, chunk, scratch);
}

export function scan_f64(args: usize, chunk: i32, scratch: usize): void {
  scanUnits<f64, f64>(args, chunk, scratch);
}

export function scan_i32(args: usize, chunk: i32, scratch: usize): void {
  scanUnits<i32, i32>(args, chunk, scratch);
}

export function scan_u32(args: usize, chunk: i32, scratch: usize): void {
  scanUnits<u32, u32>(args, chunk, scratch);
}
