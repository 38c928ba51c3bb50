import { LOOPS, planLoops, walk } from "./conv-loops";
import { addTaps, addTapsByGroup } from "./conv-tile";
import { adjacent, lanesOf, MOST_TAPS, packRows, turn } from "./conv-weights";

// Thread scratch: two loop nests, tables of taps (x, w) and positions (x, out), packed weights, sums.
const TAPS_X: usize = 2 * LOOPS;
const TAPS_W: usize = TAPS_X + MOST_TAPS * 4;
const POSITIONS_X: usize = TAPS_W + MOST_TAPS * 4;
const POSITIONS_OUT: usize = POSITIONS_X + 16384;
const WEIGHTS: usize = POSITIONS_OUT + 16384;
const SUMS: usize = 1 << 19;

/** Writes `lanes` lanes of a tile's positions, whose places in the output are at `table`. */
function writeTile<T>(
  from: usize,
  out: usize,
  table: usize,
  positions: i32,
  lanes: i32,
  laneStride: i32,
): void {
  const side: i32 = 16 / sizeof<T>();
  let lane = 0;
  if (positions === 4 && adjacent<T>(table)) {
    const first = out + load<usize>(table);
    for (; lane <= lanes - side; lane += side) {
      const at = from + lane * sizeof<T>();
      const to = first + lane * laneStride;
      turn<T>(at, 32, to, laneStride);
      if (side === 2) turn<T>(at + 64, 32, to + 16, laneStride);
    }
  }
  for (; lane < lanes; lane++) {
    for (let j = 0; j < positions; j++) {
      const to = out + lane * laneStride + load<usize>(table + ((<usize>j) << 2));
      store<T>(to, load<T>(from + (j << 5) + lane * sizeof<T>()));
    }
  }
}

/** Writes the sums of tiles `first` … `last` − 1 to the output; `blocks` is how many blocks a tile has in `sums`. */
function writeTiles<T>(
  args: usize,
  sums: usize,
  group: i32,
  block: i32,
  blocks: i32,
  first: i32,
  last: i32,
  count: i32,
  table: usize,
): void {
  const out = load<usize>(args, 8) + group * load<i32>(args, 32);
  for (let b = 0; b < blocks; b++) {
    const lanes = lanesOf<T>(args, group, block + b);
    for (let tile = first; tile < last; tile++) {
      writeTile<T>(
        sums + ((<usize>(tile * blocks + b)) << 7),
        out + (block + b) * load<i32>(args, 44),
        table + ((<usize>tile) << 4),
        min(4, count - tile * 4),
        lanes,
        load<i32>(args, 56),
      );
    }
  }
}

