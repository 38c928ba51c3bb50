// Runs the instructions of a fused program over one block.
import { arithmetic } from "./map-arithmetic";
import { conversion } from "./map-convert";
import { elementary } from "./map-elementary";
import { integer } from "./map-integer";
import { immediate, move } from "./map-move";

/**
 * One operation over `n` bytes of lanes: d = op(a, b, c), all addresses.
 *
 * The groups are functions of their own, so that engines compile only those that a program uses.
 */
export function step(op: i32, d: usize, a: usize, b: usize, c: usize, n: usize): void {
  const within = op & 31;
  switch (op >> 5) {
    case 0:
      move(within, d, a, b, c, n);
      break;
    case 2:
      arithmetic<f32>(within, d, a, b, c, n);
      break;
    case 3:
      arithmetic<f64>(within, d, a, b, c, n);
      break;
    case 4:
      elementary<f32>(within, d, a, b, n);
      break;
    case 5:
      elementary<f64>(within, d, a, b, n);
      break;
    case 6:
      integer(within, d, a, b, n);
      break;
    case 7:
      conversion(within, d, a, n);
      break;
  }
}

/**
 * Runs the instructions in [code, end) over `n` bytes of lanes.
 *
 * An instruction is five words: operation, then the offsets of d, a, b and c in the table of register
 * addresses at `registers`; b and c are plain numbers in group 1.
 */
export function execute(code: usize, end: usize, registers: usize, n: usize): void {
  for (; code < end; code += 20) {
    const op = load<i32>(code);
    const d = load<usize>(registers + load<usize>(code, 4));
    const a = load<usize>(registers + load<usize>(code, 8));
    const b = load<usize>(code, 12);
    const c = load<usize>(code, 16);
    if (op >> 5 === 1) immediate(op & 31, d, a, b, c, n);
    else step(op, d, a, load<usize>(registers + b), load<usize>(registers + c), n);
  }
}
