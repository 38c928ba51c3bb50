import { exp } from "../../../tensor/assembly/math-exp";

/** e^z in two lanes, 0 below `cutoff`; z is taken to be at most 705. */
// @ts-ignore: decorator
@inline
export function expCut(z: v128, cutoff: v128): v128 {
  const inside = f64x2.pmin(f64x2.pmax(z, f64x2.splat(-705)), f64x2.splat(705));
  return v128.and(exp<f64>(inside), f64x2.gt(z, cutoff));
}

/** Sum of the two lanes. */
// @ts-ignore: decorator
@inline
export function sum2(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** y += c x over doubles; `length` is a multiple of 4. */
// @ts-ignore: decorator
@inline
export function addScaled(y: usize, x: usize, c: f64, length: i32): void {
  const f = f64x2.splat(c);
  const end = x + (<usize>length << 3);
  for (; x < end; x += 32, y += 32) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(f, v128.load(x))));
    v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(f, v128.load(x, 16))), 16);
  }
}

/** x·y over doubles; `length` is a multiple of 4. */
// @ts-ignore: decorator
@inline
export function dot(x: usize, y: usize, length: i32): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  const end = x + (<usize>length << 3);
  for (; x < end; x += 32, y += 32) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(x), v128.load(y)));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
  }
  return sum2(f64x2.add(s0, s1));
}
