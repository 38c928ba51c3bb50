import { offsetAt } from "./axes";
import {
  countDigits, countsToOffsets, elementBytes, keyBytes, makeRecords, recordBytes, scatterRecords,
  sortRow, tableBytes,
} from "./sort-records";
import { orderZeros, pickValues, writePositions, writeValues } from "./sort-results";

// Argument words:
//  0 source, rows contiguous  1 values or 0  2 positions or 0  3 n  4 elements wanted of each row
//  5 rows  6 rows per chunk (sort_rows), else blocks of each row  7 dtype  8 −1 to descend, else 0
//  9 workspace  10 digit  11 axis table of the rows
// With positions wanted, the sort is one of positions, and values are picked by them.
//
// A long row is sorted by all threads: its fixed blocks are counted, each finds out where its records go,
// and moves them. Workspace of all rows: records, records, tables of the blocks, differing bits of the blocks.

@inline
function rowAt(args: usize, row: i32): usize {
  return load<usize>(args) + offsetAt(args + 44, 1, 0, row);
}

/** Sorts whole rows, each in the thread's scratch memory. */
export function sort_rows(args: usize, chunk: i32, scratch: usize): void {
  const values = load<usize>(args, 4);
  const positions = load<usize>(args, 8);
  const n = load<i32>(args, 12);
  const take = load<i32>(args, 16);
  const type = load<i32>(args, 28);
  const begin = chunk * load<i32>(args, 24);
  const end = min(begin + load<i32>(args, 24), load<i32>(args, 20));
  for (let row = begin; row < end; row++) {
    const source = rowAt(args, row);
    const records = sortRow(type, positions != 0, source, n, load<i32>(args, 32), scratch);
    finish(type, source, n, records, take, values, positions, <usize>row * <usize>take);
    if (positions == 0) {
      orderZeros(type, source, n, values + <usize>row * <usize>take * elementBytes(type));
    }
  }
}

function finish(
  type: i32, source: usize, n: i32, records: usize, count: i32,
  values: usize, positions: usize, at: usize,
): void {
  const to = values + at * elementBytes(type);
  if (positions == 0) {
    writeValues(type, records, count, to);
    return;
  }
  writePositions(type, records, count, positions + (at << 2));
  if (values != 0) pickValues(type, source, positions + (at << 2), count, to);
}

// One block of a long row.
@inline
function edge(length: i32, block: i32, blocks: i32): i32 {
  return <i32>((<u64>length * <u64>block) / <u64>blocks);
}

@inline
function width(args: usize): usize {
  return recordBytes(load<i32>(args, 28), load<usize>(args, 8) != 0);
}

// Bytes of the records of all rows.
@inline
function bytes(args: usize): usize {
  return (load<usize>(args, 20) * load<usize>(args, 12) * width(args) + 15) & -16;
}

@inline
function tables(args: usize): usize {
  return load<usize>(args, 36) + 2 * bytes(args);
}

@inline
function differences(args: usize): usize {
  return tables(args) + load<usize>(args, 20) * load<usize>(args, 24) * tableBytes;
}

// The bits in which keys of a row differ.
function differing(args: usize, row: i32): u64 {
  const blocks = load<usize>(args, 24);
  let p = differences(args) + <usize>row * blocks * 8;
  let bits: u64 = 0;
  for (const end = p + blocks * 8; p < end; p += 8) bits |= load<u64>(p);
  return bits;
}

// Records of a row as they stand before a digit: every earlier digit in which keys differ moved them once.
function recordsBefore(args: usize, row: i32, differ: u64, digit: i32): usize {
  let moves = 0;
  for (let d = 0; d < digit; d++) moves += <i32>(((differ >> (d << 3)) & 255) != 0);
  const base = load<usize>(args, 36) + (moves & 1 ? bytes(args) : 0);
  return base + <usize>row * load<usize>(args, 12) * width(args);
}

export function sort_begin(args: usize, chunk: i32, _scratch: usize): void {
  const blocks = load<i32>(args, 24);
  const row = chunk / blocks;
  const n = load<i32>(args, 12);
  const first = edge(n, chunk % blocks, blocks);
  const count = edge(n, chunk % blocks + 1, blocks) - first;
  const to = recordsBefore(args, row, 0, 0) + <usize>first * width(args);
  store<u64>(
    differences(args) + ((<usize>chunk) << 3),
    makeRecords(
      load<i32>(args, 28), load<usize>(args, 8) != 0, rowAt(args, row), first, count,
      load<i32>(args, 32), to,
    ),
  );
}

// Counts the digits of one block if `count`, else moves its records.
@inline
function pass(args: usize, chunk: i32, scratch: usize, count: bool): void {
  const blocks = load<i32>(args, 24);
  const digit = load<i32>(args, 40);
  const row = chunk / blocks;
  const block = chunk % blocks;
  const differ = differing(args, row);
  if (!((differ >> (digit << 3)) & 255)) return;
  const n = load<i32>(args, 12);
  const first = edge(n, block, blocks);
  const length = edge(n, block + 1, blocks) - first;
  const bytes = width(args);
  const from = recordsBefore(args, row, differ, digit) + <usize>first * bytes;
  const byte = <usize>digit + (load<usize>(args, 8) != 0 ? bytes >> 1 : 0);
  if (count) {
    countDigits(bytes, from, length, byte, tables(args) + <usize>chunk * tableBytes);
    return;
  }
  const table = tables(args) + <usize>(row * blocks) * tableBytes;
  const offsets = scratch + tableBytes;
  for (let d: usize = 0; d < tableBytes; d += 16) {
    let earlier = i32x4.splat(0);
    for (let b = 0; b < block; b++) {
      earlier = i32x4.add(earlier, v128.load(table + <usize>b * tableBytes + d));
    }
    let total = earlier;
    for (let b = block; b < blocks; b++) {
      total = i32x4.add(total, v128.load(table + <usize>b * tableBytes + d));
    }
    v128.store(scratch + d, earlier);
    v128.store(offsets + d, total);
  }
  countsToOffsets(bytes, offsets);
  for (let d: usize = 0; d < tableBytes; d += 4) {
    store<u32>(offsets + d, load<u32>(offsets + d) + load<u32>(scratch + d) * <u32>bytes);
  }
  const to = recordsBefore(args, row, differ, digit + 1);
  scatterRecords(bytes, from, length, byte, to, offsets);
}

export function sort_count(args: usize, chunk: i32, scratch: usize): void {
  pass(args, chunk, scratch, true);
}

export function sort_move(args: usize, chunk: i32, scratch: usize): void {
  pass(args, chunk, scratch, false);
}

export function sort_end(args: usize, chunk: i32, _scratch: usize): void {
  const blocks = load<i32>(args, 24);
  const row = chunk / blocks;
  const type = load<i32>(args, 28);
  const take = load<i32>(args, 16);
  const first = edge(take, chunk % blocks, blocks);
  const count = edge(take, chunk % blocks + 1, blocks) - first;
  const sorted = recordsBefore(args, row, differing(args, row), keyBytes(type));
  finish(
    type, rowAt(args, row), load<i32>(args, 12), sorted + <usize>first * width(args), count,
    load<usize>(args, 4), load<usize>(args, 8), <usize>row * <usize>take + <usize>first,
  );
}

/** Finishes the values of one long row of floats. */
export function sort_zeros(args: usize, row: i32, _scratch: usize): void {
  const n = load<i32>(args, 12);
  const type = load<i32>(args, 28);
  const sorted = load<usize>(args, 4) + <usize>row * <usize>n * elementBytes(type);
  orderZeros(type, rowAt(args, row), n, sorted);
}
