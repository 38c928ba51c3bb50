import { LOOPS, planLoops, walk } from "./conv-loops";
import { lanesOf, MOST_TAPS, packRows } from "./conv-weights";
import { copyRun } from "./run";

function packChunk<T>(args: usize, chunk: i32, scratch: usize): void {
  const blocks = load<i32>(args, 36);
  const perChunk = load<i32>(args, 128);
  const parts = (blocks + perChunk - 1) / perChunk;
  const first = (chunk % parts) * perChunk;
  const region = chunk / parts;
  const phases = load<i32>(args, 88);
  const group = region / phases;
  planLoops(args, region % phases, scratch);
  const total = load<i32>(scratch, 56);
  const rowBytes = load<i32>(args, 120) << 5;
  const from = load<usize>(args, 4) + group * load<i32>(args, 28);
  const to = load<usize>(args, 12) + (<usize>(region * blocks)) * rowBytes;
  const xTable = scratch + 2 * LOOPS;
  const wTable = xTable + MOST_TAPS * 4;
  for (let tap = 0; tap < total; tap += MOST_TAPS) {
    const taps = min(total - tap, MOST_TAPS);
    walk(scratch, tap, taps, xTable, wTable);
    for (let b = first; b < min(blocks, first + perChunk); b++) {
      packRows<T>(
        to + (<usize>b) * rowBytes + ((<usize>tap) << 5),
        from + b * load<i32>(args, 40),
        wTable,
        taps,
        lanesOf<T>(args, group, b),
        load<i32>(args, 52),
      );
    }
  }
}

export function convPack_f32(args: usize, chunk: i32, scratch: usize): void {
  packChunk<f32>(args, chunk, scratch);
}

export function convPack_f64(args: usize, chunk: i32, scratch: usize): void {
  packChunk<f64>(args, chunk, scratch);
}

// Argument words of `convPad` (byte addresses and byte strides):
//  0 from  1 to  2 planes  3 planes per chunk
//  4 lanes of a vector: 1, or as many as groups are interleaved  5 lanes in all  6 lane stride
//  7 stride of a vector of lanes  8 batch  9 batch stride  10 channels  11 channel stride
// 12 three spatial axes, slowest first, of 4 words: padded length, length, first index, stride
// The copy is [vectors of lanes][batch][channels][axis 0][axis 1][axis 2][lanes]; a plane is its last two axes.

// One row: zeros where the source has no element.
function padRow<T>(to: usize, from: usize, axis: usize, width: usize, inside: bool): void {
  const padded = load<i32>(axis);
  const length = load<i32>(axis, 4);
  const origin = load<i32>(axis, 8);
  const stride = load<i32>(axis, 12);
  const left = inside ? min(padded, max(0, -origin)) : padded;
  const right = max(left, min(padded, length - origin));
  let i = 0;
  for (; i < left; i++, to += width) store<T>(to, 0);
  from += (origin + left) * stride;
  if (stride === sizeof<T>() && width === sizeof<T>()) {
    const bytes = (<usize>(right - left)) * sizeof<T>();
    copyRun(to, from, bytes);
    to += bytes;
    i = right;
  }
  for (; i < right; i++, to += width, from += stride) store<T>(to, load<T>(from));
  for (; i < padded; i++, to += width) store<T>(to, 0);
}

function padPlanes<T>(args: usize, chunk: i32): void {
  const lanes = load<i32>(args, 16);
  const width = (<usize>lanes) * sizeof<T>();
  const rowBytes = (<usize>load<i32>(args, 80)) * width;
  const begin = chunk * load<i32>(args, 12);
  const end = min(load<i32>(args, 8), begin + load<i32>(args, 12));
  const depth = load<i32>(args, 48);
  const height = load<i32>(args, 64);
  for (let plane = begin; plane < end; plane++) {
    const d = (plane % depth) + load<i32>(args, 56);
    let rest = plane / depth;
    const c = rest % load<i32>(args, 40);
    rest /= load<i32>(args, 40);
    const n = rest % load<i32>(args, 32);
    const vector = rest / load<i32>(args, 32);
    const exist = <u32>d < load<u32>(args, 52) ? load<i32>(args, 20) - vector * lanes : 0;
    for (let lane = 0; lane < lanes; lane++) {
      let h = load<i32>(args, 72);
      let to = load<usize>(args, 4) + (<usize>plane) * (<usize>height) * rowBytes;
      to += (<usize>lane) * sizeof<T>();
      let from = load<usize>(args) + vector * load<i32>(args, 28) + lane * load<i32>(args, 24);
      from += n * load<i32>(args, 36) + c * load<i32>(args, 44);
      from += d * load<i32>(args, 60) + h * load<i32>(args, 76);
      for (let i = 0; i < height; i++) {
        padRow<T>(to, from, args + 80, width, lane < exist && <u32>h < load<u32>(args, 68));
        to += rowBytes;
        from += load<i32>(args, 76);
        h++;
      }
    }
  }
}

export function convPad_f32(args: usize, chunk: i32, _scratch: usize): void {
  padPlanes<f32>(args, chunk);
}

export function convPad_f64(args: usize, chunk: i32, _scratch: usize): void {
  padPlanes<f64>(args, chunk);
}