function convChunk<T>(args: usize, chunk: i32, scratch: usize): void {
  const blockChunks = load<i32>(args, 100);
  const positionChunks = load<i32>(args, 92);
  const phases = load<i32>(args, 88);
  let rest = chunk;
  const block = (rest % blockChunks) * load<i32>(args, 104);
  rest /= blockChunks;
  const start = (rest % positionChunks) * load<i32>(args, 96);
  rest /= positionChunks;
  const phase = rest % phases;
  rest /= phases;
  const group = rest % load<i32>(args, 20);
  const part = rest / load<i32>(args, 20);
  planLoops(args, phase, scratch);
  const count = min(load<i32>(args, 96), load<i32>(scratch, 56 + LOOPS) - start);
  if (count <= 0) return;
  const blocks = min(load<i32>(args, 104), load<i32>(args, 36) - block);
  const tiles = (count + 3) / 4;

  const x = scratch + POSITIONS_X;
  walk(scratch + LOOPS, start, count, x, scratch + POSITIONS_OUT);
  const base = load<usize>(args) + group * load<i32>(args, 24);
  for (let i = 0; i < tiles * 4; i++) {
    const at = x + ((<usize>i) << 2);
    // A tile past the end repeats the last position.
    store<usize>(at, i < count ? base + load<usize>(at) : load<usize>(at - 4));
  }

  const partial = load<usize>(args, 16);
  const room = (<usize>(load<i32>(args, 96) * load<i32>(args, 104))) << 5;
  const sums = partial !== 0 ? partial + (<usize>chunk) * room : scratch + SUMS;
  memory.fill(sums, 0, (<usize>(tiles * blocks)) << 7);

  const packed = load<usize>(args, 12);
  const region = (group * phases + phase) * load<i32>(args, 36) + block;
  const largest = load<i32>(args, 120);
  const byGroup = load<i32>(args, 60) !== 0;
  const perPart = load<i32>(args, 112);
  const end = min(load<i32>(scratch, 56), (part + 1) * perPart);
  for (let tap = part * perPart; tap < end; tap += load<i32>(args, 116)) {
    const taps = min(end - tap, load<i32>(args, 116));
    walk(scratch, tap, taps, scratch + TAPS_X, scratch + TAPS_W);
    let weights = packed + ((<usize>(region * largest + tap)) << 5);
    let blockBytes = (<usize>largest) << 5;
    if (packed === 0) {
      weights = scratch + WEIGHTS;
      blockBytes = (<usize>taps) << 5;
      const from = load<usize>(args, 4) + group * load<i32>(args, 28);
      for (let b = 0; b < blocks; b++) {
        packRows<T>(
          weights + (<usize>b) * blockBytes,
          from + (block + b) * load<i32>(args, 40),
          scratch + TAPS_W,
          taps,
          lanesOf<T>(args, group, block + b),
          load<i32>(args, 52),
        );
      }
    }
    let at = sums;
    for (let tile = 0; tile < tiles; tile++) {
      const positions = x + ((<usize>tile) << 4);
      let row = weights;
      for (let b = 0; b < blocks; b++) {
        if (byGroup) addTapsByGroup<T>(positions, scratch + TAPS_X, taps, row, at);
        else addTaps<T>(positions, scratch + TAPS_X, taps, row, at);
        row += blockBytes;
        at += 128;
      }
    }
  }
  if (partial === 0)
    writeTiles<T>(args, sums, group, block, blocks, 0, tiles, count, scratch + POSITIONS_OUT);
}

export function conv_f32(args: usize, chunk: i32, scratch: usize): void {
  convChunk<f32>(args, chunk, scratch);
}

export function conv_f64(args: usize, chunk: i32, scratch: usize): void {
  convChunk<f64>(args, chunk, scratch);
}

// Adds up the partial sums of some tiles, in the order of the tap chunks, and writes them.
function reduceChunk<T>(args: usize, chunk: i32, scratch: usize): void {
  const blockChunks = load<i32>(args, 100);
  const positionChunks = load<i32>(args, 92);
  const perChunk = load<i32>(args, 124);
  const pieces = (load<i32>(args, 96) / 4 + perChunk - 1) / perChunk;
  const first = (chunk % pieces) * perChunk;
  const whole = chunk / pieces;
  const block = (whole % blockChunks) * load<i32>(args, 104);
  let rest = whole / blockChunks;
  const start = (rest % positionChunks) * load<i32>(args, 96);
  rest /= positionChunks;
  const phases = load<i32>(args, 88);
  const group = rest / phases;
  planLoops(args, rest % phases, scratch);
  const count = min(load<i32>(args, 96), load<i32>(scratch, 56 + LOOPS) - start);
  const last = min(first + perChunk, (count + 3) / 4);
  if (first >= last) return;
  const blocks = min(load<i32>(args, 104), load<i32>(args, 36) - block);
  walk(scratch + LOOPS, start, count, scratch + POSITIONS_X, scratch + POSITIONS_OUT);

  const room = (<usize>(load<i32>(args, 96) * load<i32>(args, 104))) << 5;
  const wholes = load<i32>(args, 20) * phases * positionChunks * blockChunks;
  const sums = load<usize>(args, 16) + (<usize>whole) * room;
  const end = sums + ((<usize>(last * blocks)) << 7);
  for (let at = sums + ((<usize>(first * blocks)) << 7); at < end; at += 16) {
    let sum = v128.load(at);
    let next = at;
    for (let part = 1; part < load<i32>(args, 108); part++) {
      next += (<usize>wholes) * room;
      sum = v128.add<T>(sum, v128.load(next));
    }
    v128.store(at, sum);
  }
  writeTiles<T>(args, sums, group, block, blocks, first, last, count, scratch + POSITIONS_OUT);
}

export function convReduce_f32(args: usize, chunk: i32, scratch: usize): void {
  reduceChunk<f32>(args, chunk, scratch);
}

export function convReduce_f64(args: usize, chunk: i32, scratch: usize): void {
  reduceChunk<f64>(args, chunk, scratch);
}
