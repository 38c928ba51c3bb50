// Elementary and special functions of f32 and f64 lanes.
import { acos, asin, atan, atan2 } from "./math-arc";
import { erf, erfc, erfToSingle } from "./math-erf";
import { erfinv } from "./math-erfinv";
import { exp, expm1, sigmoid, tanh } from "./math-exp";
import { digamma, lgamma } from "./math-gamma";
import { acosh, asinh, atanh, cosh, sinh } from "./math-hyperbolic";
import { log, log1p, softplus } from "./math-log";
import { pow1, powToSingle } from "./math-pow";
import { COS, SIN, TAN, trigonometric } from "./math-trig";

class Exp {}
class Expm1 {}
class Log {}
class Log1p {}
class Tanh {}
class Sigmoid {}
class Softplus {}
class Sin {}
class Cos {}
class Tan {}
class Asin {}
class Acos {}
class Atan {}
class Sinh {}
class Cosh {}
class Asinh {}
class Acosh {}
class Atanh {}
class Erf {}
class Erfc {}
class Erfinv {}
class Lgamma {}
class Digamma {}
class Pow {}
class Atan2 {}
class Rem {}

// Functions worth lanes of either width.
// @ts-ignore: decorator
@inline
function apply<Op, T>(x: v128): v128 {
  if (idof<Op>() === idof<Exp>()) return exp<T>(x);
  if (idof<Op>() === idof<Expm1>()) return expm1<T>(x);
  if (idof<Op>() === idof<Log>()) return log<T>(x);
  if (idof<Op>() === idof<Log1p>()) return log1p<T>(x);
  if (idof<Op>() === idof<Tanh>()) return tanh<T>(x);
  if (idof<Op>() === idof<Sigmoid>()) return sigmoid<T>(x);
  return softplus<T>(x);
}

// Longer than any block. A function that may call itself is not inlined: the loops stay functions of their
// own, so that engines compile them one by one and keep each one's constants in registers.
const NEVER: usize = 0x10000000;

function direct<Op, T>(d: usize, a: usize, n: usize): void {
  if (n > NEVER) direct<Op, T>(d, a, NEVER);
  const end = a + n;
  do {
    v128.store(d, apply<Op, T>(v128.load(a)));
    a += 16;
    d += 16;
  } while (a < end);
}

// Functions that f32 borrows from f64.
// @ts-ignore: decorator
@inline
function applyDouble<Op, T>(x: v128, y: v128): v128 {
  if (idof<Op>() === idof<Sin>()) return trigonometric(x, SIN);
  if (idof<Op>() === idof<Cos>()) return trigonometric(x, COS);
  if (idof<Op>() === idof<Tan>()) return trigonometric(x, TAN);
  if (idof<Op>() === idof<Asin>()) return asin(x);
  if (idof<Op>() === idof<Acos>()) return acos(x);
  if (idof<Op>() === idof<Atan>()) return atan(x);
  if (idof<Op>() === idof<Sinh>()) return sinh<f64>(x);
  if (idof<Op>() === idof<Cosh>()) return cosh<f64>(x);
  if (idof<Op>() === idof<Asinh>()) return asinh<f64>(x);
  if (idof<Op>() === idof<Acosh>()) return acosh<f64>(x);
  if (idof<Op>() === idof<Atanh>()) return atanh<f64>(x);
  if (idof<Op>() === idof<Atan2>()) return atan2(x, y);
  if (idof<Op>() === idof<Erf>()) return sizeof<T>() === 4 ? erfToSingle(x) : erf(x);
  if (idof<Op>() === idof<Erfc>()) return erfc(x);
  if (idof<Op>() === idof<Lgamma>()) return lgamma(x);
  return powToSingle(x, y);
}

// Steps through two lanes at a time, whatever their width in memory.
function double<Op, T>(d: usize, a: usize, b: usize, n: usize): void {
  if (n > NEVER) double<Op, T>(d, a, b, NEVER);
  const end = a + n;
  do {
    if (sizeof<T>() === 4) {
      const y = applyDouble<Op, T>(
        f64x2.promote_low_f32x4(v128.load64_zero(a)),
        f64x2.promote_low_f32x4(v128.load64_zero(b)),
      );
      v128.store64_lane(d, f32x4.demote_f64x2_zero(y), 0);
    } else {
      v128.store(d, applyDouble<Op, T>(v128.load(a), v128.load(b)));
    }
    a += 2 * sizeof<T>();
    b += 2 * sizeof<T>();
    d += 2 * sizeof<T>();
  } while (a < end);
}

// Functions with too many cases for lanes.
// @ts-ignore: decorator
@inline
function applyScalar<Op>(x: f64, y: f64): f64 {
  if (idof<Op>() === idof<Erfinv>()) return erfinv(x);
  if (idof<Op>() === idof<Digamma>()) return digamma(x);
  if (idof<Op>() === idof<Pow>()) return pow1(x, y);
  return x % y;
}

function scalar<Op, T>(d: usize, a: usize, b: usize, n: usize): void {
  const end = a + n;
  do {
    store<T>(d, <T>applyScalar<Op>(<f64>load<T>(a), <f64>load<T>(b)));
    a += sizeof<T>();
    b += sizeof<T>();
    d += sizeof<T>();
  } while (a < end);
}

/** Groups 4 (f32) and 5 (f64). */
export function elementary<T>(op: i32, d: usize, a: usize, b: usize, n: usize): void {
  switch (op) {
    case 0:
      direct<Exp, T>(d, a, n);
      break;
    case 1:
      direct<Expm1, T>(d, a, n);
      break;
    case 2:
      direct<Log, T>(d, a, n);
      break;
    case 3:
      direct<Log1p, T>(d, a, n);
      break;
    case 4:
      direct<Tanh, T>(d, a, n);
      break;
    case 5:
      direct<Sigmoid, T>(d, a, n);
      break;
    case 6:
      direct<Softplus, T>(d, a, n);
      break;
    case 7:
      double<Sin, T>(d, a, a, n);
      break;
    case 8:
      double<Cos, T>(d, a, a, n);
      break;
    case 9:
      double<Tan, T>(d, a, a, n);
      break;
    case 10:
      double<Asin, T>(d, a, a, n);
      break;
    case 11:
      double<Acos, T>(d, a, a, n);
      break;
    case 12:
      double<Atan, T>(d, a, a, n);
      break;
    case 13:
      double<Sinh, T>(d, a, a, n);
      break;
    case 14:
      double<Cosh, T>(d, a, a, n);
      break;
    case 15:
      double<Asinh, T>(d, a, a, n);
      break;
    case 16:
      double<Acosh, T>(d, a, a, n);
      break;
    case 17:
      double<Atanh, T>(d, a, a, n);
      break;
    case 18:
      double<Erf, T>(d, a, a, n);
      break;
    case 19:
      double<Erfc, T>(d, a, a, n);
      break;
    case 20:
      scalar<Erfinv, T>(d, a, a, n);
      break;
    case 21:
      double<Lgamma, T>(d, a, a, n);
      break;
    case 22:
      scalar<Digamma, T>(d, a, a, n);
      break;
    case 23:
      double<Atan2, T>(d, a, b, n);
      break;
    case 24:
      if (sizeof<T>() === 4) double<Pow, T>(d, a, b, n);
      else scalar<Pow, T>(d, a, b, n);
      break;
    case 25:
      scalar<Rem, T>(d, a, b, n);
      break;
  }
}
