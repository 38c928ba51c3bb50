import { offsetAt } from "./axes";
import { copyRun } from "./run";

// gather. Argument words (byte addresses and byte strides):
//  0 x  1 indices  2 out  3 rows of the output  4 rows per chunk
//  5 inner rows  6 their stride in x  7 their stride in the indices
//  8 columns  9 their stride in x
// 10 length of the gathered axis  11 its stride in x  12 all ones if indices are signed, else 0
// 13 table of the outer axes (x and index strides)

function gatherRows<T>(args: usize, chunk: i32): void {
  const inner = load<i32>(args, 20);
  const xInner = load<i32>(args, 24);
  const indexInner = load<i32>(args, 28);
  const columns = load<i32>(args, 32);
  const xColumn = load<i32>(args, 36);
  const last = load<i32>(args, 40) - 1;
  const step = load<i32>(args, 44);
  const signed = load<i32>(args, 48);
  const size: i32 = sizeof<T>();
  const bytes = columns * size;
  let row = chunk * load<i32>(args, 16);
  const end = min(row + load<i32>(args, 16), load<i32>(args, 12));
  let to = load<usize>(args, 8) + row * bytes;
  while (row < end) {
    const outer = row / inner;
    const i = row - outer * inner;
    const stop = min(inner, i + end - row);
    let from = load<usize>(args) + offsetAt(args + 52, 2, 0, outer) + i * xInner;
    let index = load<usize>(args, 4) + offsetAt(args + 52, 2, 1, outer) + i * indexInner;
    row += stop - i;
    if (columns === 1) {
      for (let j = stop - i; j > 0; j--) {
        let k = load<i32>(index);
        k &= ~((k >> 31) & signed);
        store<T>(to, load<T>(from + <i32>min<u32>(k, last) * step));
        to += size;
        from += xInner;
        index += indexInner;
      }
      continue;
    }
    for (let j = stop - i; j > 0; j--) {
      let k = load<i32>(index);
      k &= ~((k >> 31) & signed);
      const p = from + <i32>min<u32>(k, last) * step;
      if (xColumn === size) {
        copyRun(to, p, bytes);
      } else {
        for (let c = 0; c < columns; c++) store<T>(to + c * size, load<T>(p + c * xColumn));
      }
      to += bytes;
      from += xInner;
      index += indexInner;
    }
  }
}

export function gather_1(args: usize, chunk: i32, _scratch: usize): void {
  gatherRows<u8>(args, chunk);
}

export function gather_4(args: usize, chunk: i32, _scratch: usize): void {
  gatherRows<u32>(args, chunk);
}

export function gather_8(args: usize, chunk: i32, _scratch: usize): void {
  gatherRows<u64>(args, chunk);
}

// scatterAdd. Argument words:
//  0 updates  1 indices  2 out  3 units  4 units per chunk
//  5 columns  6 columns per block  7 their stride in the updates
//  8 length of the scattered axis  9 its stride in out  10 whether out is to be cleared first
// 11 outer steps along the index axes  12 inner steps  13 their stride in the updates  14 and in the indices
// 15 offset of a second table: the outer index axes (update and index strides)
// 16 table of the outer axes (update, index and out strides)
// A unit is a block of columns at one position of the outer axes: all that is added to one of its
// elements is added by one thread, in the order of the indices.

function addRun<T>(to: usize, from: usize, columns: i32, step: i32): void {
  const lanes: i32 = 16 / sizeof<T>();
  if (columns === 1) {
    store<T>(to, load<T>(to) + load<T>(from));
    return;
  }
  let c = 0;
  if (step === sizeof<T>()) {
    for (; c <= columns - lanes; c += lanes) {
      const at = to + c * sizeof<T>();
      v128.store(at, v128.add<T>(v128.load(at), v128.load(from + c * sizeof<T>())));
    }
  }
  for (; c < columns; c++) {
    const at = to + c * sizeof<T>();
    store<T>(at, load<T>(at) + load<T>(from + c * step));
  }
}

function scatterUnits<T>(args: usize, chunk: i32): void {
  const columns = load<i32>(args, 20);
  const columnBlock = load<i32>(args, 24);
  const columnStep = load<i32>(args, 28);
  const length = load<i32>(args, 32);
  const step = load<i32>(args, 36);
  const outerSteps = load<i32>(args, 44);
  const innerSteps = load<i32>(args, 48);
  const fromInner = load<i32>(args, 52);
  const indexInner = load<i32>(args, 56);
  const table = args + load<usize>(args, 60);
  const blocks = (columns + columnBlock - 1) / columnBlock;
  const begin = chunk * load<i32>(args, 16);
  const end = min(begin + load<i32>(args, 16), load<i32>(args, 12));
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / blocks;
    const c = (unit - outer * blocks) * columnBlock;
    const width = min(columns - c, columnBlock);
    const source = load<usize>(args) + offsetAt(args + 64, 3, 0, outer) + c * columnStep;
    const indices = load<usize>(args, 4) + offsetAt(args + 64, 3, 1, outer);
    const out = load<usize>(args, 8) + offsetAt(args + 64, 3, 2, outer) + c * sizeof<T>();
    if (load<i32>(args, 40)) {
      const bytes = width * sizeof<T>();
      if (step === bytes) memory.fill(out, 0, length * bytes);
      else for (let k = 0; k < length; k++) memory.fill(out + k * step, 0, bytes);
    }
    for (let o = 0; o < outerSteps; o++) {
      let from = source + offsetAt(table, 2, 0, o);
      let index = indices + offsetAt(table, 2, 1, o);
      for (let i = 0; i < innerSteps; i++) {
        const k = load<u32>(index);
        // A negative index is a large unsigned number: out of range as well.
        if (k < <u32>length) addRun<T>(out + k * step, from, width, columnStep);
        from += fromInner;
        index += indexInner;
      }
    }
  }
}

export function scatterAdd_f32(args: usize, chunk: i32, _scratch: usize): void {
  scatterUnits<f32>(args, chunk);
}

export function scatterAdd_f64(args: usize, chunk: i32, _scratch: usize): void {
  scatterUnits<f64>(args, chunk);
}

export function scatterAdd_i32(args: usize, chunk: i32, _scratch: usize): void {
  scatterUnits<i32>(args, chunk);
}
