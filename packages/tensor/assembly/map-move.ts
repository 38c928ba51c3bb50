// Operations that do not care what the lanes are: copies, constants, and bits.
import { And, AndNot, binary, Copy, fill, Not, Or, unary, Xor } from "./map-loops";

function select(d: usize, mask: usize, a: usize, b: usize, n: usize): void {
  const end = d + n;
  do {
    v128.store(d, v128.bitselect(v128.load(a), v128.load(b), v128.load(mask)));
    d += 16;
    mask += 16;
    a += 16;
    b += 16;
  } while (d < end);
}

/** Group 0. `b` and `c` are immediate numbers where the comment says so. */
export function move(op: i32, d: usize, a: usize, b: usize, c: usize, n: usize): void {
  switch (op) {
    case 0:
      unary<Copy, i32>(d, a, n);
      break;
    case 1:
      unary<Not, i32>(d, a, n);
      break;
    case 2:
      binary<And, i32>(d, a, b, n);
      break;
    case 3:
      binary<Or, i32>(d, a, b, n);
      break;
    case 4:
      binary<Xor, i32>(d, a, b, n);
      break;
    case 5:
      binary<AndNot, i32>(d, a, b, n);
      break;
    case 6:
      select(d, a, b, c, n);
      break;
  }
}

/**
 * Group 1: operations with immediate numbers instead of registers.
 *
 * 0: the 8 bytes b, c; 1: the first 8 bytes of register a, over b bytes;
 * 2, 3, 4: the element of 1, 4 or 8 bytes at address b.
 */
export function immediate(op: i32, d: usize, a: usize, b: usize, c: usize, n: usize): void {
  switch (op) {
    case 0:
      fill(d, n, i64x2.splat((<u64>c << 32) | <u64>b));
      break;
    case 1:
      fill(d, b, v128.load64_splat(a));
      break;
    case 2:
      fill(d, n, v128.load8_splat(b));
      break;
    case 3:
      fill(d, n, v128.load32_splat(b));
      break;
    case 4:
      fill(d, n, v128.load64_splat(b));
      break;
  }
}
