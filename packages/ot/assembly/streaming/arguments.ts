// The block of arguments that all kernels of this module share; see src/streaming/pair-kernels.ts.

/** How a cost is computed from coordinates that are scaled so that its unit is ε ln 2. */
export const BILINEAR: i32 = 0;
export const EUCLIDEAN: i32 = 1;
export const CITYBLOCK: i32 = 2;
export const MINKOWSKI: i32 = 3;
export const CHEBYSHEV: i32 = 4;
export const MATRIX: i32 = 5;
/** Squared distances by differences, in which nothing cancels. */
export const SQUARED: i32 = 6;

/** Columns of a tile: its coordinates stay in the first cache level while a few rows pass over it. */
export const TILE: i32 = 64;
export const TILE_BYTES: usize = 512;
/** Rows of a block. */
export const ROWS: i32 = 4;
/** Bytes at the start of the scratch memory for lists of tiles and bounds of rows. */
export const HEADER: i32 = 16384;

// @ts-ignore: decorator
@inline
export function word(args: usize, k: i32): i32 {
  return load<i32>(args + 4 * k);
}
// @ts-ignore: decorator
@inline
export function kindOf(args: usize): i32 {
  return word(args, 0);
}
// @ts-ignore: decorator
@inline
export function dimensionOf(args: usize): i32 {
  return word(args, 1);
}
// @ts-ignore: decorator
@inline
export function rowsOf(args: usize): i32 {
  return word(args, 2);
}
/** Columns with those that fill the last tile. */
// @ts-ignore: decorator
@inline
export function columnsOf(args: usize): i32 {
  return word(args, 3);
}
// @ts-ignore: decorator
@inline
export function rowsPerChunk(args: usize): i32 {
  return word(args, 4);
}
/** Coordinates of the rows, one row after another; or the matrix of costs. */
// @ts-ignore: decorator
@inline
export function rowPoints(args: usize): usize {
  return word(args, 5);
}
/** Coordinates of the columns, one coordinate after another. */
// @ts-ignore: decorator
@inline
export function columnPoints(args: usize): usize {
  return word(args, 6);
}
// @ts-ignore: decorator
@inline
export function rowShifts(args: usize): usize {
  return word(args, 7);
}
// @ts-ignore: decorator
@inline
export function columnShifts(args: usize): usize {
  return word(args, 8);
}
/** Lowest and highest coordinates of each tile of columns; 0 if no tile may be left out. */
// @ts-ignore: decorator
@inline
export function tileBounds(args: usize): usize {
  return word(args, 9);
}
/** The largest shift of each tile. */
// @ts-ignore: decorator
@inline
export function tileTops(args: usize): usize {
  return word(args, 10);
}
// @ts-ignore: decorator
@inline
export function firstOutput(args: usize): usize {
  return word(args, 11);
}
// @ts-ignore: decorator
@inline
export function secondOutput(args: usize): usize {
  return word(args, 12);
}
/** Weights of the rows, or another input. */
// @ts-ignore: decorator
@inline
export function extraInput(args: usize): usize {
  return word(args, 13);
}
/** Columns of another input. */
// @ts-ignore: decorator
@inline
export function extraCount(args: usize): i32 {
  return word(args, 14);
}
/** Distance in doubles between rows of the matrix of costs, which may end before the last tile does. */
// @ts-ignore: decorator
@inline
export function matrixColumns(args: usize): i32 {
  return word(args, 15);
}
/** The exponent p of a Minkowski distance; the factor of a matrix of costs. */
// @ts-ignore: decorator
@inline
export function parameter(args: usize): f64 {
  return load<f64>(args + 64);
}
/** The power to which a row is corrected before it adds to the columns. */
// @ts-ignore: decorator
@inline
export function relaxation(args: usize): f64 {
  return load<f64>(args + 72);
}
/** Exponents of two below which a tile is left out. */
// @ts-ignore: decorator
@inline
export function negligible(args: usize): f64 {
  return load<f64>(args + 80);
}
// @ts-ignore: decorator
@inline
export function chunkStart(args: usize, chunk: i32): i32 {
  return chunk * rowsPerChunk(args);
}
// @ts-ignore: decorator
@inline
export function chunkEnd(args: usize, chunk: i32): i32 {
  return min(rowsOf(args), chunkStart(args, chunk) + rowsPerChunk(args));
}
