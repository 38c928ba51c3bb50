// Projections are sorted by the leading bits of their place between the smallest and the largest of them, in two or
// three passes of up to 11 bits, and then by insertion, which finds almost nothing left to do. Where it finds much
// (values crowded together beside a few far away) a radix sort of all bits of the floats takes over.

/** Bytes of the tables that count digits: three of 2048 words. */
export const tableBytes: usize = 24576;

/** Rows up to this length are sorted by insertion alone: clearing and summing the tables costs more. */
const insertionLimit: i32 = 24;

/** Rows above this length take a third pass. */
const twoPassLimit: i32 = 1 << 17;

/** Insertion gives up after so many moves for each element. */
const movesPerElement: i32 = 8;

/** Adding it to a number below 2^51 leaves the number, rounded to an integer, in the low bits. */
const rounder: f64 = 4503599627370496;

// @ts-ignore: decorator
@inline
function digitBits(n: i32): i32 {
  return max<i32>(4, min<i32>(11, 32 - clz<i32>(n - 1)));
}

// @ts-ignore: decorator
@inline
function keyBits(n: i32, bits: i32): i32 {
  return min<i32>(32, n > twoPassLimit ? 3 * bits : 2 * bits);
}

// @ts-ignore: decorator
@inline
function keyOf(x: f64, low: f64, scale: f64): u32 {
  return <u32>reinterpret<u64>((x - low) * scale + rounder);
}

// @ts-ignore: decorator
@inline
function count(table: usize, digit: u32): void {
  const entry = table + (<usize>digit << 2);
  store<u32>(entry, load<u32>(entry) + 1);
}

/** Turns the counts of each table into byte offsets of records of 2^shift bytes. */
function countsToOffsets(tables: usize, passes: i32, digits: i32, shift: u32): void {
  for (let pass = 0; pass < passes; pass++) {
    let offset: u32 = 0;
    const table = tables + <usize>(pass << 13);
    for (let p = table, end = table + <usize>(digits << 2); p < end; p += 4) {
      const here = load<u32>(p);
      store<u32>(p, offset);
      offset += here << shift;
    }
  }
}

// @ts-ignore: decorator
@inline
function placeFor(table: usize, digit: u32, bytes: u32): u32 {
  const entry = table + (<usize>digit << 2);
  const offset = load<u32>(entry);
  store<u32>(entry, offset + bytes);
  return offset;
}

// @ts-ignore: decorator
@inline
function scatterValues<T>(
  from: usize, n: i32, to: usize, table: usize, low: f64, scale: f64, shift: u32, mask: u32,
): void {
  for (const end = from + <usize>n * sizeof<T>(); from < end; from += sizeof<T>()) {
    const x = load<T>(from);
    const digit = (keyOf(<f64>x, low, scale) >> shift) & mask;
    store<T>(to + placeFor(table, digit, sizeof<T>()), x);
  }
}

// Insertion into a row that is nearly sorted; false if that takes too long, with all values still there.
function insertValues<T>(row: usize, n: i32, moves: i32): bool {
  let last = load<T>(row);
  const end = row + <usize>n * sizeof<T>();
  for (let at = row + sizeof<T>(); at < end; at += sizeof<T>()) {
    const x = load<T>(at);
    if (x >= last) {
      last = x;
      continue;
    }
    let p = at;
    do {
      store<T>(p, load<T>(p - sizeof<T>()));
      p -= sizeof<T>();
      moves--;
    } while (p > row && load<T>(p - sizeof<T>()) > x);
    store<T>(p, x);
    if (moves < 0) return false;
  }
  return true;
}

// Bits of a float whose unsigned order is the order of the floats, and back.
// @ts-ignore: decorator
@inline
function image<K, S>(bits: S): K {
  const top = <S>1 << (sizeof<S>() * 8 - 1);
  return <K>(bits ^ ((bits >> (sizeof<S>() * 8 - 1)) | top));
}

// @ts-ignore: decorator
@inline
function preimage<K, S>(key: S): K {
  const top = <S>1 << (sizeof<S>() * 8 - 1);
  return <K>(key ^ (~(key >> (sizeof<S>() * 8 - 1)) | top));
}

