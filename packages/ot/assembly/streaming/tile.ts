// Exponents u_i + v_j − C_ij / (ε ln 2) of one row and one tile of columns.
import {
  BILINEAR,
  CHEBYSHEV,
  CITYBLOCK,
  columnPoints,
  columnsOf,
  dimensionOf,
  EUCLIDEAN,
  kindOf,
  MATRIX,
  matrixColumns,
  MINKOWSKI,
  parameter,
  rowPoints,
  SQUARED,
  TILE,
} from "./arguments";
import { exp2, log2 } from "../shared/powers";

/** What one coordinate adds. */
// @ts-ignore: decorator
@inline
function combine(kind: i32, sum: v128, x: v128, y: v128, p: v128): v128 {
  if (kind === BILINEAR) return f64x2.add(sum, f64x2.mul(x, y));
  const z = f64x2.sub(x, y);
  if (kind === EUCLIDEAN || kind === SQUARED) return f64x2.add(sum, f64x2.mul(z, z));
  if (kind === CITYBLOCK) return f64x2.add(sum, f64x2.abs(z));
  if (kind === CHEBYSHEV) return f64x2.pmax(sum, f64x2.abs(z));
  // 0^p is 2^−1000 here.
  const safe = f64x2.pmax(f64x2.abs(z), f64x2.splat(1e-300));
  return f64x2.add(sum, exp2(f64x2.mul(p, log2(safe))));
}

/** The exponent from the sum over coordinates. */
// @ts-ignore: decorator
@inline
function finish(kind: i32, sum: v128, shift: v128, p: v128): v128 {
  if (kind === BILINEAR) return f64x2.add(shift, sum);
  if (kind === EUCLIDEAN) return f64x2.sub(shift, f64x2.sqrt(sum));
  if (kind === CITYBLOCK || kind === CHEBYSHEV || kind === SQUARED) return f64x2.sub(shift, sum);
  const safe = f64x2.pmax(sum, f64x2.splat(1e-300));
  const root = exp2(f64x2.div(log2(safe), p));
  // So that coinciding points have distance 0.
  return f64x2.sub(shift, v128.andnot(root, f64x2.lt(sum, f64x2.splat(1e-290))));
}

// @ts-ignore: decorator
@inline
function fill(kind: i32, args: usize, x: usize, column: i32, u: f64, v: usize, out: usize): void {
  const d = dimensionOf(args);
  const stride = 8 * columnsOf(args);
  const p = f64x2.splat(parameter(args));
  const shift = f64x2.splat(u);
  const zero = f64x2.splat(0);
  let y0 = columnPoints(args) + 8 * column;
  for (let j = 0; j < TILE; j += 8) {
    let a = zero;
    let b = zero;
    let c = zero;
    let e = zero;
    let y = y0;
    for (let k = 0; k < d; k++) {
      const xk = v128.load64_splat(x + 8 * k);
      a = combine(kind, a, xk, v128.load(y), p);
      b = combine(kind, b, xk, v128.load(y, 16), p);
      c = combine(kind, c, xk, v128.load(y, 32), p);
      e = combine(kind, e, xk, v128.load(y, 48), p);
      y += stride;
    }
    v128.store(out, finish(kind, a, f64x2.add(v128.load(v), shift), p));
    v128.store(out, finish(kind, b, f64x2.add(v128.load(v, 16), shift), p), 16);
    v128.store(out, finish(kind, c, f64x2.add(v128.load(v, 32), shift), p), 32);
    v128.store(out, finish(kind, e, f64x2.add(v128.load(v, 48), shift), p), 48);
    y0 += 64;
    v += 64;
    out += 64;
  }
}

/** The commonest case, unrolled: three coordinates stay in registers. */
function fillSpace(args: usize, x: usize, column: i32, u: f64, v: usize, out: usize): void {
  const stride: usize = 8 * columnsOf(args);
  const x0 = v128.load64_splat(x);
  const x1 = v128.load64_splat(x + 8);
  const x2 = v128.load64_splat(x + 16);
  const shift = f64x2.splat(u);
  const first = columnPoints(args) + 8 * column;
  for (let j: usize = 0; j < 8 * TILE; j += 32) {
    const y = first + j;
    for (let h: usize = 0; h < 32; h += 16) {
      let sum = f64x2.add(v128.load(v + j + h), shift);
      sum = f64x2.add(sum, f64x2.mul(x0, v128.load(y + h)));
      sum = f64x2.add(sum, f64x2.mul(x1, v128.load(y + stride + h)));
      sum = f64x2.add(sum, f64x2.mul(x2, v128.load(y + 2 * stride + h)));
      v128.store(out + j + h, sum);
    }
  }
}

