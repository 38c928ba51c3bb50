// Sorting works on records: a key whose unsigned order is the wanted order and, if positions are
// wanted, the element's position in its row below the key. Records by their width in bytes:
//   4  key                     elements of up to 32 bits
//   8  key                     f64
//   8  position, key           positions of elements of up to 32 bits
//  16  position, unused, key   positions of f64
// They are sorted by radix, one byte of the key after the other, lowest first.

/** Bytes of the table that counts a digit: 256 words. */
export const tableBytes: usize = 1024;

/** Rows of f64 up to this length are sorted by insertion: clearing and summing the tables costs more. */
const insertionLimit: i32 = 40;

/** Rows of other elements up to this length are sorted by comparing all pairs, four at a time. */
const rankLimit: i32 = 96;

// dtype codes of the argument blocks: f32 0, f64 1, i32 2, u32 3, u8 4, bool 5.

export function elementBytes(type: i32): usize {
  return type == 1 ? 8 : type >= 4 ? 1 : 4;
}

export function keyBytes(type: i32): i32 {
  return type == 1 ? 8 : 4;
}

export function recordBytes(type: i32, positions: bool): usize {
  return <usize>keyBytes(type) << (positions ? 1 : 0);
}

// K holds the bits of an F. As keys alone −0 and +0 stay apart, so that the element can be made from
// its key again; beside a position they are equal. All NaN are one key, the last.
@inline
function floatKey<K, S>(bits: S, positions: bool): K {
  const top = <S>1 << (sizeof<S>() * 8 - 1);
  const infinity: S = sizeof<S>() == 8 ? <S>0x7ff0000000000000 : <S>0x7f800000;
  const sign = bits >> (sizeof<S>() * 8 - 1);
  const magnitude = bits & ~top;
  const key = positions ? ((magnitude ^ sign) - sign) ^ top : bits ^ (sign | top);
  return select<K>(<K>-1, <K>key, magnitude > infinity);
}

@inline
function keyAt<T, K>(p: usize, positions: bool): K {
  if (isFloat<T>()) {
    if (sizeof<T>() == 8) return floatKey<K, i64>(load<i64>(p), positions);
    return floatKey<K, i32>(load<i32>(p), positions);
  }
  const bits = <K>load<T>(p);
  return isSigned<T>() ? bits ^ 0x80000000 : bits;
}

// The keys of four elements of 32 bits.
@inline
function keysAt<T>(p: usize, positions: bool): v128 {
  const bits = v128.load(p);
  const top = i32x4.splat(0x80000000);
  if (!isFloat<T>()) return isSigned<T>() ? v128.xor(bits, top) : bits;
  const sign = i32x4.shr_s(bits, 31);
  const key = positions
    ? v128.xor(i32x4.sub(v128.xor(v128.andnot(bits, top), sign), sign), top)
    : v128.xor(bits, v128.or(sign, top));
  return v128.or(key, f32x4.ne(bits, bits));
}

@inline
function make<T, K>(
  row: usize, first: i32, count: i32, flip: K, positions: bool, to: usize,
): u64 {
  const reference = keyAt<T, K>(row, positions) ^ flip;
  let differ: K = 0;
  let p = row + <usize>first * sizeof<T>();
  const end = p + <usize>count * sizeof<T>();
  if (sizeof<T>() == 4) {
    const flips = i32x4.splat(<i32>flip);
    const references = i32x4.splat(<i32>reference);
    let differs = i32x4.splat(0);
    for (; p + 16 <= end; p += 16) {
      const keys = v128.xor(keysAt<T>(p, positions), flips);
      differs = v128.or(differs, v128.xor(keys, references));
      if (positions) {
        const places = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
        v128.store(to, v128.shuffle<i32>(places, keys, 0, 4, 1, 5));
        v128.store(to, v128.shuffle<i32>(places, keys, 2, 6, 3, 7), 16);
        first += 4;
        to += 32;
      } else {
        v128.store(to, keys);
        to += 16;
      }
    }
    differs = v128.or(differs, v128.shuffle<i64>(differs, differs, 1, 0));
    differ = <K>(i32x4.extract_lane(differs, 0) | i32x4.extract_lane(differs, 1));
  }
  for (; p < end; p += sizeof<T>()) {
    const key = keyAt<T, K>(p, positions) ^ flip;
    differ |= key ^ reference;
    if (positions) store<u32>(to, first++);
    store<K>(to + (positions ? sizeof<K>() : 0), key);
    to += positions ? 2 * sizeof<K>() : sizeof<K>();
  }
  return <u64>differ;
}

@inline
function makeEither<T, K>(
  row: usize, first: i32, count: i32, flip: K, positions: bool, to: usize,
): u64 {
  return positions
    ? make<T, K>(row, first, count, flip, true, to)
    : make<T, K>(row, first, count, flip, false, to);
}

/**
 * Makes records of elements `first` … `first + count` − 1 of the contiguous row at `row`.
 *
 * Returns the bits in which some of their keys differ from the key of the row's first element.
 * `flip` is 0, or −1 to turn the order around.
 */
export function makeRecords(
  type: i32, positions: bool, row: usize, first: i32, count: i32, flip: i32, to: usize,
): u64 {
  if (type == 0) return makeEither<f32, u32>(row, first, count, flip, positions, to);
  if (type == 1) return makeEither<f64, u64>(row, first, count, <u64><i64>flip, positions, to);
  if (type == 2) return makeEither<i32, u32>(row, first, count, flip, positions, to);
  if (type == 3) return makeEither<u32, u32>(row, first, count, flip, positions, to);
  return makeEither<u8, u32>(row, first, count, flip, positions, to);
}