// One pass of a radix sort of 8 bits; false, with nothing moved, if all records share the byte.
function radixPass<K>(from: usize, n: i32, to: usize, byte: usize, table: usize): bool {
  memory.fill(table, 0, 1024);
  const end = from + <usize>n * sizeof<K>();
  for (let p = from + byte; p < end; p += sizeof<K>()) count(table, load<u8>(p));
  if (load<u32>(table + (<usize>load<u8>(from + byte) << 2)) == <u32>n) return false;
  countsToOffsets(table, 1, 256, sizeof<K>() == 8 ? 3 : 2);
  for (let p = from; p < end; p += sizeof<K>()) {
    store<K>(to + placeFor(table, load<u8>(p + byte), sizeof<K>()), load<K>(p));
  }
  return true;
}

// Sorts records by their bytes from `first` on, stably; the result is at `row`.
function radixSort<K>(row: usize, n: i32, buffer: usize, first: usize, table: usize): void {
  let from = row;
  let to = buffer;
  for (let byte = first; byte < sizeof<K>(); byte++) {
    if (!radixPass<K>(from, n, to, byte, table)) continue;
    const other = from;
    from = to;
    to = other;
  }
  if (from != row) memory.copy(row, from, <usize>n * sizeof<K>());
}

// @ts-ignore: decorator
@inline
function radixValues<T, K, S>(row: usize, n: i32, buffer: usize, table: usize): void {
  const end = row + <usize>n * sizeof<T>();
  for (let p = row; p < end; p += sizeof<T>()) store<K>(p, image<K, S>(load<S>(p)));
  radixSort<K>(row, n, buffer, 0, table);
  for (let p = row; p < end; p += sizeof<T>()) store<K>(p, preimage<K, S>(load<S>(p)));
}

/** Sorts n values at `row`, all between `low` and `high`; `buffer` has room for as many. */
export function sortValues<T>(
  row: usize, n: i32, low: f64, high: f64, buffer: usize, tables: usize,
): void {
  if (low == high) return;
  if (n <= insertionLimit) {
    insertValues<T>(row, n, i32.MAX_VALUE);
    return;
  }
  const bits = digitBits(n);
  const passes = n > twoPassLimit ? 3 : 2;
  const mask: u32 = (1 << bits) - 1;
  const scale = <f64>((<u64>1 << keyBits(n, bits)) - 1) / (high - low);
  for (let pass = 0; pass < passes; pass++) {
    memory.fill(tables + <usize>(pass << 13), 0, <usize>4 << bits);
  }
  for (let p = row, end = row + <usize>n * sizeof<T>(); p < end; p += sizeof<T>()) {
    const key = keyOf(<f64>load<T>(p), low, scale);
    count(tables, key & mask);
    count(tables + 8192, (key >> bits) & mask);
    if (passes == 3) count(tables + 16384, key >> 22);
  }
  countsToOffsets(tables, passes, 1 << bits, sizeof<T>() == 8 ? 3 : 2);
  scatterValues<T>(row, n, buffer, tables, low, scale, 0, mask);
  scatterValues<T>(buffer, n, row, tables + 8192, low, scale, bits, mask);
  if (passes == 3) {
    scatterValues<T>(row, n, buffer, tables + 16384, low, scale, 22, mask);
    memory.copy(row, buffer, <usize>n * sizeof<T>());
  }
  if (insertValues<T>(row, n, movesPerElement * n)) return;
  if (sizeof<T>() == 8) radixValues<T, u64, i64>(row, n, buffer, tables);
  else radixValues<T, u32, i32>(row, n, buffer, tables);
}

