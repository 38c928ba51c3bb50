import { elementBytes, recordBytes } from "./sort-records";

/** Writes the elements that `count` records of keys stand for. */
export function writeValues(type: i32, records: usize, count: i32, to: usize): void {
  if (type >= 4) {
    for (let i = 0; i < count; i++) store<u8>(to + i, load<u32>(records + (i << 2)));
  } else if (type == 1) {
    for (let i = 0; i < count; i++) {
      const key = load<u64>(records + (i << 3));
      store<u64>(to + (i << 3), key ^ ((<i64>~key >> 63) | (<u64>1 << 63)));
    }
  } else {
    const top: u32 = type == 3 ? 0 : 0x80000000;
    const float: u32 = type == 0 ? -1 : 0;
    const tops = i32x4.splat(top);
    const floats = i32x4.splat(float);
    const end = to + ((<usize>count) << 2);
    for (; to + 16 <= end; to += 16) {
      const keys = v128.load(records);
      const turned = v128.andnot(floats, i32x4.shr_s(keys, 31));
      v128.store(to, v128.xor(keys, v128.or(turned, tops)));
      records += 16;
    }
    for (; to < end; to += 4) {
      const key = load<u32>(records);
      store<u32>(to, key ^ ((float & ~(<i32>key >> 31)) | top));
      records += 4;
    }
  }
}

/** Writes the positions of `count` records. */
export function writePositions(type: i32, records: usize, count: i32, to: usize): void {
  const width = recordBytes(type, true);
  for (const end = to + ((<usize>count) << 2); to < end; to += 4) {
    store<i32>(to, load<i32>(records));
    records += width;
  }
}

/** Writes the elements of a row at `count` positions. */
export function pickValues(type: i32, row: usize, positions: usize, count: i32, to: usize): void {
  const size = elementBytes(type);
  for (const end = positions + ((<usize>count) << 2); positions < end; positions += 4) {
    const p = row + <usize>load<u32>(positions) * size;
    if (size == 4) store<u32>(to, load<u32>(p));
    else if (size == 8) store<u64>(to, load<u64>(p));
    else store<u8>(to, load<u8>(p));
    to += size;
  }
}

@inline
function zeros<T>(row: usize, n: i32, sorted: usize): void {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<T>(sorted + <usize>middle * sizeof<T>()) < 0) low = middle + 1;
    else high = middle;
  }
  if (low == n) return;
  let to = sorted + <usize>low * sizeof<T>();
  // Zeros of one sign need nothing; negative ones come first, if there are any.
  if (load<T>(to) != 0 || load<u8>(to + sizeof<T>() - 1) == 0) return;
  for (const end = row + <usize>n * sizeof<T>(); row < end; row += sizeof<T>()) {
    const value = load<T>(row);
    if (value == 0) {
      store<T>(to, value);
      to += sizeof<T>();
    }
  }
}

/** Puts the zeros of a sorted row into the order of the row: −0 and +0 are equal, and sorting is stable. */
export function orderZeros(type: i32, row: usize, n: i32, sorted: usize): void {
  if (type == 0) zeros<f32>(row, n, sorted);
  else if (type == 1) zeros<f64>(row, n, sorted);
}
