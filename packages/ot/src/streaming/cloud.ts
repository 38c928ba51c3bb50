import type { Matrix } from "../internal/read";
import type { Workspace } from "../internal/workspace";
import { padded, TILE } from "./kernels";
import { spatialOrder } from "./spatial-order";

/** A cloud in kernel memory, its points ordered in space. */
export interface Cloud {
  readonly count: number;
  /** `count` with what fills the last tile. */
  readonly padded: number;
  /** order[k] is the index of the k-th point in memory. */
  readonly order: Int32Array;
  /** Addresses of the coordinates: point by point, and coordinate by coordinate. */
  readonly points: number;
  readonly coordinates: number;
  /** Address of the lowest and highest coordinates of each tile; 0 without. */
  readonly bounds: number;
  /** Half the squared norm of every point in memory, where a bound needs it. */
  readonly halfNorms: Float64Array;
}

/** Puts a cloud into memory. */
export function placeCloud(w: Workspace, z: Matrix, scale: number, bounded: boolean): Cloud {
  const { rows: count, columns: d, data } = z;
  const order = bounded ? spatialOrder(z) : Int32Array.from({ length: count }, (_, i) => i);
  const wide = padded(count);
  const points = new Float64Array(count * d);
  const coordinates = new Float64Array(wide * d);
  const halfNorms = new Float64Array(count);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < d; k++) {
      const value = scale * (data[(order[i] as number) * d + k] as number);
      points[i * d + k] = value;
      coordinates[k * wide + i] = value;
      halfNorms[i] = (halfNorms[i] as number) + 0.5 * value * value;
    }
  return {
    count,
    padded: wide,
    order,
    points: w.place(points),
    coordinates: w.place(coordinates),
    bounds: bounded ? w.place(tileBounds(coordinates, count, wide, d)) : 0,
    halfNorms,
  };
}

function tileBounds(
  coordinates: Float64Array,
  count: number,
  wide: number,
  d: number,
): Float64Array {
  const tiles = wide / TILE;
  const out = new Float64Array(2 * d * tiles);
  for (let tile = 0; tile < tiles; tile++)
    for (let k = 0; k < d; k++) {
      const from = k * wide + tile * TILE;
      const values = coordinates.subarray(from, from + Math.min(TILE, count - tile * TILE));
      out[2 * d * tile + k] = Math.min(...values);
      out[2 * d * tile + d + k] = Math.max(...values);
    }
  return out;
}
