// Which tiles matter to a few neighbouring rows: the others have no entry above 2^negligible.
import {
  BILINEAR,
  CITYBLOCK,
  columnsOf,
  dimensionOf,
  EUCLIDEAN,
  HEADER,
  kindOf,
  negligible,
  ROWS,
  rowPoints,
  rowShifts,
  TILE,
  tileBounds,
  tileTops,
} from "./arguments";

/** Where the bounds of the rows stand in the header, behind the list of tiles. */
const BOUNDS: i32 = HEADER - 512;

/** Lowest and highest coordinates of some rows, 2d doubles. */
// @ts-ignore: decorator
@inline
function boundRows(args: usize, from: i32, to: i32, out: usize): void {
  const d = dimensionOf(args);
  for (let k = 0; k < d; k++) {
    let low: f64 = Infinity;
    let high: f64 = -Infinity;
    for (let i = from; i < to; i++) {
      const x = load<f64>(rowPoints(args) + 8 * (i * d + k));
      low = min(low, x);
      high = max(high, x);
    }
    store<f64>(out + 8 * k, low);
    store<f64>(out + 8 * (d + k), high);
  }
}

/** The largest shift of some rows; of a squared distance, with the norm in it taken out. */
// @ts-ignore: decorator
@inline
function topOfRows(args: usize, from: i32, to: i32, shifted: bool): f64 {
  const d = dimensionOf(args);
  let top: f64 = -Infinity;
  for (let i = from; i < to; i++) {
    let u = shifted ? load<f64>(rowShifts(args) + 8 * i) : 0;
    if (kindOf(args) === BILINEAR) {
      if (!shifted) u = 0;
      for (let k = 0; k < d; k++) {
        const x = load<f64>(rowPoints(args) + 8 * (i * d + k));
        u += 0.5 * x * x;
      }
    }
    top = max(top, u);
  }
  return top;
}

/** The least cost between two boxes. */
// @ts-ignore: decorator
@inline
function leastCost(kind: i32, d: i32, rows: usize, tile: usize): f64 {
  let sum: f64 = 0;
  let widest: f64 = 0;
  for (let k = 0; k < d; k++) {
    const below = load<f64>(tile + 8 * k) - load<f64>(rows + 8 * (d + k));
    const above = load<f64>(rows + 8 * k) - load<f64>(tile + 8 * (d + k));
    const gap = max(0, max(below, above));
    sum += kind === CITYBLOCK ? gap : gap * gap;
    widest = max(widest, gap);
  }
  if (kind === BILINEAR) return 0.5 * sum;
  if (kind === EUCLIDEAN) return sqrt(sum);
  return kind === CITYBLOCK ? sum : widest;
}

/** Prepares {@link tileBound} for some rows; their largest shift. */
export function prepareRows(
  args: usize,
  from: i32,
  to: i32,
  shifted: bool,
  scratch: usize,
): f64 {
  if (tileBounds(args) === 0) return 0;
  boundRows(args, from, to, scratch + BOUNDS);
  return topOfRows(args, from, to, shifted);
}

/** An upper bound of the exponents of the prepared rows in a tile; +∞ where none is known. */
// @ts-ignore: decorator
@inline
export function tileBound(args: usize, tile: i32, top: f64, scratch: usize): f64 {
  const bounds = tileBounds(args);
  if (bounds === 0) return Infinity;
  const d = dimensionOf(args);
  const cost = leastCost(kindOf(args), d, scratch + BOUNDS, bounds + 16 * d * tile);
  return top + load<f64>(tileTops(args) + 8 * tile) - cost;
}

/** Lists the tiles that matter to some rows at the start of the scratch memory; their number. */
export function listTiles(args: usize, from: i32, to: i32, scratch: usize): i32 {
  const top = prepareRows(args, from, to, true, scratch);
  const tiles = columnsOf(args) / TILE;
  let count = 0;
  for (let tile = 0; tile < tiles; tile++) {
    if (tileBound(args, tile, top, scratch) < negligible(args)) continue;
    store<i32>(scratch + 4 * count++, tile);
  }
  return count;
}

/** One after the last of the rows of a block. */
// @ts-ignore: decorator
@inline
export function blockEnd(row: i32, end: i32): i32 {
  return min(row + ROWS, end);
}