@inline
function move<R>(to: usize, from: usize): void {
  if (sizeof<R>() == 16) v128.store(to, v128.load(from));
  else store<R>(to, load<R>(from));
}

/** Counts the values of one byte of `count` records in the table at `table`. */
export function countDigits(width: usize, from: usize, count: i32, byte: usize, table: usize): void {
  memory.fill(table, 0, tableBytes);
  const end = from + <usize>count * width;
  for (let p = from + byte; p < end; p += width) {
    const entry = table + (<usize>load<u8>(p) << 2);
    store<u32>(entry, load<u32>(entry) + 1);
  }
}

@inline
function scatter<R>(from: usize, count: i32, byte: usize, to: usize, table: usize): void {
  for (const end = from + <usize>count * sizeof<R>(); from < end; from += sizeof<R>()) {
    const entry = table + (<usize>load<u8>(from + byte) << 2);
    const offset = load<u32>(entry);
    store<u32>(entry, offset + sizeof<R>());
    move<R>(to + offset, from);
  }
}

/** Moves each record to the offset that the table holds for its byte. */
export function scatterRecords(
  width: usize, from: usize, count: i32, byte: usize, to: usize, table: usize,
): void {
  if (width == 4) scatter<u32>(from, count, byte, to, table);
  else if (width == 8) scatter<u64>(from, count, byte, to, table);
  else scatter<v128>(from, count, byte, to, table);
}

/** Turns counts into the byte offset of the first record of each digit. */
export function countsToOffsets(width: usize, table: usize): void {
  let offset: usize = 0;
  for (const end = table + tableBytes; table < end; table += 4) {
    const count = load<u32>(table);
    store<u32>(table, <u32>offset);
    offset += <usize>count * width;
  }
}

@inline
function insert<R>(from: usize, count: i32): void {
  const above = sizeof<R>() - 8;
  for (let i: usize = 1; i < <usize>count; i++) {
    let p = from + i * sizeof<R>();
    const key = load<u64>(p + above);
    const position = load<u32>(p);
    while (p > from && load<u64>(p - sizeof<R>() + above) > key) {
      move<R>(p, p - sizeof<R>());
      p -= sizeof<R>();
    }
    if (above != 0) store<u32>(p, position);
    store<u64>(p + above, key);
  }
}

// Moves each record to its rank, the number of keys less than its own. Equals have the same rank and
// take their places in order. Keys of 32 bits; `counts` and `keys` are scratch memory.
@inline
function rank<R>(from: usize, count: i32, to: usize, counts: usize, keys: usize): void {
  const size = (<usize>count) << 2;
  for (let i: usize = 0; i < size; i += 16) {
    const bits = sizeof<R>() == 4
      ? v128.load(from + i)
      : v128.shuffle<i32>(v128.load(from + 2 * i), v128.load(from + 2 * i, 16), 1, 3, 5, 7);
    // Comparisons with sign are faster.
    v128.store(keys + i, v128.xor(bits, i32x4.splat(0x80000000)));
  }
  v128.store(keys + size, i32x4.splat(0x7fffffff));
  memory.fill(counts, 0, size);
  for (let i: usize = 0; i < size; i += 4) {
    const key = v128.load32_splat(keys + i);
    let less = i32x4.splat(0);
    for (let j: usize = 0; j < size; j += 16) {
      less = i32x4.sub(less, i32x4.gt_s(key, v128.load(keys + j)));
    }
    less = i32x4.add(less, v128.shuffle<i64>(less, less, 1, 0));
    const place = i32x4.extract_lane(less, 0) + i32x4.extract_lane(less, 1);
    const entry = counts + ((<usize>place) << 2);
    const equals = load<i32>(entry);
    store<i32>(entry, equals + 1);
    move<R>(to + <usize>(place + equals) * sizeof<R>(), from + i * (sizeof<R>() >> 2));
  }
}

/**
 * Sorts one contiguous row, stably.
 *
 * Uses memory from `scratch` on: a table, and twice the records. Returns the address of the sorted records.
 */
export function sortRow(
  type: i32, positions: bool, row: usize, n: i32, flip: i32, scratch: usize,
): usize {
  const width = recordBytes(type, positions);
  let from = scratch + tableBytes;
  const differ = makeRecords(type, positions, row, 0, n, flip, from);
  let to = from + <usize>n * width;
  if (n <= (type == 1 ? insertionLimit : rankLimit)) {
    if (type == 1) {
      if (positions) insert<v128>(from, n);
      else insert<u64>(from, n);
      return from;
    }
    to += 16;
    const keys = to + <usize>n * width;
    if (positions) rank<u64>(from, n, to, scratch, keys);
    else rank<u32>(from, n, to, scratch, keys);
    return to;
  }
  const low = positions ? width >> 1 : 0;
  for (let digit = 0; digit < keyBytes(type); digit++) {
    if (!((differ >> (digit << 3)) & 255)) continue;
    const byte = low + digit;
    countDigits(width, from, n, byte, scratch);
    countsToOffsets(width, scratch);
    scatterRecords(width, from, n, byte, to, scratch);
    const other = from;
    from = to;
    to = other;
  }
  return from;
}
