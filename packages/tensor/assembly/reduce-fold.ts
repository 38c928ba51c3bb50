// Reductions of lanes to one number. Numbers travel as f64, which holds every f32, i32 and u32 exactly.

export const SUM = 0;
export const PROD = 1;
export const MAX = 2;
export const MIN = 3;
export const ANY = 4;

/** What the lanes hold. */
export const F32 = 0;
export const F64 = 1;
export const I32 = 2;
export const U32 = 3;

/** Joins two results; integers wrap at 32 bits, NaN wins. */
export function combine(kind: i32, lane: i32, a: f64, b: f64): f64 {
  if (kind === SUM || kind === PROD) {
    if (lane <= F64) return kind === SUM ? a + b : a * b;
    const x = kind === SUM ? <i64>a + <i64>b : <i64>a * <i64>b;
    return lane === I32 ? <f64>(<i32>x) : <f64>(<u32>x);
  }
  return kind === MAX || kind === ANY ? max(a, b) : min(a, b);
}

/** The number in lane `index` of the block at `from`. */
export function laneAt(lane: i32, shift: usize, from: usize, index: usize): f64 {
  const at = from + (index << shift);
  switch (lane) {
    case F32:
      return <f64>load<f32>(at);
    case F64:
      return load<f64>(at);
    case I32:
      return <f64>load<i32>(at);
    case U32:
      return <f64>load<u32>(at);
    default:
      return <f64>(load<u8>(at) & 1);
  }
}

/**
 * Reduces `count` lanes from `from` on.
 *
 * Float sums keep one partial sum per vector lane of four vectors, each fed with sums of four: over a block the
 * error stays at a few roundings, and blocks are joined in f64.
 */
export function fold(
  kind: i32,
  lane: i32,
  shift: usize,
  from: usize,
  count: usize,
  identity: f64,
): f64 {
  if (lane === F32) {
    if (kind === SUM) return sum<f32>(from, count);
    if (kind !== PROD) return extreme<f32>(from, count, kind === MIN);
  } else if (lane === F64) {
    if (kind === SUM) return sum<f64>(from, count);
    if (kind !== PROD) return extreme<f64>(from, count, kind === MIN);
  }
  let total = identity;
  for (let i: usize = 0; i < count; i++)
    total = combine(kind, lane, total, laneAt(lane, shift, from, i));
  return total;
}

// @ts-ignore: decorator
@inline
function laneSum<T>(x: v128): f64 {
  if (sizeof<T>() === 8) return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
  return laneSum<f64>(f64x2.add(low, high));
}

// Of four vectors each, so that an accumulator is rounded once in four.
// @ts-ignore: decorator
@inline
function quadSum<T>(from: usize): v128 {
  const low = v128.add<T>(v128.load(from), v128.load(from, 16));
  return v128.add<T>(low, v128.add<T>(v128.load(from, 32), v128.load(from, 48)));
}

function sum<T>(from: usize, count: usize): f64 {
  const end = from + count * sizeof<T>();
  let a = v128.splat<T>(<T>0);
  let b = a;
  let c = a;
  let d = a;
  for (; from + 256 <= end; from += 256) {
    a = v128.add<T>(a, quadSum<T>(from));
    b = v128.add<T>(b, quadSum<T>(from + 64));
    c = v128.add<T>(c, quadSum<T>(from + 128));
    d = v128.add<T>(d, quadSum<T>(from + 192));
  }
  for (; from + 64 <= end; from += 64) b = v128.add<T>(b, quadSum<T>(from));
  for (; from + 16 <= end; from += 16) a = v128.add<T>(a, v128.load(from));
  let total = laneSum<T>(v128.add<T>(v128.add<T>(a, b), v128.add<T>(c, d)));
  for (; from < end; from += sizeof<T>()) total += <f64>load<T>(from);
  return total;
}

// @ts-ignore: decorator
@inline
function better<T>(a: v128, x: v128, least: bool): v128 {
  return least ? v128.pmin<T>(a, x) : v128.pmax<T>(a, x);
}

// @ts-ignore: decorator
@inline
function extremeOf<T>(from: usize, count: usize, least: bool): f64 {
  const end = from + count * sizeof<T>();
  let a = v128.splat<T>(<T>(least ? Infinity : -Infinity));
  let b = a;
  // pmax and pmin pass over NaN, so it is watched for on the side.
  let numbers = v128.eq<T>(a, a);
  for (; from + 32 <= end; from += 32) {
    const x = v128.load(from);
    const y = v128.load(from, 16);
    a = better<T>(a, x, least);
    b = better<T>(b, y, least);
    numbers = v128.and(numbers, v128.and(v128.eq<T>(x, x), v128.eq<T>(y, y)));
  }
  for (; from + 16 <= end; from += 16) {
    const x = v128.load(from);
    a = better<T>(a, x, least);
    numbers = v128.and(numbers, v128.eq<T>(x, x));
  }
  a = better<T>(a, b, least);
  let result: f64 = least ? Infinity : -Infinity;
  if (sizeof<T>() === 4) {
    a = better<T>(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1), least);
    a = better<T>(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2), least);
    result = <f64>f32x4.extract_lane(a, 0);
  } else {
    a = better<T>(a, v128.shuffle<i64>(a, a, 1, 0), least);
    result = f64x2.extract_lane(a, 0);
  }
  if (!v128.all_true<i32>(numbers)) return NaN;
  for (; from < end; from += sizeof<T>()) {
    const x = <f64>load<T>(from);
    result = least ? min(result, x) : max(result, x);
  }
  return result;
}

function extreme<T>(from: usize, count: usize, least: bool): f64 {
  return least ? extremeOf<T>(from, count, true) : extremeOf<T>(from, count, false);
}

/** Writes a result as element `index` of an array: 0 f32, 1 f64, 2 i32, 3 u32, 4 u8, 5 bool. */
export function finish(to: usize, dtype: i32, index: usize, value: f64): void {
  switch (dtype) {
    case 0:
      store<f32>(to + (index << 2), <f32>value);
      break;
    case 1:
      store<f64>(to + (index << 3), value);
      break;
    case 2:
      store<i32>(to + (index << 2), <i32>value);
      break;
    case 3:
      store<u32>(to + (index << 2), <u32>value);
      break;
    case 4:
      store<u8>(to + index, <u8>(<u32>value));
      break;
    case 5:
      store<u8>(to + index, <u8>(value !== 0));
      break;
  }
}
