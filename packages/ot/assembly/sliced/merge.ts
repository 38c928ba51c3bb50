import { power, slope } from "./power";
import { padded } from "./project";
import { count, exponent, word } from "./words";

/** Levels of the two distribution functions nearer than this are one level. */
const sameLevel: f64 = 1e-15;

// @ts-ignore: decorator
@inline
function position(records: usize, k: usize): usize {
  return <usize>load<u32>(records + (k << 3));
}

// ‖x_i − y_j‖^p of points stored coordinate by coordinate.
function groundCost<T>(args: usize, i: usize, j: usize, p: f64): f64 {
  const columnX = <usize>padded(count(args, 3)) * sizeof<T>();
  const columnY = <usize>padded(count(args, 4)) * sizeof<T>();
  let x = word(args, 5) + i * sizeof<T>();
  let y = word(args, 6) + j * sizeof<T>();
  let sum: f64 = 0;
  for (let k = count(args, 2); k > 0; k--, x += columnX, y += columnY) {
    const t = <f64>load<T>(x) - <f64>load<T>(y);
    sum += t * t;
  }
  return power(sum, 0.5 * p);
}

// @ts-ignore: decorator
@inline
function put(row: usize, at: usize, value: f64): void {
  if (row != 0) store<f64>(row + (at << 3), value);
}

// The address of direction l in a matrix [directions, length], 0 if there is none.
// @ts-ignore: decorator
@inline
function rowOf(matrix: usize, l: i32, length: i32): usize {
  return matrix == 0 ? 0 : matrix + ((<usize>l * <usize>length) << 3);
}

/**
 * W_p^p of sorted values by walking through both distribution functions at once.
 *
 * Each step moves the mass between two levels from x_i to y_j. With records it also fills in whatever the words
 * ask for. Potentials follow from u_i + v_j = c_ij along the walk.
 *
 * Sorted values are of type T, the points of type P.
 */
