import type { Matrix } from "../internal/read";

/** Boxes are split at multiples of a tile, and within a tile at multiples of a block of rows. */
const TILE = 64;
const BLOCK = 4;

/**
 * An order of points in which neighbours in the list are neighbours in space: tiles of 64, and blocks of 4 in them, fill
 * small boxes. Halves along the widest side of the bounding box, again and again.
 */
export function spatialOrder({ data, rows, columns }: Matrix): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  const split = (from: number, to: number): void => {
    const size = to - from;
    if (size <= BLOCK) return;
    const grain = size > TILE ? TILE : BLOCK;
    const middle = from + Math.ceil(size / 2 / grain) * grain;
    const axis = widestAxis(data, columns, order.subarray(from, to));
    // Ties by index, so that the order depends on the points alone.
    order
      .subarray(from, to)
      .sort(
        (i, j) =>
          (data[i * columns + axis] as number) - (data[j * columns + axis] as number) || i - j,
      );
    split(from, middle);
    split(middle, to);
  };
  split(0, rows);
  return order;
}

function widestAxis(data: Float64Array, d: number, indices: Int32Array): number {
  let [widest, axis] = [-1, 0];
  for (let k = 0; k < d; k++) {
    let [low, high] = [Infinity, -Infinity];
    for (const i of indices) {
      const x = data[i * d + k] as number;
      if (x < low) low = x;
      if (x > high) high = x;
    }
    if (high - low > widest) [widest, axis] = [high - low, k];
  }
  return axis;
}
