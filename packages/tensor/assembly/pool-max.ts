import { AXES, AXIS, endTap, firstTap, spaced, startOf } from "./pool-window";

/** Lane numbers times `step`, in lanes as wide as T. */
function ramp<T>(step: i32): v128 {
  return sizeof<T>() === 8
    ? i64x2.replace_lane(i64x2.splat(0), 1, step)
    : i32x4.mul(i32x4.splat(step), i32x4(0, 1, 2, 3));
}

/** `value` in every lane, in lanes as wide as T. */
function everywhere<T>(value: i32): v128 {
  return sizeof<T>() === 8 ? i64x2.splat(value) : i32x4.splat(value);
}

/** Integers in lanes as wide as T added. */
function plus<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 8 ? i64x2.add(a, b) : i32x4.add(a, b);
}

/** Lanes in which `v`, which comes later, wins over `m`: it is larger, or the first NaN. */
@inline
function wins<T>(v: v128, m: v128): v128 {
  return v128.andnot(v128.eq<T>(m, m), v128.le<T>(v, m));
}

// Four maxima of the usual kind, windows of 2 × 2 side by side in two contiguous rows.
function maxSquares(p: usize, step: i32, flat: i32, rowFlat: i32, to: usize, index: usize): void {
  const a = v128.load(p);
  const b = v128.load(p, 16);
  const c = v128.load(p + step);
  const d = v128.load(p + step, 16);
  const a0 = v128.shuffle<i32>(a, b, 0, 2, 4, 6);
  const a1 = v128.shuffle<i32>(a, b, 1, 3, 5, 7);
  const c0 = v128.shuffle<i32>(c, d, 0, 2, 4, 6);
  const c1 = v128.shuffle<i32>(c, d, 1, 3, 5, 7);
  const upper = wins<f32>(a1, a0);
  const lower = wins<f32>(c1, c0);
  const m = v128.bitselect(a1, a0, upper);
  const n = v128.bitselect(c1, c0, lower);
  const take = wins<f32>(n, m);
  const place = i32x4.add(i32x4.splat(flat), i32x4(0, 2, 4, 6));
  // A mask is −1: where the second of a pair won, it adds one to the place.
  const low = i32x4.sub(i32x4.add(place, i32x4.splat(rowFlat)), lower);
  v128.store(to, v128.bitselect(n, m, take));
  v128.store(index, v128.bitselect(low, i32x4.sub(place, upper), take));
}

// One output row of maxima. The first of equal elements wins, and the first NaN wins over all.
// Outputs whose windows lie inside the row go by vectors, the last of which may overlap the one
// before; the others go one by one, in vectors too, as maxima by branches are mostly mispredicted.
export function maxRow<T>(
  args: usize,
  x: usize,
  d: i32,
  h: i32,
  inside: i32,
  outside: i32,
  to: usize,
  index: usize,
): void {
  const axisD = args + AXES;
  const axisH = axisD + AXIS;
  const axisW = axisH + AXIS;
  const lanes: i32 = 16 / sizeof<T>();
  const startD = startOf(axisD, d);
  const startH = startOf(axisH, h);
  const firstD = firstTap(axisD, startD);
  const firstH = firstTap(axisH, startH);
  const endD = endTap(axisD, startD);
  const endH = endTap(axisH, startH);
  const some = firstD < endD && firstH < endH;
  const dilationD = load<i32>(axisD, 12);
  const dilationH = load<i32>(axisH, 12);
  const dilation = load<i32>(axisW, 12);
  const stepD = load<i32>(axisD, 24);
  const stepH = load<i32>(axisH, 24);
  const stepW = load<i32>(axisW, 24);
  const height = load<i32>(axisH, 16);
  const width = load<i32>(axisW, 16);
  const window = load<i32>(axisW);
  const stride = load<i32>(axisW, 4);
  const before = load<i32>(axisW, 8);
  const length = load<i32>(axisW, 20);
  const across = stride * stepW;
  const along = dilation * stepW;
  const spread = ramp<T>(stride);
  const distance = everywhere<T>(dilation);
  const squares =
    sizeof<T>() === 4 &&
    window === 2 &&
    stride === 2 &&
    along === 4 &&
    endD - firstD === 1 &&
    firstH === 0 &&
    endH === 2;
  const rowFlat = dilationH * width;
  const jumpH = dilationH * stepH;
  for (let w = 0; w < length; ) {
    const vector = some && w >= inside && w < outside && outside - inside >= lanes;
    if (vector) w = min(w, outside - lanes);
    const startW = w * stride - before;
    const firstW = vector ? 0 : firstTap(axisW, startW);
    const endW = vector ? window : endTap(axisW, startW);
    const startX = startW + firstW * dilation;
    const atD = startD + firstD * dilationD;
    const flat = (atD * height + startH + firstH * dilationH) * width + startX;
    if (squares && vector) {
      const p = x + atD * stepD + startH * stepH + (startX - 2 * w) * 4;
      const begin = w;
      for (; w < outside; w += 4) {
        const v = min(w, outside - 4);
        const place = flat + 2 * (v - begin);
        maxSquares(p + v * 8, jumpH, place, rowFlat, to + v * 4, index + v * 4);
      }
      // Windows that reach into the padding behind are still to come.
      w = outside;
      continue;
    }
    // −∞ alone must still be found where it stands.
    const first = some && firstW < endW ? flat : -1;
    let places = plus<T>(everywhere<T>(first), spread);
    let maxima = v128.splat<T>(<T>-Infinity);
    for (let kd = firstD; kd < endD; kd++) {
      const atD = startD + kd * dilationD;
      for (let kh = firstH; kh < endH; kh++) {
        const atH = startH + kh * dilationH;
        let p = x + atD * stepD + atH * stepH + startX * stepW;
        let at = plus<T>(everywhere<T>((atD * height + atH) * width + startX), spread);
        for (let kw = firstW; kw < endW; kw++) {
          const v = vector ? spaced<T>(p, across) : v128.load_splat<T>(p);
          const take = wins<T>(v, maxima);
          maxima = v128.bitselect(v, maxima, take);
          places = v128.bitselect(at, places, take);
          at = plus<T>(at, distance);
          p += along;
        }
      }
    }
    const q = to + (<usize>w) * sizeof<T>();
    const r = index + ((<usize>w) << 2);
    if (vector) {
      v128.store(q, maxima);
      if (sizeof<T>() === 8) v128.store64_lane(r, v128.shuffle<i32>(places, places, 0, 2, 0, 2), 0);
      else v128.store(r, places);
      w += lanes;
    } else {
      v128.store_lane<T>(q, maxima, 0);
      v128.store_lane<i32>(r, places, 0);
      w++;
    }
  }
}
