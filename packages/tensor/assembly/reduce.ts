// Reductions of what a fused program computes; see map-block.ts for the first argument words.
import { bindInputs, laneBytes, prepare, runBlock } from "./map-block";
import { fill } from "./map-loops";
import { step } from "./map-step";
import { combine, F64, finish, fold, laneAt, PROD } from "./reduce-fold";

// Words of a reduction, from the offset in word 14 on:
//  0 kind  1 what the lanes hold  2 result address  3 its dtype  4 register that is reduced
//  5 reduced length  6 parts that it is cut into  7 length of a part
//  8 units  9 units per chunk  10 rows per block, a power of two where columns are reduced
//  11 columns  12 columns per segment  13 operation that joins two blocks
//  14 offsets in scratch memory of the lanes that accumulate, 15 of a spare block, 16 of the f64 totals
//  17 blocks between two joins of lanes into totals
//  18 19 the neutral element as lanes  20 21 and as f64
// With more than one part the result is an array of f64 that `reduce_combine` goes on with.

// One number from `count` lanes.
function foldBlock(words: usize, scratch: usize, shift: usize, from: usize, count: usize): f64 {
  const kind = load<i32>(words);
  const lane = load<i32>(words, 4);
  const identity = load<f64>(words, 80);
  let groups = (count << shift) >> 6;
  if (lane <= F64 || kind === PROD || groups < 2)
    return fold(kind, lane, shift, from, count, identity);
  // Integers and masks: one half joined to the other until 64 bytes are left.
  const joined = load<i32>(words, 52);
  const spare = scratch + load<usize>(words, 60);
  const done = (groups << 6) >> shift;
  let result = fold(kind, lane, shift, from + (groups << 6), count - done, identity);
  while (groups > 1) {
    const half = groups >> 1;
    const second = from + (half << 6);
    step(joined, spare, from, second, second, half << 6);
    if (groups & 1) {
      const rest = from + ((groups - 1) << 6);
      step(joined, spare, spare, rest, rest, 64);
    }
    from = spare;
    groups = half;
  }
  const joint = fold(kind, lane, shift, spare, (<usize>64) >> shift, identity);
  return combine(kind, lane, result, joint);
}

/**
 * The reduced axes are the inner ones of the domain.
 *
 * A unit is a part of one row or, where a block holds several rows, such a group of rows.
 */
export function reduce_rows(args: usize, chunk: i32, scratch: usize): void {
  const block = load<usize>(args, 8);
  const shift = load<usize>(args, 12);
  const words = args + load<usize>(args, 56);
  const kind = load<i32>(words);
  const lane = load<i32>(words, 4);
  const to = load<usize>(words, 8);
  const dtype = load<i32>(words, 12);
  const register = scratch + load<usize>(words, 16);
  const length = load<usize>(words, 20);
  const parts = load<usize>(words, 24);
  const partLength = load<usize>(words, 28);
  const rows = load<usize>(words, 40);
  const identity = load<f64>(words, 80);
  let unit = <usize>chunk * load<usize>(words, 36);
  const last = min(unit + load<usize>(words, 36), load<usize>(words, 32));
  prepare(args, scratch);
  if (rows > 1) {
    const total = load<usize>(args) / length;
    for (; unit < last; unit++) {
      const row = unit * rows;
      const count = min(rows, total - row);
      bindInputs(args, scratch, row * length, count * length);
      runBlock(args, scratch, laneBytes(args, count * length));
      let from = load<usize>(register);
      for (let r: usize = 0; r < count; r++) {
        finish(to, dtype, row + r, foldBlock(words, scratch, shift, from, length));
        from += length << shift;
      }
    }
    return;
  }
  for (; unit < last; unit++) {
    const row = unit / parts;
    const begin = (unit - row * parts) * partLength;
    const end = min(begin + partLength, length);
    let result = identity;
    for (let at = begin; at < end; at += block) {
      const count = min(block, end - at);
      bindInputs(args, scratch, row * length + at, count);
      runBlock(args, scratch, laneBytes(args, count));
      const part = foldBlock(words, scratch, shift, load<usize>(register), count);
      result = combine(kind, lane, result, part);
    }
    finish(to, dtype, unit, result);
  }
}

/**
 * The last axis of the domain is kept; the reduced axes come before it, and the other kept axes first.
 *
 * A unit is a segment of columns in one part of the rows, at one position of the outer axes.
 */
