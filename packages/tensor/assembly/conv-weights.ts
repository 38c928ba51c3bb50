// Weights are packed as [block][tap][32 bytes of lanes], with zeros in lanes that do not exist.

/** Taps whose addresses fit the tables in thread scratch. */
export const MOST_TAPS = 4096;

/** Lanes of block `block` of group `group` that exist. */
export function lanesOf<T>(args: usize, group: i32, block: i32): i32 {
  const lanes: i32 = 32 / sizeof<T>();
  return min(lanes, load<i32>(args, 48) - (load<i32>(args, 60) !== 0 ? group : block) * lanes);
}

/** Whether 4 offsets from `table` on are those of neighbouring elements. */
export function adjacent<T>(table: usize): bool {
  const first = load<i32>(table);
  return (
    load<i32>(table, 4) - first === sizeof<T>() &&
    load<i32>(table, 8) - first === 2 * sizeof<T>() &&
    load<i32>(table, 12) - first === 3 * sizeof<T>()
  );
}

/** Transposes a square of vectors: as many rows, `fromStep` apart, as a vector has lanes. */
export function turn<T>(from: usize, fromStep: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStep);
  if (sizeof<T>() === 8) {
    v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
    v128.store(to + toStep, v128.shuffle<i64>(a, b, 1, 3));
    return;
  }
  const c = v128.load(from + 2 * fromStep);
  const d = v128.load(from + 3 * fromStep);
  const low = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const low2 = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const high = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const high2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low, low2, 0, 2));
  v128.store(to + toStep, v128.shuffle<i64>(low, low2, 1, 3));
  v128.store(to + 2 * toStep, v128.shuffle<i64>(high, high2, 0, 2));
  v128.store(to + 3 * toStep, v128.shuffle<i64>(high, high2, 1, 3));
}

/** Packs `taps` rows of weights of one block; `offsets` is the place of each tap relative to `from`. */
export function packRows<T>(
  to: usize,
  from: usize,
  offsets: usize,
  taps: i32,
  lanes: i32,
  laneStride: i32,
): void {
  const all: i32 = 32 / sizeof<T>();
  const side: usize = 16 / sizeof<T>();
  const end = offsets + ((<usize>taps) << 2);
  while (offsets < end) {
    const first = from + load<usize>(offsets);
    if (lanes === all && end - offsets >= 16 && adjacent<T>(offsets)) {
      for (let tap: usize = 0; tap < 4; tap += side) {
        let p = first + tap * sizeof<T>();
        for (let lane: usize = 0; lane < 32; lane += 16) {
          turn<T>(p, laneStride, to + lane, 32);
          p += side * laneStride;
        }
        to += side << 5;
      }
      offsets += 16;
      continue;
    }
    let p = first;
    for (let lane = 0; lane < all; lane++) {
      store<T>(to, lane < lanes ? load<T>(p) : <T>0);
      p += laneStride;
      to += sizeof<T>();
    }
    offsets += 4;
  }
}
