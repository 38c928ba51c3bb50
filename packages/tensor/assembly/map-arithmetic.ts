// Arithmetic and comparisons of f32 and f64 lanes.
import {
  Abs,
  Add,
  binary,
  Ceil,
  Div,
  Eq,
  Floor,
  IsFinite,
  Le,
  Lt,
  masked,
  Max,
  Min,
  Mul,
  MulAdd,
  MulSub,
  Ne,
  Neg,
  Reciprocal,
  Round,
  Sign,
  Sqrt,
  Sub,
  SubMul,
  ternary,
  Trunc,
  unary,
} from "./map-loops";

/** Groups 2 (f32) and 3 (f64). */
export function arithmetic<T>(
  op: i32,
  d: usize,
  a: usize,
  b: usize,
  c: usize,
  n: usize,
): void {
  switch (op) {
    case 0:
      unary<Neg, T>(d, a, n);
      break;
    case 1:
      unary<Abs, T>(d, a, n);
      break;
    case 2:
      unary<Sign, T>(d, a, n);
      break;
    case 3:
      unary<Floor, T>(d, a, n);
      break;
    case 4:
      unary<Ceil, T>(d, a, n);
      break;
    case 5:
      unary<Round, T>(d, a, n);
      break;
    case 6:
      unary<Trunc, T>(d, a, n);
      break;
    case 7:
      unary<Sqrt, T>(d, a, n);
      break;
    case 8:
      unary<Reciprocal, T>(d, a, n);
      break;
    case 9:
      unary<IsFinite, T>(d, a, n);
      break;
    case 10:
      binary<Add, T>(d, a, b, n);
      break;
    case 11:
      binary<Sub, T>(d, a, b, n);
      break;
    case 12:
      binary<Mul, T>(d, a, b, n);
      break;
    case 13:
      binary<Div, T>(d, a, b, n);
      break;
    case 14:
      binary<Max, T>(d, a, b, n);
      break;
    case 15:
      binary<Min, T>(d, a, b, n);
      break;
    case 16:
      binary<Eq, T>(d, a, b, n);
      break;
    case 17:
      binary<Ne, T>(d, a, b, n);
      break;
    case 18:
      binary<Lt, T>(d, a, b, n);
      break;
    case 19:
      binary<Le, T>(d, a, b, n);
      break;
    case 20:
      // A mask as 0 or 1.
      masked(d, a, n, v128.splat<T>(<T>1));
      break;
    case 21:
      ternary<MulAdd, T>(d, a, b, c, n);
      break;
    case 22:
      ternary<MulSub, T>(d, a, b, c, n);
      break;
    case 23:
      ternary<SubMul, T>(d, a, b, c, n);
      break;
  }
}
