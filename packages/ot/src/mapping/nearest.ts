import type { Matrix } from "../internal/read";

/** The coordinate along which points are spread the most. */
function widestAxis({ data, rows, columns }: Matrix): number {
  let [axis, most] = [0, -1];
  for (let k = 0; k < columns; k++) {
    let [mean, squares] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const step = (data[i * columns + k] as number) - mean;
      mean += step / (i + 1);
      squares += step * ((data[i * columns + k] as number) - mean);
    }
    if (squares > most) [axis, most] = [k, squares];
  }
  return axis;
}

/** First position in ascending `keys` with a key ≥ x. */
export function lowerBound(keys: Float64Array, x: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * A search for the nearest of some points, exact; of equally near ones the same at every call.
 *
 * Points lie in the order of one coordinate; the search goes outwards from the query and ends where that coordinate
 * alone is farther than the best point.
 *
 * @returns maps the offset of a query in an array of coordinates to the index of a point
 */
export function nearestOf(points: Matrix): (queries: Float64Array, offset: number) => number {
  const { data, rows, columns: d } = points;
  const axis = widestAxis(points);
  const order = Int32Array.from({ length: rows }, (_, i) => i).sort(
    (i, j) => (data[i * d + axis] as number) - (data[j * d + axis] as number) || i - j,
  );
  const sorted = new Float64Array(data.length);
  for (const [k, i] of order.entries()) sorted.set(data.subarray(i * d, (i + 1) * d), k * d);
  const keys = Float64Array.from({ length: rows }, (_, k) => sorted[k * d + axis] as number);
  const squaredDistance = (k: number, queries: Float64Array, offset: number): number => {
    let sum = 0;
    for (let c = 0; c < d; c++) {
      const difference = (sorted[k * d + c] as number) - (queries[offset + c] as number);
      sum += difference * difference;
    }
    return sum;
  };
  return (queries, offset) => {
    const x = queries[offset + axis] as number;
    let right = lowerBound(keys, x);
    let left = right - 1;
    let [best, found] = [Infinity, 0];
    while (left >= 0 || right < rows) {
      const below = left >= 0 ? x - (keys[left] as number) : Infinity;
      const above = right < rows ? (keys[right] as number) - x : Infinity;
      const step = Math.min(below, above);
      if (step * step > best) break;
      const k = below < above ? left-- : right++;
      const distance = squaredDistance(k, queries, offset);
      if (distance < best) [best, found] = [distance, k];
    }
    return order[found] as number;
  };
}
