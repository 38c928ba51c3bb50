import { offsetAt } from "./axes";

// Products in which one side is a few vectors: bound by the memory that the matrix is read from, so nothing of it
// is packed. Argument words as in gemm.ts.

function sum<T>(x: v128): T {
  if (sizeof<T>() == 4) {
    return <T>(
      (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) +
        (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3)))
    );
  }
  return <T>(f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1));
}

// Inner products of four rows with one vector.
function fourRows<T>(a: usize, row: usize, x: usize, k: i32, c: usize, cRow: usize): void {
  const lanes: i32 = 16 / sizeof<T>();
  let s0 = v128.splat<T>(0);
  let s1 = s0, s2 = s0, s3 = s0;
  let a1 = a + row, a2 = a1 + row, a3 = a2 + row;
  let p = k;
  for (; p >= 2 * lanes; p -= 2 * lanes) {
    let v = v128.load(x);
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a), v));
    s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a1), v));
    s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a2), v));
    s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a3), v));
    v = v128.load(x, 16);
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a, 16), v));
    s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a1, 16), v));
    s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a2, 16), v));
    s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a3, 16), v));
    x += 32;
    a += 32;
    a1 += 32;
    a2 += 32;
    a3 += 32;
  }
  let t0 = sum<T>(s0), t1 = sum<T>(s1), t2 = sum<T>(s2), t3 = sum<T>(s3);
  for (; p > 0; p--) {
    const v = load<T>(x);
    t0 += load<T>(a) * v;
    t1 += load<T>(a1) * v;
    t2 += load<T>(a2) * v;
    t3 += load<T>(a3) * v;
    x += sizeof<T>();
    a += sizeof<T>();
    a1 += sizeof<T>();
    a2 += sizeof<T>();
    a3 += sizeof<T>();
  }
  store<T>(c, t0);
  store<T>(c + cRow, t1);
  store<T>(c + 2 * cRow, t2);
  store<T>(c + 3 * cRow, t3);
}

// The inner product of one row with one vector.
function oneRow<T>(a: usize, x: usize, k: i32, c: usize): void {
  const lanes: i32 = 16 / sizeof<T>();
  let s0 = v128.splat<T>(0);
  let s1 = s0, s2 = s0, s3 = s0;
  let p = k;
  for (; p >= 4 * lanes; p -= 4 * lanes) {
    s0 = v128.add<T>(s0, v128.mul<T>(v128.load(a), v128.load(x)));
    s1 = v128.add<T>(s1, v128.mul<T>(v128.load(a, 16), v128.load(x, 16)));
    s2 = v128.add<T>(s2, v128.mul<T>(v128.load(a, 32), v128.load(x, 32)));
    s3 = v128.add<T>(s3, v128.mul<T>(v128.load(a, 48), v128.load(x, 48)));
    x += 64;
    a += 64;
  }
  let t = sum<T>(v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3)));
  for (; p > 0; p--) {
    t += load<T>(a) * load<T>(x);
    x += sizeof<T>();
    a += sizeof<T>();
  }
  store<T>(c, t);
}

// a is a matrix whose rows lie together, b a few columns. A unit is a block of rows in one slice of one batch.
@inline
function rows<T>(args: usize, chunk: i32, scratch: usize): void {
  const m = load<i32>(args, 12);
  const n = load<i32>(args, 16);
  const k = load<i32>(args, 20);
  const aRow = load<usize>(args, 24);
  const bInner = load<usize>(args, 32);
  const bColumn = load<usize>(args, 36);
  const cRow = load<usize>(args, 40);
  const cColumn = load<usize>(args, 44);
  const perChunk = load<i32>(args, 56);
  const unitRows = load<i32>(args, 60);
  const slice = load<i32>(args, 72);
  const rowBlocks = (m + unitRows - 1) / unitRows;
  const slices = (k + slice - 1) / slice;
  const end = min(chunk * perChunk + perChunk, load<i32>(args, 52));
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const rest = unit / rowBlocks;
    const top = (unit - rest * rowBlocks) * unitRows;
    const bottom = min(top + unitRows, m);
    const batch = rest / slices;
    const s = rest - batch * slices;
    const start = s * slice;
    const steps = min(slice, k - start);
    const a =
      load<usize>(args) + offsetAt(args + 92, 2, 0, batch) + <usize>start * sizeof<T>();
    let x = load<usize>(args, 4) + offsetAt(args + 92, 2, 1, batch) + start * bInner;
    let xColumn = bColumn;
    if (bInner != sizeof<T>()) {
      xColumn = <usize>steps * sizeof<T>();
      for (let j = 0; j < n; j++) {
        let p = x + j * bColumn;
        let q = scratch + j * xColumn;
        for (let i = 0; i < steps; i++) {
          store<T>(q, load<T>(p));
          p += bInner;
          q += sizeof<T>();
        }
      }
      x = scratch;
    }
    const c = load<usize>(args, 8) + (s * load<i32>(args, 76) + batch) * load<i32>(args, 48);
    let i = top;
    for (; i <= bottom - 4; i += 4) {
      for (let j = 0; j < n; j++)
        fourRows<T>(a + i * aRow, aRow, x + j * xColumn, steps, c + i * cRow + j * cColumn, cRow);
    }
    for (; i < bottom; i++) {
      for (let j = 0; j < n; j++)
        oneRow<T>(a + i * aRow, x + j * xColumn, steps, c + i * cRow + j * cColumn);
    }
  }
}

