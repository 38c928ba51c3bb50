import { offsetAt } from "./axes";
import { copyRun } from "./run";

// Argument words (byte addresses and byte strides):
//  0 source  1 destination  2 units  3 units per chunk
//  4 rows  5 columns  6 rows per block  7 columns per block
//  8 source row stride  9 source column stride  10 destination row stride  11 destination column stride
// 12 13 the element to fill with when the source is 0
// 14 table of the outer axes (source and destination strides)
// A unit is one block of one inner matrix.

// The general block: one element at a time.
function copyElements<T>(
  to: usize,
  from: usize,
  rows: i32,
  columns: i32,
  fromRow: i32,
  fromColumn: i32,
  toRow: i32,
  toColumn: i32,
): void {
  for (let r = 0; r < rows; r++) {
    let p = from + r * fromRow;
    let q = to + r * toRow;
    for (let c = 0; c < columns; c++) {
      store<T>(q, load<T>(p));
      p += fromColumn;
      q += toColumn;
    }
  }
}

// A block whose source is contiguous along rows and whose destination is contiguous along columns.
// It is turned in scratch memory, so that both sides are read and written in whole cache lines
// even where a large power of two as the stride sends all of them to the same cache set.
function copyTransposed<T>(
  to: usize,
  from: usize,
  rows: i32,
  columns: i32,
  fromColumn: i32,
  toRow: i32,
  scratch: usize,
): void {
  const lanes: i32 = 16 / sizeof<T>();
  const pitch = <usize>(columns * sizeof<T>() + 16);
  const vectorRows = rows & -lanes;
  const vectorColumns = columns & -lanes;
  for (let c = 0; c < vectorColumns; c += lanes) {
    let p = from + c * fromColumn;
    let q = scratch + c * sizeof<T>();
    for (let r = 0; r < vectorRows; r += lanes) {
      if (sizeof<T>() === 8) {
        const a = v128.load(p);
        const b = v128.load(p + fromColumn);
        v128.store(q, v128.shuffle<i64>(a, b, 0, 2));
        v128.store(q + pitch, v128.shuffle<i64>(a, b, 1, 3));
      } else {
        const a = v128.load(p);
        const b = v128.load(p + fromColumn);
        const d = v128.load(p + 2 * fromColumn);
        const e = v128.load(p + 3 * fromColumn);
        const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
        const cd = v128.shuffle<i32>(d, e, 0, 4, 1, 5);
        const ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
        const cd2 = v128.shuffle<i32>(d, e, 2, 6, 3, 7);
        v128.store(q, v128.shuffle<i64>(ab, cd, 0, 2));
        v128.store(q + pitch, v128.shuffle<i64>(ab, cd, 1, 3));
        v128.store(q + 2 * pitch, v128.shuffle<i64>(ab2, cd2, 0, 2));
        v128.store(q + 3 * pitch, v128.shuffle<i64>(ab2, cd2, 1, 3));
      }
      p += 16;
      q += <usize>lanes * pitch;
    }
  }
  for (let r = 0; r < vectorRows; r++)
    copyRun(to + r * toRow, scratch + <usize>r * pitch, vectorColumns * sizeof<T>());
  // What is left: a strip of columns beside the turned part and a strip of rows below it.
  const right = columns - vectorColumns;
  if (right !== 0) {
    copyElements<T>(
      to + vectorColumns * sizeof<T>(),
      from + vectorColumns * fromColumn,
      vectorRows,
      right,
      sizeof<T>(),
      fromColumn,
      toRow,
      sizeof<T>(),
    );
  }
  const below = rows - vectorRows;
  if (below !== 0) {
    copyElements<T>(
      to + vectorRows * toRow,
      from + vectorRows * sizeof<T>(),
      below,
      columns,
      sizeof<T>(),
      fromColumn,
      toRow,
      sizeof<T>(),
    );
  }
}

// Repeats one element `count` times.
function repeat<T>(to: usize, from: usize, count: i32): void {
  const value = load<T>(from);
  const vector = v128.splat<T>(value);
  const lanes: i32 = 16 / sizeof<T>();
  let c = 0;
  for (; c <= count - lanes; c += lanes) v128.store(to + c * sizeof<T>(), vector);
  for (; c < count; c++) store<T>(to + c * sizeof<T>(), value);
}

function copyUnits<T>(args: usize, chunk: i32, scratch: usize): void {
  const source = load<usize>(args) || args + 48;
  const destination = load<usize>(args, 4);
  const rows = load<i32>(args, 16);
  const columns = load<i32>(args, 20);
  const rowBlock = load<i32>(args, 24);
  const columnBlock = load<i32>(args, 28);
  const fromRow = load<i32>(args, 32);
  const fromColumn = load<i32>(args, 36);
  const toRow = load<i32>(args, 40);
  const toColumn = load<i32>(args, 44);
  const rowBlocks = (rows + rowBlock - 1) / rowBlock;
  const columnBlocks = (columns + columnBlock - 1) / columnBlock;
  const begin = chunk * load<i32>(args, 12);
  const end = min(begin + load<i32>(args, 12), load<i32>(args, 8));
  const size: i32 = sizeof<T>();
  for (let unit = begin; unit < end; unit++) {
    let block = unit;
    let from = source;
    let to = destination;
    const c = (block % columnBlocks) * columnBlock;
    block /= columnBlocks;
    const r = (block % rowBlocks) * rowBlock;
    block /= rowBlocks;
    from += offsetAt(args + 56, 2, 0, block) + r * fromRow + c * fromColumn;
    to += offsetAt(args + 56, 2, 1, block) + r * toRow + c * toColumn;
    const height = min(rows - r, rowBlock);
    const width = min(columns - c, columnBlock);
    if (toColumn === size && fromColumn === size) {
      for (let i = 0; i < height; i++) copyRun(to + i * toRow, from + i * fromRow, width * size);
    } else if (toColumn === size && fromColumn === 0) {
      for (let i = 0; i < height; i++) repeat<T>(to + i * toRow, from + i * fromRow, width);
    } else if (size >= 4 && toColumn === size && fromRow === size) {
      copyTransposed<T>(to, from, height, width, fromColumn, toRow, scratch);
    } else {
      copyElements<T>(to, from, height, width, fromRow, fromColumn, toRow, toColumn);
    }
  }
}

export function copy_1(args: usize, chunk: i32, _scratch: usize): void {
  copyUnits<u8>(args, chunk, 0);
}

export function copy_4(args: usize, chunk: i32, scratch: usize): void {
  copyUnits<u32>(args, chunk, scratch);
}

export function copy_8(args: usize, chunk: i32, scratch: usize): void {
  copyUnits<u64>(args, chunk, scratch);
}
