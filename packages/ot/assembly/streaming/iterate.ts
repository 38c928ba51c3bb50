// One whole Sinkhorn iteration from one exponential for each pair.
//
// With E_ij = 2^{u_i + v_j − C_ij} the new scaling of row i is 1 / s_i, s_i = Σ_j E_ij; the entries of the updated row are
// E_ij / s_i, and their weighted sums over i are what the update of the columns asks for. So each block of rows is kept until
// its sums are known, and then added to the columns.
import {
  chunkEnd,
  chunkStart,
  columnsOf,
  columnShifts,
  extraInput,
  firstOutput,
  HEADER,
  relaxation,
  ROWS,
  rowShifts,
  secondOutput,
  TILE,
  TILE_BYTES,
} from "./arguments";
import { blockEnd, listTiles } from "./bound";
import { powOf } from "../shared/powers";
import { fillTile, powersOfTile } from "./tile";

/** The tiles of four rows, one beside another, to the columns. */
// @ts-ignore: decorator
@inline
function addFour(sums: usize, e: usize, stride: usize, factors: usize): void {
  const a = v128.load64_splat(factors);
  const b = v128.load64_splat(factors + 8);
  const c = v128.load64_splat(factors + 16);
  const d = v128.load64_splat(factors + 24);
  for (let j: usize = 0; j < TILE_BYTES; j += 16) {
    let s = v128.load(sums + j);
    s = f64x2.add(s, f64x2.mul(a, v128.load(e + j)));
    s = f64x2.add(s, f64x2.mul(b, v128.load(e + stride + j)));
    s = f64x2.add(s, f64x2.mul(c, v128.load(e + 2 * stride + j)));
    s = f64x2.add(s, f64x2.mul(d, v128.load(e + 3 * stride + j)));
    v128.store(sums + j, s);
  }
}

// @ts-ignore: decorator
@inline
function addOne(sums: usize, e: usize, factor: f64): void {
  const a = f64x2.splat(factor);
  for (let j: usize = 0; j < TILE_BYTES; j += 16)
    v128.store(sums + j, f64x2.add(v128.load(sums + j), f64x2.mul(a, v128.load(e + j))));
}

/** What a row with sum s counts for in the columns: w s^{−ω}. */
// @ts-ignore: decorator
@inline
function factorOf(args: usize, row: i32, sum: f64): f64 {
  const omega = relaxation(args);
  const weight = load<f64>(extraInput(args) + 8 * row);
  if (omega === 0) return weight;
  if (omega === 1) return weight / sum;
  return weight * powOf(max(sum, 1e-300), -omega);
}

function iterateBlock(args: usize, from: i32, to: i32, sums: usize, scratch: usize): void {
  const count = listTiles(args, from, to, scratch);
  const rows: usize = to - from;
  const factors = scratch + HEADER - 1024;
  for (let i = from; i < to; i++) store<f64>(firstOutput(args) + 8 * i, 0);
  let e = scratch + HEADER;
  for (let k = 0; k < count; k++) {
    const column = TILE * load<i32>(scratch + 4 * k);
    const v = columnShifts(args) + 8 * column;
    for (let i = from; i < to; i++) {
      fillTile(args, i, column, load<f64>(rowShifts(args) + 8 * i), v, e);
      const out = firstOutput(args) + 8 * i;
      store<f64>(out, load<f64>(out) + powersOfTile(e));
      e += TILE_BYTES;
    }
  }
  for (let i = from; i < to; i++) {
    const sum = load<f64>(firstOutput(args) + 8 * i);
    store<f64>(factors + 8 * (i - from), factorOf(args, i, sum));
  }
  e = scratch + HEADER;
  for (let k = 0; k < count; k++) {
    const target = sums + 8 * TILE * load<i32>(scratch + 4 * k);
    if (rows === ROWS) addFour(target, e, TILE_BYTES, factors);
    else
      for (let i: usize = 0; i < rows; i++)
        addOne(target, e + i * TILE_BYTES, load<f64>(factors + 8 * i));
    e += rows * TILE_BYTES;
  }
}

/**
 * Sums of rows to the first output, and of columns, each chunk's own, to the second, which is added to.
 *
 * `extraCount` is the number of rows of a block that fit into the scratch memory.
 */
export function iterate(args: usize, chunk: i32, scratch: usize): void {
  const sums = secondOutput(args) + 8 * chunk * columnsOf(args);
  const end = chunkEnd(args, chunk);
  const most = (((1 << 20) - HEADER) / 8) / columnsOf(args);
  let row = chunkStart(args, chunk);
  while (row < end) {
    const to = most < ROWS ? row + 1 : blockEnd(row, end);
    iterateBlock(args, row, to, sums, scratch);
    row = to;
  }
}
