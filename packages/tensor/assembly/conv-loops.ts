// Loop nests of a convolution, and tables of the addresses that they visit.
//
// Argument words of `convPack`, `conv` and `convReduce` (byte addresses and byte strides):
//  0 x, with its padding  1 w  2 out
//  3 packed weights, or 0: each chunk packs its own  4 partial sums, or 0: chunks hold whole sums
//  5 groups  6 x group  7 w group  8 out group stride
//  9 blocks of output lanes  10 w block  11 out block stride
// 12 lanes in all  13 w lane  14 out lane stride  15 whether lanes run over groups, not over channels
// 16 channels of a group  17 x channel  18 w channel stride
// 19 batch  20 x batch  21 out batch stride
// 22 phases
// 23 position chunks  24 positions per chunk (a multiple of 4)
// 25 block chunks  26 blocks per chunk
// 27 tap chunks  28 taps per chunk  29 taps per pass  30 taps of the largest phase
// 31 tiles per chunk of the reduction  32 blocks per chunk of the packing  33 … 35 unused
// 36 three spatial axes, slowest first, of 12 words each:
//    0 stride  1 window dilation  2 input dilation  3 padding before  4 window  5 output length
//    6 x  7 w  8 out stride  9 first input index that is in x  10 phases  11 step between taps of a phase
//
// With an input dilation L, output positions fall into phases: within one, the taps that meet an
// element and not a hole are evenly spaced, and so are the elements that they meet.

// A loop nest of four levels with two strided operands, as bytes:
// 0 four lengths  16 four strides of the first  32 of the second  48 both bases  56 product of the lengths

/** Bytes of one loop nest. */
export const LOOPS: usize = 64;

/** Writes the loop nests of one phase: taps (x and w) at `taps`, output positions (x and out) behind it. */
export function planLoops(args: usize, phase: i32, taps: usize): void {
  const positions = taps + LOOPS;
  let tapCount = load<i32>(args, 64);
  let positionCount = load<i32>(args, 76);
  store<i32>(taps, tapCount);
  store<i32>(taps, load<i32>(args, 68), 16);
  store<i32>(taps, load<i32>(args, 72), 32);
  store<i32>(positions, positionCount);
  store<i32>(positions, load<i32>(args, 80), 16);
  store<i32>(positions, load<i32>(args, 84), 32);
  let xBase = 0;
  let wBase = 0;
  let outBase = 0;
  for (let axis = 2; axis >= 0; axis--) {
    const entry = args + 144 + (<usize>axis) * 48;
    const stride = load<i32>(entry);
    const dilation = load<i32>(entry, 4);
    const holes = load<i32>(entry, 8);
    const window = load<i32>(entry, 16);
    const xStride = load<i32>(entry, 24);
    const wStride = load<i32>(entry, 28);
    const outStride = load<i32>(entry, 32);
    const phases = load<i32>(entry, 40);
    const step = load<i32>(entry, 44);
    const offset = phase % phases;
    phase /= phases;
    const start = offset * stride - load<i32>(entry, 12);
    let first = 0;
    while (first < step && (start + first * dilation) % holes !== 0) first++;
    const length = first < min(step, window) ? (window - first + step - 1) / step : 0;
    const places = (load<i32>(entry, 20) - offset + phases - 1) / phases;
    const at = (<usize>(axis + 1)) << 2;
    store<i32>(taps + at, length);
    store<i32>(taps + at, ((step * dilation) / holes) * xStride, 16);
    store<i32>(taps + at, step * wStride, 32);
    store<i32>(positions + at, places);
    store<i32>(positions + at, ((stride * phases) / holes) * xStride, 16);
    store<i32>(positions + at, phases * outStride, 32);
    tapCount *= length;
    positionCount *= places;
    xBase += ((start + first * dilation) / holes - load<i32>(entry, 36)) * xStride;
    wBase += first * wStride;
    outBase += offset * outStride;
  }
  store<i32>(taps, 0, 48);
  store<i32>(taps, wBase, 52);
  store<i32>(taps, tapCount, 56);
  store<i32>(positions, xBase, 48);
  store<i32>(positions, outBase, 52);
  store<i32>(positions, positionCount, 56);
}

/** Writes both operands' offsets at `count` steps of a loop nest from step `start`, to two tables of words. */
export function walk(loops: usize, start: i32, count: i32, first: usize, second: usize): void {
  const n1 = load<i32>(loops, 4);
  const n2 = load<i32>(loops, 8);
  const n3 = load<i32>(loops, 12);
  const a3 = load<i32>(loops, 28);
  const b3 = load<i32>(loops, 44);
  let i3 = start % n3;
  start /= n3;
  let i2 = start % n2;
  start /= n2;
  let i1 = start % n1;
  let i0 = start / n1;
  const end = first + ((<usize>count) << 2);
  while (first < end) {
    let a = load<i32>(loops, 48) + i0 * load<i32>(loops, 16);
    a += i1 * load<i32>(loops, 20) + i2 * load<i32>(loops, 24) + i3 * a3;
    let b = load<i32>(loops, 52) + i0 * load<i32>(loops, 32);
    b += i1 * load<i32>(loops, 36) + i2 * load<i32>(loops, 40) + i3 * b3;
    const stop = min(end, first + ((<usize>(n3 - i3)) << 2));
    while (first < stop) {
      store<i32>(first, a);
      store<i32>(second, b);
      a += a3;
      b += b3;
      first += 4;
      second += 4;
    }
    i3 = 0;
    if (++i2 === n2) {
      i2 = 0;
      if (++i1 === n1) {
        i1 = 0;
        i0++;
      }
    }
  }
}
