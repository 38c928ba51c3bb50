// Arithmetic and comparisons of 32-bit integer lanes; u8 is computed as u32 and cut to its range afterwards.
import {
  Abs,
  Add,
  binary,
  Eq,
  Le,
  Lt,
  masked,
  Max,
  Min,
  Mul,
  Ne,
  Neg,
  Sign,
  Sub,
  unary,
} from "./map-loops";
import { integerPower } from "./math-pow";

class Quotient {}
class Remainder {}
class Left {}
class Right {}
class Power {}

// @ts-ignore: decorator
@inline
function apply<Op, T>(x: T, y: T): T {
  if (idof<Op>() === idof<Quotient>()) {
    if (y === <T>0) return <T>0;
    // The one quotient that does not fit would trap.
    if (isSigned<T>() && y === <T>-1) return <T>0 - x;
    return x / y;
  }
  if (idof<Op>() === idof<Remainder>()) {
    if (y === <T>0 || (isSigned<T>() && y === <T>-1)) return <T>0;
    return x % y;
  }
  if (idof<Op>() === idof<Left>()) return <u32>y > 31 ? <T>0 : x << y;
  if (idof<Op>() === idof<Right>()) {
    if (<u32>y > 31) return isSigned<T>() ? x >> <T>31 : <T>0;
    return x >> y;
  }
  return integerPower<T>(x, y);
}

function scalar<Op, T>(d: usize, a: usize, b: usize, n: usize): void {
  const end = a + n;
  do {
    store<T>(d, apply<Op, T>(load<T>(a), load<T>(b)));
    a += 4;
    b += 4;
    d += 4;
  } while (a < end);
}

/** Group 6. */
export function integer(op: i32, d: usize, a: usize, b: usize, n: usize): void {
  switch (op) {
    case 0:
      unary<Neg, i32>(d, a, n);
      break;
    case 1:
      unary<Abs, i32>(d, a, n);
      break;
    case 2:
      unary<Sign, i32>(d, a, n);
      break;
    case 3:
      unary<Sign, u32>(d, a, n);
      break;
    case 4:
      binary<Add, i32>(d, a, b, n);
      break;
    case 5:
      binary<Sub, i32>(d, a, b, n);
      break;
    case 6:
      binary<Mul, i32>(d, a, b, n);
      break;
    case 7:
      scalar<Quotient, i32>(d, a, b, n);
      break;
    case 8:
      scalar<Quotient, u32>(d, a, b, n);
      break;
    case 9:
      scalar<Remainder, i32>(d, a, b, n);
      break;
    case 10:
      scalar<Remainder, u32>(d, a, b, n);
      break;
    case 11:
      binary<Max, i32>(d, a, b, n);
      break;
    case 12:
      binary<Max, u32>(d, a, b, n);
      break;
    case 13:
      binary<Min, i32>(d, a, b, n);
      break;
    case 14:
      binary<Min, u32>(d, a, b, n);
      break;
    case 15:
      binary<Eq, i32>(d, a, b, n);
      break;
    case 16:
      binary<Ne, i32>(d, a, b, n);
      break;
    case 17:
      binary<Lt, i32>(d, a, b, n);
      break;
    case 18:
      binary<Lt, u32>(d, a, b, n);
      break;
    case 19:
      binary<Le, i32>(d, a, b, n);
      break;
    case 20:
      binary<Le, u32>(d, a, b, n);
      break;
    case 21:
      scalar<Left, u32>(d, a, b, n);
      break;
    case 22:
      scalar<Right, i32>(d, a, b, n);
      break;
    case 23:
      scalar<Right, u32>(d, a, b, n);
      break;
    case 24:
      scalar<Power, i32>(d, a, b, n);
      break;
    case 25:
      scalar<Power, u32>(d, a, b, n);
      break;
    case 26:
      masked(d, a, n, i32x4.splat(255));
      break;
    case 27:
      masked(d, a, n, i32x4.splat(1));
      break;
  }
}