// Adds x0 … x3 times four rows of b to y.
function fourSteps<T>(
  x: usize, xInner: usize, b: usize, inner: usize, y: usize, columns: i32, begin: bool,
): void {
  const size: i32 = sizeof<T>();
  const f0 = load<T>(x), f1 = load<T>(x + xInner), f2 = load<T>(x + 2 * xInner), f3 = load<T>(x + 3 * xInner);
  const x0 = v128.splat<T>(f0), x1 = v128.splat<T>(f1), x2 = v128.splat<T>(f2), x3 = v128.splat<T>(f3);
  const b1 = b + inner, b2 = b1 + inner, b3 = b2 + inner;
  const bytes = columns * size;
  let j = 0;
  for (; j <= bytes - 16; j += 16) {
    let t = v128.mul<T>(v128.load(b + j), x0);
    t = v128.add<T>(t, v128.mul<T>(v128.load(b1 + j), x1));
    t = v128.add<T>(t, v128.mul<T>(v128.load(b2 + j), x2));
    t = v128.add<T>(t, v128.mul<T>(v128.load(b3 + j), x3));
    v128.store(y + j, begin ? t : v128.add<T>(v128.load(y + j), t));
  }
  for (; j < bytes; j += size) {
    const t = load<T>(b + j) * f0 + load<T>(b1 + j) * f1 + load<T>(b2 + j) * f2 + load<T>(b3 + j) * f3;
    store<T>(y + j, begin ? t : load<T>(y + j) + t);
  }
}

// Adds x times one row of b to y.
function oneStep<T>(x: usize, b: usize, y: usize, columns: i32, begin: bool): void {
  const size: i32 = sizeof<T>();
  const f = load<T>(x);
  const v = v128.splat<T>(f);
  const bytes = columns * size;
  let j = 0;
  for (; j <= bytes - 16; j += 16) {
    const t = v128.mul<T>(v128.load(b + j), v);
    v128.store(y + j, begin ? t : v128.add<T>(v128.load(y + j), t));
  }
  for (; j < bytes; j += size) {
    const t = load<T>(b + j) * f;
    store<T>(y + j, begin ? t : load<T>(y + j) + t);
  }
}

// b is a matrix whose rows lie together, a a few rows. A unit is a block of columns in one slice of one batch.
@inline
function columns<T>(args: usize, chunk: i32): void {
  const m = load<i32>(args, 12);
  const n = load<i32>(args, 16);
  const k = load<i32>(args, 20);
  const aRow = load<usize>(args, 24);
  const aInner = load<usize>(args, 28);
  const bInner = load<usize>(args, 32);
  const cRow = load<usize>(args, 40);
  const perChunk = load<i32>(args, 56);
  const unitColumns = load<i32>(args, 64);
  const slice = load<i32>(args, 72);
  const columnBlocks = (n + unitColumns - 1) / unitColumns;
  const slices = (k + slice - 1) / slice;
  const end = min(chunk * perChunk + perChunk, load<i32>(args, 52));
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const rest = unit / columnBlocks;
    const left = (unit - rest * columnBlocks) * unitColumns;
    const width = min(unitColumns, n - left);
    const offset = <usize>left * sizeof<T>();
    const batch = rest / slices;
    const s = rest - batch * slices;
    const start = s * slice;
    const stop = min(start + slice, k);
    const a = load<usize>(args) + offsetAt(args + 92, 2, 0, batch);
    const b = load<usize>(args, 4) + offsetAt(args + 92, 2, 1, batch) + offset;
    const c =
      load<usize>(args, 8) + (s * load<i32>(args, 76) + batch) * load<i32>(args, 48) + offset;
    let p = start;
    for (; p <= stop - 4; p += 4) {
      for (let i = 0; i < m; i++)
        fourSteps<T>(
          a + i * aRow + p * aInner, aInner, b + p * bInner, bInner, c + i * cRow, width, p == start,
        );
    }
    for (; p < stop; p++) {
      for (let i = 0; i < m; i++)
        oneStep<T>(a + i * aRow + p * aInner, b + p * bInner, c + i * cRow, width, p == start);
    }
  }
}

// Argument words: 0 partial sums [slices][count]  1 sums [count]  2 count  3 slices  4 elements per chunk (whole vectors)
@inline
function combine<T>(args: usize, chunk: i32): void {
  const from = load<usize>(args);
  const to = load<usize>(args, 4);
  const bytes = load<i32>(args, 8) * sizeof<T>();
  const slices = load<i32>(args, 12);
  const perChunk = load<i32>(args, 16) * sizeof<T>();
  const end = min(chunk * perChunk + perChunk, bytes);
  let j = chunk * perChunk;
  for (; j <= end - 16; j += 16) {
    let p = from + j;
    let t = v128.load(p);
    for (let s = 1; s < slices; s++) {
      p += bytes;
      t = v128.add<T>(t, v128.load(p));
    }
    v128.store(to + j, t);
  }
  for (; j < end; j += sizeof<T>()) {
    let p = from + j;
    let t = load<T>(p);
    for (let s = 1; s < slices; s++) {
      p += bytes;
      t += load<T>(p);
    }
    store<T>(to + j, t);
  }
}

export function dot_rows_f32(args: usize, chunk: i32, scratch: usize): void {
  rows<f32>(args, chunk, scratch);
}

export function dot_rows_f64(args: usize, chunk: i32, scratch: usize): void {
  rows<f64>(args, chunk, scratch);
}

export function dot_columns_f32(args: usize, chunk: i32, _scratch: usize): void {
  columns<f32>(args, chunk);
}

export function dot_columns_f64(args: usize, chunk: i32, _scratch: usize): void {
  columns<f64>(args, chunk);
}

export function dot_combine_f32(args: usize, chunk: i32, _scratch: usize): void {
  combine<f32>(args, chunk);
}

export function dot_combine_f64(args: usize, chunk: i32, _scratch: usize): void {
  combine<f64>(args, chunk);
}
