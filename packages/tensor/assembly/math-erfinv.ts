// The inverse of the error function; coefficients from tooling/scripts/minimax.py.
import { erf, erfcx } from "./math-erf";
import { expOfSum1 } from "./math-exp";
import { log1 } from "./math-log";

const HALF_SQRT_PI: f64 = 0.886226925452758;

/**
 * Inverse of erf for one f64: a quotient of polynomials, then one of Halley's steps.
 *
 * The step turns an error e into (y² + 1) e³ / 3, so six to seven digits are enough to begin with.
 */
export function erfinv(x: f64): f64 {
  const a = abs(x);
  if (!(a < 1)) return a === 1 ? x * Infinity : NaN;
  if (a < 1e-300) return x * HALF_SQRT_PI;
  let y: f64;
  if (a < 0.75) {
    const z = a * a;
    y = a * ((0.8862299312970261 + z * (-0.8314216349380914 + z * 0.11079375383512112)) /
      (1 + z * (-1.1998577345016437 + z * 0.29444617563806025)));
  } else {
    const r = sqrt(-log1(1 - a));
    y = (0.11656048747845615 + r * (-0.43891118077205776 + r * (1.4413916844243835 + r * 1.4553879459885655))) /
      (1 + r * (1.5968900607577934 + r * (1.4457266668185655 + r * 0.00033150789112303385)));
  }
  const growth = expOfSum1(y * y, 0);
  // Near 1 the complement says more; e^(y²) cancels out of it.
  const v = f64x2.splat(y);
  const miss =
    a < 0.75
      ? (f64x2.extract_lane(erf(v), 0) - a) * growth
      : (1 - a) * growth - f64x2.extract_lane(erfcx(v), 0);
  const step = miss * HALF_SQRT_PI;
  return copysign(y - step / (1 + y * step), x);
}
