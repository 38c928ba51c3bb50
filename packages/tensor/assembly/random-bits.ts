import { offsetAt } from "./axes";
import { copyRun } from "./run";

// Argument words:
//  0 keys  1 out  2 words for each key  3 keys in all  4 keys per chunk
//  5 pieces of each key's words  6 words per piece, a multiple of 8
//  7 bytes from the first word of a key to the second  8 axis table of the keys
// Words 2i and 2i + 1 are the Threefry-2x32 block with 20 rounds of counter (i, 0).

@inline
function mix(x: v128, y: v128, left: i32): v128 {
  // Turns by whole bytes are one shuffle.
  if (left == 16) {
    return v128.xor(y, v128.shuffle<i16>(x, x, 1, 0, 3, 2, 5, 4, 7, 6));
  }
  if (left == 24) {
    return v128.xor(
      y, v128.shuffle<i8>(x, x, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12),
    );
  }
  return v128.xor(y, v128.or(i32x4.shl(x, left), i32x4.shr_u(x, 32 - left)));
}

// Eight words: the blocks of counters first … first + 3.
@inline
function eight(k0: v128, k1: v128, k2: v128, first: i32, out: usize): void {
  let x = i32x4.add(k0, i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)));
  let y = k1;
  x = i32x4.add(x, y); y = mix(y, x, 13);
  x = i32x4.add(x, y); y = mix(y, x, 15);
  x = i32x4.add(x, y); y = mix(y, x, 26);
  x = i32x4.add(x, y); y = mix(y, x, 6);
  x = i32x4.add(x, k1); y = i32x4.add(y, i32x4.add(k2, i32x4.splat(1)));
  x = i32x4.add(x, y); y = mix(y, x, 17);
  x = i32x4.add(x, y); y = mix(y, x, 29);
  x = i32x4.add(x, y); y = mix(y, x, 16);
  x = i32x4.add(x, y); y = mix(y, x, 24);
  x = i32x4.add(x, k2); y = i32x4.add(y, i32x4.add(k0, i32x4.splat(2)));
  x = i32x4.add(x, y); y = mix(y, x, 13);
  x = i32x4.add(x, y); y = mix(y, x, 15);
  x = i32x4.add(x, y); y = mix(y, x, 26);
  x = i32x4.add(x, y); y = mix(y, x, 6);
  x = i32x4.add(x, k0); y = i32x4.add(y, i32x4.add(k1, i32x4.splat(3)));
  x = i32x4.add(x, y); y = mix(y, x, 17);
  x = i32x4.add(x, y); y = mix(y, x, 29);
  x = i32x4.add(x, y); y = mix(y, x, 16);
  x = i32x4.add(x, y); y = mix(y, x, 24);
  x = i32x4.add(x, k1); y = i32x4.add(y, i32x4.add(k2, i32x4.splat(4)));
  x = i32x4.add(x, y); y = mix(y, x, 13);
  x = i32x4.add(x, y); y = mix(y, x, 15);
  x = i32x4.add(x, y); y = mix(y, x, 26);
  x = i32x4.add(x, y); y = mix(y, x, 6);
  x = i32x4.add(x, k2); y = i32x4.add(y, i32x4.add(k0, i32x4.splat(5)));
  v128.store(out, v128.shuffle<i32>(x, y, 0, 4, 1, 5));
  v128.store(out, v128.shuffle<i32>(x, y, 2, 6, 3, 7), 16);
}

export function random_bits(args: usize, chunk: i32, scratch: usize): void {
  const words = load<i32>(args, 8);
  const pieces = load<i32>(args, 20);
  const begin = (chunk / pieces) * load<i32>(args, 16);
  const end = min(begin + load<i32>(args, 16), load<i32>(args, 12));
  const first = (chunk % pieces) * load<i32>(args, 24);
  const last = min(first + load<i32>(args, 24), words);
  for (let row = begin; row < end; row++) {
    const key = load<usize>(args) + offsetAt(args + 32, 1, 0, row);
    const a = load<u32>(key);
    const b = load<u32>(key + load<i32>(args, 28));
    const k0 = i32x4.splat(a);
    const k1 = i32x4.splat(b);
    const k2 = i32x4.splat(a ^ b ^ 0x1bd11bda);
    const out = load<usize>(args, 4) + (<usize>row * words << 2);
    for (let word = first; word < last; word += 8) {
      const whole = word + 8 <= last;
      const to = out + (<usize>word << 2);
      eight(k0, k1, k2, word >> 1, whole ? to : scratch);
      if (!whole) copyRun(to, scratch, <usize>(last - word) << 2);
    }
  }
}
