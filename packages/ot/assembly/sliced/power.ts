import { pow1 } from "../../../tensor/assembly/math-pow";

/** a^p for a ≥ 0 and p ≥ 0. */
export function power(a: f64, p: f64): f64 {
  if (p == 2) return a * a;
  if (p == 1) return a;
  const whole = floor(p);
  if (whole != p || p > 16) return pow1(a, p);
  let product: f64 = 1;
  for (let k = <i32>whole; k > 0; k--) product *= a;
  return product;
}

/** The derivative of |x|^p, p ≥ 1; 0 at 0. */
export function slope(x: f64, p: f64): f64 {
  if (p == 2) return 2 * x;
  if (x == 0) return 0;
  if (p == 1) return x > 0 ? 1 : -1;
  const a = p * power(abs(x), p - 1);
  return x > 0 ? a : -a;
}
