/** Points are stored coordinate by coordinate, each of them padded to a multiple of so many by its last value. */
export const padding: i32 = 16;

// @ts-ignore: decorator
@inline
export function padded(n: i32): i32 {
  return (n + padding - 1) & -padding;
}

// @ts-ignore: decorator
@inline
function lanes<T>(): usize {
  return 16 / sizeof<T>();
}

// @ts-ignore: decorator
@inline
function storeBounds<T>(low: v128, high: v128, bounds: usize): void {
  let least = <f64>v128.extract_lane<T>(low, 0);
  let most = <f64>v128.extract_lane<T>(high, 0);
  least = min(least, <f64>v128.extract_lane<T>(low, 1));
  most = max(most, <f64>v128.extract_lane<T>(high, 1));
  if (sizeof<T>() == 4) {
    least = min(least, min(<f64>f32x4.extract_lane(low, 2), <f64>f32x4.extract_lane(low, 3)));
    most = max(most, max(<f64>f32x4.extract_lane(high, 2), <f64>f32x4.extract_lane(high, 3)));
  }
  store<f64>(bounds, least);
  store<f64>(bounds, most, 8);
}

/** Projections of points on the direction `theta` of d doubles, and their bounds: least and greatest. */
export function project<T>(
  points: usize, n: i32, d: i32, theta: usize, to: usize, bounds: usize,
): void {
  const stride = <usize>padded(n) * sizeof<T>();
  const end = to + stride;
  let low = v128.splat<T>(<T>Infinity);
  let high = v128.splat<T>(<T>-Infinity);
  for (; to < end; to += 64, points += 64) {
    let s0 = v128.splat<T>(<T>0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let column = points;
    for (let k = 0; k < d; k++, column += stride) {
      const t = v128.splat<T>(<T>load<f64>(theta + (<usize>k << 3)));
      s0 = v128.add<T>(s0, v128.mul<T>(t, v128.load(column)));
      s1 = v128.add<T>(s1, v128.mul<T>(t, v128.load(column, 16)));
      s2 = v128.add<T>(s2, v128.mul<T>(t, v128.load(column, 32)));
      s3 = v128.add<T>(s3, v128.mul<T>(t, v128.load(column, 48)));
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
    low = v128.pmin<T>(low, v128.pmin<T>(v128.pmin<T>(s0, s1), v128.pmin<T>(s2, s3)));
    high = v128.pmax<T>(high, v128.pmax<T>(v128.pmax<T>(s0, s1), v128.pmax<T>(s2, s3)));
  }
  storeBounds<T>(low, high, bounds);
}

/** Copies projections that were computed before, and finds their bounds. */
export function copyProjections<T>(from: usize, n: i32, to: usize, bounds: usize): void {
  let low: T = <T>Infinity;
  let high: T = <T>-Infinity;
  for (const end = from + <usize>n * sizeof<T>(); from < end; from += sizeof<T>(), to += sizeof<T>()) {
    const x = load<T>(from);
    low = min(low, x);
    high = max(high, x);
    store<T>(to, x);
  }
  store<f64>(bounds, <f64>low);
  store<f64>(bounds, <f64>high, 8);
}

/** Σ w x² of projections; weights 1/n if there are none. */
export function secondMoment<T>(row: usize, n: i32, weights: usize): f64 {
  let s0: f64 = 0;
  let s1: f64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const x = <f64>load<T>(row + i * sizeof<T>());
    const w = weights != 0 ? load<f64>(weights + (i << 3)) : 1;
    if (i & 1) s1 += w * x * x;
    else s0 += w * x * x;
  }
  return weights != 0 ? s0 + s1 : (s0 + s1) / <f64>n;
}
