// Brings the operands of a fused program to a block, wherever they lie in memory.
import { fill } from "./map-loops";
import { execute } from "./map-step";
import { copyRun } from "./run";

// Argument words of a fused program (sizes in elements unless said otherwise):
//  0 the domain  1 a chunk  2 a block  3 log2 bytes of a lane
//  4 axes of the domain  5 inputs  6 outputs  7 registers
//  8 … 13 offsets in these words, in bytes, of: the registers' places in scratch memory, the inputs, the
//         outputs, the instructions run once per chunk, those run for each block, and their end
// 14 offset of what a reduction needs  15 offset in scratch memory of `axes` + `inputs` words of state
// 16 … sizes of the axes
// A register is known by the offset, in bytes, of its address in a table at the start of scratch memory.
// Input: 0 if it is read in place, its register, address, log2 bytes of an element, byte strides.
// Output: register, address, log2 bytes of an element.

/** Gives every register its place in scratch memory and runs what needs to run once. */
export function prepare(args: usize, scratch: usize): void {
  const registers = load<usize>(args, 28);
  const places = args + load<usize>(args, 32);
  for (let r: usize = 0; r < registers; r++)
    store<usize>(scratch + (r << 2), scratch + load<usize>(places + (r << 2)));
  const state = scratch + load<usize>(args, 60);
  memory.fill(state, 0, (load<usize>(args, 16) + load<usize>(args, 20)) << 2);
  execute(args + load<usize>(args, 44), args + load<usize>(args, 48), scratch, 64);
}

/** Runs the program over the block bound by {@link bindInputs}. */
export function runBlock(args: usize, scratch: usize, bytes: usize): void {
  execute(args + load<usize>(args, 48), args + load<usize>(args, 52), scratch, bytes);
}

/** Bytes of `count` lanes, rounded up to whole steps of the loops. */
export function laneBytes(args: usize, count: usize): usize {
  return ((count << load<usize>(args, 12)) + 63) & -64;
}

/** Makes the inputs' registers stand for elements [first, first + count) of the domain. */
export function bindInputs(args: usize, scratch: usize, first: usize, count: usize): void {
  const rank = load<usize>(args, 16);
  const inputs = load<usize>(args, 20);
  const places = args + load<usize>(args, 32);
  const whole = count === load<usize>(args, 8);
  const reach = laneBytes(args, count) >> load<usize>(args, 12);
  const end = <usize>memory.size() << 16;
  let entry = args + load<usize>(args, 36);
  let filled = scratch + load<usize>(args, 60) + (rank << 2);
  for (let k: usize = 0; k < inputs; k++) {
    const register = load<usize>(entry, 4);
    const size = load<usize>(entry, 12);
    const home = scratch + load<usize>(places + register);
    if (load<i32>(entry) === 0) {
      const from = load<usize>(entry, 8) + (first << size);
      // The last step reads beyond the block's end; the memory's end is the only place where that matters.
      const inside = from + (reach << size) <= end;
      if (!inside) memory.copy(home, from, count << size);
      store<usize>(scratch + register, inside ? from : home);
    } else {
      const state = scratch + load<usize>(args, 60);
      if (size === 2) gather<u32>(args, entry, state, filled, home, first, count, whole);
      else if (size === 0) gather<u8>(args, entry, state, filled, home, first, count, whole);
      else gather<u64>(args, entry, state, filled, home, first, count, whole);
    }
    entry += (4 + rank) << 2;
    filled += 4;
  }
}

// Rows shorter than this are copied element by element.
const SHORT: usize = 16;

// Reads `count` elements of a strided input from position `first` of the domain on.
// `index` is memory for a position, `filled` remembers which element already fills the whole block.
function gather<T>(
  args: usize,
  input: usize,
  index: usize,
  filled: usize,
  to: usize,
  first: usize,
  count: usize,
  whole: bool,
): void {
  const sizes = args + 64;
  const strides = input + 16;
  const last = (load<usize>(args, 16) - 1) << 2;
  let from = load<usize>(input, 8);
  let rest = first;
  for (let axis = last; axis !== 0; axis -= 4) {
    const size = load<usize>(sizes + axis);
    const above = rest / size;
    const at = rest - above * size;
    store<usize>(index + axis, at);
    from += at * load<usize>(strides + axis);
    rest = above;
  }
  store<usize>(index, rest);
  from += rest * load<usize>(strides);
  const length = load<usize>(sizes + last);
  const stride = load<isize>(strides + last);
  let at = load<usize>(index + last);
  for (;;) {
    if (length < SHORT && at === 0 && last !== 0) {
      // Many short rows: as many as this line of the next axis has, without a call for each.
      const above = load<usize>(index + last - 4);
      const rows = min(load<usize>(sizes + last - 4) - above, count / length);
      const step = load<isize>(strides + last - 4);
      for (let r: usize = 0; r < rows; r++) {
        let p = from;
        for (let c: usize = 0; c < length; c++) {
          store<T>(to, load<T>(p));
          to += sizeof<T>();
          p += stride;
        }
        from += step;
      }
      count -= rows * length;
      if (rows !== 0) {
        store<usize>(filled, 0);
        whole = false;
        if (count === 0) return;
        // The last of them again as the current one, from whose end the walk goes on.
        from -= step;
        store<usize>(index + last - 4, above + rows - 1);
        from = nextRow(sizes, strides, index, last, from);
        continue;
      }
    }
    const run = min(length - at, count);
    if (stride === 0) {
      if (run === count && whole) {
        if (load<usize>(filled) !== from) repeat<T>(to, from, run);
        store<usize>(filled, from);
        return;
      }
      store<usize>(filled, 0);
      whole = false;
      repeat<T>(to, from, run);
    } else if (stride === sizeof<T>()) {
      copyRun(to, from, run * sizeof<T>());
    } else {
      const end = to + run * sizeof<T>();
      for (let p = from, q = to; q < end; q += sizeof<T>()) {
        store<T>(q, load<T>(p));
        p += stride;
      }
    }
    count -= run;
    if (count === 0) return;
    to += run * sizeof<T>();
    from -= at * stride;
    at = 0;
    from = nextRow(sizes, strides, index, last, from);
  }
}

// Moves on to the next row: the address of its first element.
function nextRow(sizes: usize, strides: usize, index: usize, last: usize, from: usize): usize {
  for (let axis = last; axis !== 0; ) {
    axis -= 4;
    const size = load<usize>(sizes + axis);
    const step = load<usize>(strides + axis);
    const next = load<usize>(index + axis) + 1;
    from += step;
    if (next < size) {
      store<usize>(index + axis, next);
      break;
    }
    store<usize>(index + axis, 0);
    from -= step * size;
  }
  return from;
}

// Repeats one element `count` times.
function repeat<T>(to: usize, from: usize, count: usize): void {
  const value = load<T>(from);
  const bytes = (count * sizeof<T>()) & -16;
  if (bytes !== 0) fill(to, bytes, v128.splat<T>(value));
  for (let at = bytes; at < count * sizeof<T>(); at += sizeof<T>()) store<T>(to + at, value);
}