export function reduce_columns(args: usize, chunk: i32, scratch: usize): void {
  const block = load<usize>(args, 8);
  const shift = load<usize>(args, 12);
  const words = args + load<usize>(args, 56);
  const kind = load<i32>(words);
  const lane = load<i32>(words, 4);
  const register = scratch + load<usize>(words, 16);
  const length = load<usize>(words, 20);
  const parts = load<usize>(words, 24);
  const partLength = load<usize>(words, 28);
  const columns = load<usize>(words, 44);
  const segment = load<usize>(words, 48);
  const joined = load<i32>(words, 52);
  const lanes = scratch + load<usize>(words, 56);
  const spare = scratch + load<usize>(words, 60);
  const totals = scratch + load<usize>(words, 64);
  const interval = load<usize>(words, 68);
  const neutral = v128.load64_splat(words, 72);
  const identity = load<f64>(words, 80);
  const segments = (columns + segment - 1) / segment;
  const units = load<usize>(words, 32);
  let unit = <usize>chunk * load<usize>(words, 36);
  const last = min(unit + load<usize>(words, 36), units);
  prepare(args, scratch);
  for (; unit < last; unit++) {
    const part = unit % parts;
    const outer = unit / parts / segments;
    const column = (unit / parts - outer * segments) * segment;
    const width = min(segment, columns - column);
    const rows = load<usize>(words, 40);
    const end = min((part + 1) * partLength, length);
    fill(lanes, laneBytes(args, rows * width), neutral);
    for (let c: usize = 0; c < width; c++) store<f64>(totals + (c << 3), identity);
    let until = interval;
    for (let row = part * partLength; row < end; row += rows) {
      const count = min(rows, end - row) * width;
      const first = (outer * length + row) * columns + column;
      // Rows longer than a block are taken in several.
      for (let c: usize = 0; c < count; c += block) {
        const some = min(block, count - c);
        const bytes = laneBytes(args, some);
        bindInputs(args, scratch, first + c, some);
        runBlock(args, scratch, bytes);
        let from = load<usize>(register);
        if (count < rows * width) {
          // What lies behind the last row must not reach the lanes of other rows.
          fill(spare, bytes, neutral);
          memory.copy(spare, from, some << shift);
          from = spare;
        }
        const to = lanes + (c << shift);
        step(joined, to, to, from, from, bytes);
      }
      until--;
      if (until === 0 || row + rows >= end) {
        // The rows of the block, a power of two, half to half. What a step writes beyond its end has been read.
        for (let r = rows >> 1; r !== 0; r >>= 1) {
          const half = lanes + ((r * width) << shift);
          step(joined, lanes, lanes, half, half, laneBytes(args, r * width));
        }
        for (let c: usize = 0; c < width; c++) {
          const at = totals + (c << 3);
          store<f64>(at, combine(kind, lane, load<f64>(at), laneAt(lane, shift, lanes, c)));
        }
        fill(lanes, laneBytes(args, rows * width), neutral);
        until = interval;
      }
    }
    const outers = units / parts / segments;
    const first = (part * outers + outer) * columns + column;
    for (let c: usize = 0; c < width; c++)
      finish(load<usize>(words, 8), load<i32>(words, 12), first + c, load<f64>(totals + (c << 3)));
  }
}

/**
 * Joins the f64 results of parts.
 *
 * Words: 0 parts' address  1 result address  2 its dtype  3 kind  4 what the lanes held  5 results
 * 6 results per chunk  7 parts  8 bytes from result to result  9 and from part to part  10 11 neutral element
 */
export function reduce_combine(args: usize, chunk: i32, _scratch: usize): void {
  const parts = load<usize>(args, 28);
  let item = <usize>chunk * load<usize>(args, 24);
  const end = min(item + load<usize>(args, 24), load<usize>(args, 20));
  for (; item < end; item++) {
    let from = load<usize>(args) + item * load<usize>(args, 32);
    let result = load<f64>(args, 40);
    for (let part: usize = 0; part < parts; part++) {
      result = combine(load<i32>(args, 12), load<i32>(args, 16), result, load<f64>(from));
      from += load<usize>(args, 36);
    }
    finish(load<usize>(args, 4), load<i32>(args, 8), item, result);
  }
}
