/** min over columns [from, to) of costs_j − y_j. */
export function rowMinimum(costs: usize, y: usize, from: i32, to: i32): f64 {
  let c = costs + ((<usize>from) << 3);
  let v = y + ((<usize>from) << 3);
  const count = to - from;
  let m0 = f64x2.splat(Infinity);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  for (const end = c + ((<usize>(count & ~7)) << 3); c < end; c += 64, v += 64) {
    m0 = f64x2.pmin(m0, f64x2.sub(v128.load(c), v128.load(v)));
    m1 = f64x2.pmin(m1, f64x2.sub(v128.load(c, 16), v128.load(v, 16)));
    m2 = f64x2.pmin(m2, f64x2.sub(v128.load(c, 32), v128.load(v, 32)));
    m3 = f64x2.pmin(m3, f64x2.sub(v128.load(c, 48), v128.load(v, 48)));
  }
  const all = f64x2.pmin(f64x2.pmin(m0, m1), f64x2.pmin(m2, m3));
  let least = min<f64>(f64x2.extract_lane(all, 0), f64x2.extract_lane(all, 1));
  for (const end = costs + ((<usize>to) << 3); c < end; c += 8, v += 8) {
    least = min<f64>(least, load<f64>(c) - load<f64>(v));
  }
  return least;
}

/**
 * The first column from `from` on with costs_j − y_j equal to a minimum that was just found there.
 *
 * Reads up to one element past it.
 */
export function columnOf(minimum: f64, costs: usize, y: usize, from: i32): i32 {
  const wanted = f64x2.splat(minimum);
  let c = costs + ((<usize>from) << 3);
  let v = y + ((<usize>from) << 3);
  let equal = f64x2.eq(f64x2.sub(v128.load(c), v128.load(v)), wanted);
  while (!v128.any_true(equal)) {
    from += 2;
    c += 16;
    v += 16;
    equal = f64x2.eq(f64x2.sub(v128.load(c), v128.load(v)), wanted);
  }
  return from + (i64x2.extract_lane(equal, 0) === 0 ? 1 : 0);
}