/** From costs in memory. */
function fillMatrix(args: usize, row: usize, column: i32, u: f64, v: usize, out: usize): void {
  const factor = parameter(args);
  const count = min(TILE, matrixColumns(args) - column);
  for (let j = 0; j < TILE; j++) {
    // Shifts beyond the matrix are −∞ where they matter. Forbidden pairs get an exponent that sums and products survive.
    const cost = j < count ? load<f64>(row + 8 * (column + j)) : 0;
    store<f64>(out + 8 * j, max(-1e200, u + load<f64>(v + 8 * j) - factor * cost));
  }
}

function fillEuclidean(args: usize, x: usize, column: i32, u: f64, v: usize, out: usize): void {
  fill(EUCLIDEAN, args, x, column, u, v, out);
}
function fillSquared(args: usize, x: usize, column: i32, u: f64, v: usize, out: usize): void {
  fill(SQUARED, args, x, column, u, v, out);
}
function fillCityblock(args: usize, x: usize, column: i32, u: f64, v: usize, out: usize): void {
  fill(CITYBLOCK, args, x, column, u, v, out);
}
function fillMinkowski(args: usize, x: usize, column: i32, u: f64, v: usize, out: usize): void {
  fill(MINKOWSKI, args, x, column, u, v, out);
}
function fillChebyshev(args: usize, x: usize, column: i32, u: f64, v: usize, out: usize): void {
  fill(CHEBYSHEV, args, x, column, u, v, out);
}

/**
 * Writes the exponents of one row and one tile.
 *
 * @param u - shift of the row
 * @param v - address of the shifts of the tile
 */
export function fillTile(args: usize, row: i32, column: i32, u: f64, v: usize, out: usize): void {
  const kind = kindOf(args);
  if (kind === MATRIX) {
    fillMatrix(args, rowPoints(args) + 8 * row * matrixColumns(args), column, u, v, out);
    return;
  }
  const d = dimensionOf(args);
  const x = rowPoints(args) + 8 * row * d;
  if (kind === BILINEAR) {
    if (d === 3) fillSpace(args, x, column, u, v, out);
    else fill(BILINEAR, args, x, column, u, v, out);
  } else if (kind === EUCLIDEAN) fillEuclidean(args, x, column, u, v, out);
  else if (kind === SQUARED) fillSquared(args, x, column, u, v, out);
  else if (kind === CITYBLOCK) fillCityblock(args, x, column, u, v, out);
  else if (kind === CHEBYSHEV) fillChebyshev(args, x, column, u, v, out);
  else fillMinkowski(args, x, column, u, v, out);
}

/** Replaces a tile's exponents z by 2^z; the sum. */
export function powersOfTile(tile: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  for (let j: usize = 0; j < 8 * TILE; j += 64) {
    const e = exp2(v128.load(tile + j));
    const f = exp2(v128.load(tile + j, 16));
    const g = exp2(v128.load(tile + j, 32));
    const h = exp2(v128.load(tile + j, 48));
    v128.store(tile + j, e);
    v128.store(tile + j, f, 16);
    v128.store(tile + j, g, 32);
    v128.store(tile + j, h, 48);
    a = f64x2.add(a, f64x2.add(e, f));
    b = f64x2.add(b, f64x2.add(g, h));
  }
  return lanesOf(f64x2.add(a, b));
}

/** Replaces a tile's numbers z by 0 − z, which is never −0 for a cost. */
export function negateTile(tile: usize): void {
  const zero = f64x2.splat(0);
  for (let j: usize = 0; j < 8 * TILE; j += 16)
    v128.store(tile + j, f64x2.sub(zero, v128.load(tile + j)));
}

/** The sum of 2^{z − top} over a tile, which stays. */
export function sumOfTile(tile: usize, top: f64): f64 {
  let a = f64x2.splat(0);
  let b = a;
  const t = f64x2.splat(top);
  for (let j: usize = 0; j < 8 * TILE; j += 32) {
    a = f64x2.add(a, exp2(f64x2.sub(v128.load(tile + j), t)));
    b = f64x2.add(b, exp2(f64x2.sub(v128.load(tile + j, 16), t)));
  }
  return lanesOf(f64x2.add(a, b));
}

/** The largest exponent of a tile. */
export function topOfTile(tile: usize): f64 {
  let a = v128.load(tile);
  for (let j: usize = 16; j < 8 * TILE; j += 16) a = f64x2.pmax(a, v128.load(tile + j));
  return max(f64x2.extract_lane(a, 0), f64x2.extract_lane(a, 1));
}

/** Σ x y over a tile. */
export function dotOfTile(x: usize, y: usize): f64 {
  let a = f64x2.splat(0);
  let b = a;
  for (let j: usize = 0; j < 8 * TILE; j += 32) {
    a = f64x2.add(a, f64x2.mul(v128.load(x + j), v128.load(y + j)));
    b = f64x2.add(b, f64x2.mul(v128.load(x + j, 16), v128.load(y + j, 16)));
  }
  return lanesOf(f64x2.add(a, b));
}

// @ts-ignore: decorator
@inline
function lanesOf(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}
