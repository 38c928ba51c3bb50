import type { Atoms } from "./atoms";
import { power } from "./powers";

/** G⁻¹ continued to all levels by G⁻¹(s + 1) = G⁻¹(s) + 1: its atom number j, for any whole j. */
interface Periodic {
  x(j: number): number;
  level(j: number): number;
}

function periodic({ x, level }: Atoms): Periodic {
  const n = x.length;
  const turn = (values: Float64Array) => (j: number) => {
    const whole = Math.floor(j / n);
    return (values[j - whole * n] as number) + whole;
  };
  return { x: turn(x), level: turn(level) };
}

/** Number of the first atom with level above q + θ at q = 0. */
function firstAbove(level: Float64Array, theta: number): number {
  const whole = Math.floor(theta);
  const k = level.findIndex((s) => s > theta - whole);
  return k + whole * level.length;
}

/** ∫₀¹ |F⁻¹(q) − G⁻¹(q + θ)|^p dq, which is convex and piecewise linear in θ, and its slope to the right of θ. */
function shifted(u: Atoms, v: Atoms, p: number, theta: number): { value: number; slope: number } {
  const raise = power(p);
  const g = periodic(v);
  let [i, j, q, value, slope] = [0, firstAbove(v.level, theta), 0, 0, 0];
  while (i < u.x.length) {
    const x = u.x[i] as number;
    const left = u.level[i] as number;
    const right = g.level(j) - theta;
    const cost = raise(x - g.x(j));
    const next = Math.min(left, right);
    if (next > q) {
      value += (next - q) * cost;
      q = next;
    }
    if (right <= left) {
      // The step of G⁻¹ at this level comes sooner when θ grows.
      slope += raise(x - g.x(j + 1)) - cost;
      j++;
    } else i++;
  }
  return { value, slope };
}

/**
 * W_p^p on the circle of length 1 between measures of mass 1, for p > 1: the least cost over all shifts θ of levels.
 *
 * Bisection on the slope. The value is too large by less than the last bracket times the slope, of the order of p.
 *
 * @see Delon, Salomon & Sobolevski 2010, "Fast transport optimization for Monge costs on the circle"
 */
export function circleCost(u: Atoms, v: Atoms, p: number): number {
  let [low, high] = [-1, 1];
  let [atLow, atHigh] = [shifted(u, v, p, low), shifted(u, v, p, high)];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    const at = shifted(u, v, p, middle);
    if (at.slope < 0) [low, atLow] = [middle, at];
    else [high, atHigh] = [middle, at];
  }
  return Math.min(atLow.value, atHigh.value);
}

/** W_1 on the circle of length 1 between measures of mass 1: ∫ |F − G − m| with the median m of F − G. */
export function circleCost1(u: Atoms, v: Atoms): number {
  const pieces: { height: number; length: number }[] = [];
  let [i, j, from] = [0, 0, 0];
  const height = (): number => (u.level[i - 1] ?? 0) - (v.level[j - 1] ?? 0);
  while (i < u.x.length || j < v.x.length) {
    const to = Math.min(u.x[i] ?? Infinity, v.x[j] ?? Infinity);
    if (to > from) pieces.push({ height: height(), length: to - from });
    from = to;
    while (u.x[i] === to) i++;
    while (v.x[j] === to) j++;
  }
  if (from < 1) pieces.push({ height: 0, length: 1 - from });
  pieces.sort((s, t) => s.height - t.height);
  let below = 0;
  const middle = pieces.find(({ length }) => {
    below += length;
    return below >= 0.5;
  });
  const m = middle?.height ?? 0;
  return pieces.reduce((sum, piece) => sum + Math.abs(piece.height - m) * piece.length, 0);
}