// Insertion of values with their records.
function insertOrder(sorted: usize, records: usize, n: i32, moves: i32): bool {
  let last = load<f64>(sorted);
  for (let i: usize = 8, end = <usize>n << 3; i < end; i += 8) {
    const x = load<f64>(sorted + i);
    if (x >= last) {
      last = x;
      continue;
    }
    const record = load<u64>(records + i);
    let p = i;
    do {
      store<f64>(sorted + p, load<f64>(sorted + p - 8));
      store<u64>(records + p, load<u64>(records + p - 8));
      p -= 8;
      moves--;
    } while (p > 0 && load<f64>(sorted + p - 8) > x);
    store<f64>(sorted + p, x);
    store<u64>(records + p, record);
    if (moves < 0) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function valueAt<T>(row: usize, records: usize, k: usize): f64 {
  return <f64>load<T>(row + <usize>load<u32>(records + (k << 3)) * sizeof<T>());
}

function gatherSorted<T>(row: usize, records: usize, n: i32, sorted: usize): void {
  for (let k: usize = 0; k < <usize>n; k++) {
    store<f64>(sorted + (k << 3), valueAt<T>(row, records, k));
  }
}

// Sorts by the low, then by the high halves of the values' bits.
function radixOrder<T>(
  row: usize, n: i32, records: usize, sorted: usize, buffer: usize, table: usize,
): void {
  for (let k: usize = 0; k < <usize>n; k++) {
    const bits = image<u64, i64>(reinterpret<i64>(<f64>load<T>(row + k * sizeof<T>())));
    store<u64>(records + (k << 3), (bits << 32) | k);
  }
  radixSort<u64>(records, n, buffer, 4, table);
  for (let k: usize = 0; k < <usize>n; k++) {
    const bits = image<u64, i64>(reinterpret<i64>(valueAt<T>(row, records, k)));
    const position = load<u32>(records + (k << 3));
    store<u64>(records + (k << 3), (bits & 0xffffffff00000000) | <u64>position);
  }
  radixSort<u64>(records, n, buffer, 4, table);
  gatherSorted<T>(row, records, n, sorted);
}

function scatterRecords(
  from: usize, n: i32, to: usize, table: usize, shift: u64, mask: u32,
): void {
  for (const end = from + (<usize>n << 3); from < end; from += 8) {
    const record = load<u64>(from);
    store<u64>(to + placeFor(table, <u32>(record >> shift) & mask, 8), record);
  }
}

/**
 * Sorts n values at `row`, which stay where they are, stably.
 *
 * `sorted` becomes the values as doubles, `records` 64 bits for each whose low half is its position in the row.
 */
export function sortOrder<T>(
  row: usize, n: i32, low: f64, high: f64, sorted: usize, records: usize, buffer: usize, tables: usize,
): void {
  if (low == high || n <= insertionLimit) {
    for (let k: usize = 0; k < <usize>n; k++) store<u64>(records + (k << 3), k);
    gatherSorted<T>(row, records, n, sorted);
    insertOrder(sorted, records, n, i32.MAX_VALUE);
    return;
  }
  const bits = digitBits(n);
  const passes = n > twoPassLimit ? 3 : 2;
  const mask: u32 = (1 << bits) - 1;
  const scale = <f64>((<u64>1 << keyBits(n, bits)) - 1) / (high - low);
  for (let pass = 0; pass < passes; pass++) {
    memory.fill(tables + <usize>(pass << 13), 0, <usize>4 << bits);
  }
  for (let k: usize = 0; k < <usize>n; k++) {
    const key = keyOf(<f64>load<T>(row + k * sizeof<T>()), low, scale);
    store<u64>(records + (k << 3), (<u64>key << 32) | k);
    count(tables, key & mask);
    count(tables + 8192, (key >> bits) & mask);
    if (passes == 3) count(tables + 16384, key >> 22);
  }
  countsToOffsets(tables, passes, 1 << bits, 3);
  scatterRecords(records, n, buffer, tables, 32, mask);
  scatterRecords(buffer, n, records, tables + 8192, 32 + bits, mask);
  if (passes == 3) {
    scatterRecords(records, n, buffer, tables + 16384, 54, mask);
    memory.copy(records, buffer, <usize>n << 3);
  }
  gatherSorted<T>(row, records, n, sorted);
  if (!insertOrder(sorted, records, n, movesPerElement * n)) {
    radixOrder<T>(row, n, records, sorted, buffer, tables);
  }
}