export function merge<T, P>(
  args: usize, l: i32, x: usize, recordsX: usize, y: usize, recordsY: usize, shift: f64,
): f64 {
  const n = count(args, 3);
  const m = count(args, 4);
  const p = exponent(args);
  const a = word(args, 9);
  const b = word(args, 10);
  const gradientX = rowOf(word(args, 13), l, n);
  const gradientY = rowOf(word(args, 14), l, m);
  const potentialX = rowOf(word(args, 15), l, n);
  const potentialY = rowOf(word(args, 16), l, m);
  const lifted = word(args, 17);
  const mass = word(args, 24);
  const ordered = recordsX != 0;
  // Levels in units of 1/(nm) are integers, so that equal levels of uniform weights are found exactly.
  const uniform = a == 0;
  const unit = uniform ? 1 / (<f64>n * <f64>m) : 1;
  const tolerance = uniform ? 0 : sameLevel;
  const last = uniform ? <f64>n * <f64>m : 1;
  let i: usize = 0;
  let j: usize = 0;
  let atX = ordered ? position(recordsX, 0) : 0;
  let atY = ordered ? position(recordsY, 0) : 0;
  let levelX = uniform ? <f64>m : load<f64>(a + (atX << 3));
  let levelY = uniform ? <f64>n : load<f64>(b + (atY << 3));
  let level: f64 = 0;
  let sum: f64 = 0;
  let lift: f64 = 0;
  let cells = 0;
  let slopeX: f64 = 0;
  let slopeY: f64 = 0;
  let u: f64 = 0;
  let v: f64 = 0;
  let fresh = true;
  let tied = false;
  let tie: f64 = 0;
  while (true) {
    const endX = i == <usize>(n - 1);
    const endY = j == <usize>(m - 1);
    const topX = endX ? last : levelX;
    const topY = endY ? last : levelY;
    const next = max(level, min(topX, topY));
    const w = (next - level) * unit;
    level = next;
    const t = <f64>load<T>(x + i * sizeof<T>()) + shift - <f64>load<T>(y + j * sizeof<T>());
    const c = power(abs(t), p);
    sum += w * c;
    if (ordered) {
      if (gradientX != 0) {
        const g = w * slope(t, p);
        slopeX += g;
        slopeY -= g;
      }
      // Entering a new row or column fixes its potential; the first cell has v = 0.
      if (tied) {
        u = tie + 0.5 * c;
        v = c - u;
      } else if (fresh) u = c - v;
      else v = c - u;
      if (lifted != 0 && w > 0) lift += w * groundCost<P>(args, atX, atY, p);
      if (mass != 0 && w > 0) {
        store<f64>(mass + (<usize>cells << 3), w);
        store<u32>(word(args, 25) + (<usize>cells << 2), <u32>atX);
        store<u32>(word(args, 26) + (<usize>cells << 2), <u32>atY);
        cells++;
      }
    }
    if (endX && endY) break;
    const advanceX = endY || (!endX && topX <= topY + tolerance);
    const advanceY = endX || (!endY && topY <= topX + tolerance);
    tied = advanceX && advanceY;
    if (potentialX != 0 && tied) {
      // At equal levels x or y could go first: what lies in the middle between both ways.
      const ahead = <f64>load<T>(x + (i + 1) * sizeof<T>()) + shift - <f64>load<T>(y + j * sizeof<T>());
      const behind = <f64>load<T>(x + i * sizeof<T>()) + shift - <f64>load<T>(y + (j + 1) * sizeof<T>());
      tie = 0.5 * (power(abs(ahead), p) - v + u - power(abs(behind), p));
    }
    if (ordered) {
      if (advanceX) {
        put(gradientX, atX, slopeX);
        put(potentialX, atX, u);
        slopeX = 0;
      }
      if (advanceY) {
        put(gradientY, atY, slopeY);
        put(potentialY, atY, v);
        slopeY = 0;
      }
    }
    fresh = advanceX;
    if (advanceX) {
      i++;
      if (ordered) atX = position(recordsX, i);
      levelX += uniform ? <f64>m : load<f64>(a + (atX << 3));
    }
    if (advanceY) {
      j++;
      if (ordered) atY = position(recordsY, j);
      levelY += uniform ? <f64>n : load<f64>(b + (atY << 3));
    }
  }
  if (ordered) {
    put(gradientX, atX, slopeX);
    put(gradientY, atY, slopeY);
    put(potentialX, atX, u);
    put(potentialY, atY, v);
    if (lifted != 0) store<f64>(lifted + (<usize>l << 3), lift);
    if (mass != 0) store<i32>(word(args, 27), cells);
  }
  return sum;
}

/** Σ |x_k + shift − y_k|^p of n sorted values. */
export function pairSum<T>(x: usize, y: usize, n: i32, shift: f64, p: f64): f64 {
  let sum: f64 = 0;
  let k = 0;
  if (p == 2) {
    const s = f64x2.splat(shift);
    let s0 = f64x2.splat(0);
    let s1 = s0;
    for (; k + 4 <= n; k += 4, x += 4 * sizeof<T>(), y += 4 * sizeof<T>()) {
      let d0: v128;
      let d1: v128;
      if (sizeof<T>() == 8) {
        d0 = f64x2.sub(v128.load(x), v128.load(y));
        d1 = f64x2.sub(v128.load(x, 16), v128.load(y, 16));
      } else {
        d0 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x)), f64x2.promote_low_f32x4(v128.load64_zero(y)));
        d1 = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(x, 8)), f64x2.promote_low_f32x4(v128.load64_zero(y, 8)));
      }
      d0 = f64x2.add(d0, s);
      d1 = f64x2.add(d1, s);
      s0 = f64x2.add(s0, f64x2.mul(d0, d0));
      s1 = f64x2.add(s1, f64x2.mul(d1, d1));
    }
    s0 = f64x2.add(s0, s1);
    sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1);
  }
  for (; k < n; k++, x += sizeof<T>(), y += sizeof<T>()) {
    sum += power(abs(<f64>load<T>(x) - <f64>load<T>(y) + shift), p);
  }
  return sum;
}
