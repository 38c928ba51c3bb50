// Reductions of rows that need no memory of the pairs.
import {
  chunkEnd,
  chunkStart,
  columnsOf,
  columnShifts,
  extraCount,
  extraInput,
  firstOutput,
  HEADER,
  matrixColumns,
  negligible,
  rowShifts,
  secondOutput,
  TILE,
  TILE_BYTES,
} from "./arguments";
import { blockEnd, listTiles, prepareRows, tileBound } from "./bound";
import { exp2, log2Of } from "../shared/powers";
import { dotOfTile, fillTile, negateTile, powersOfTile, sumOfTile, topOfTile } from "./tile";

/**
 * log₂ Σ_j 2^{v_j − C_ij} of every row, with a running maximum: safe whatever the shifts are.
 *
 * Tiles that lie far below the maxima found so far are left out.
 */
export function logSums(args: usize, chunk: i32, scratch: usize): void {
  const tiles = columnsOf(args) / TILE;
  const end = chunkEnd(args, chunk);
  const e = scratch + HEADER;
  for (let row = chunkStart(args, chunk); row < end; row = blockEnd(row, end)) {
    const to = blockEnd(row, end);
    const top = prepareRows(args, row, to, false, scratch);
    let least: f64 = -Infinity;
    for (let i = row; i < to; i++) {
      store<f64>(firstOutput(args) + 8 * i, -Infinity);
      store<f64>(secondOutput(args) + 8 * i, 0);
    }
    for (let tile = 0; tile < tiles; tile++) {
      if (tileBound(args, tile, top, scratch) < least + negligible(args)) continue;
      const v = columnShifts(args) + 8 * TILE * tile;
      least = Infinity;
      for (let i = row; i < to; i++) {
        fillTile(args, i, TILE * tile, 0, v, e);
        const old = load<f64>(firstOutput(args) + 8 * i);
        const next = max(old, topOfTile(e));
        least = min(least, next);
        if (next === -Infinity) continue;
        let sum = load<f64>(secondOutput(args) + 8 * i);
        if (next > old) sum *= old === -Infinity ? 0 : rescale(old - next);
        store<f64>(firstOutput(args) + 8 * i, next);
        store<f64>(secondOutput(args) + 8 * i, sum + sumOfTile(e, next));
      }
    }
    for (let i = row; i < to; i++) {
      const out = firstOutput(args) + 8 * i;
      const sum = load<f64>(secondOutput(args) + 8 * i);
      store<f64>(out, sum > 0 ? load<f64>(out) + log2Of(sum) : -Infinity);
    }
  }
}

// @ts-ignore: decorator
@inline
function rescale(exponent: f64): f64 {
  return exponent < -1000 ? 0 : f64x2.extract_lane(exp2(f64x2.splat(exponent)), 0);
}

/** Σ_j 2^{u_i + v_j − C_ij} V_jk for every row, K values V given one after another as rows of `columns` doubles. */
export function weightedSums(args: usize, chunk: i32, scratch: usize): void {
  const end = chunkEnd(args, chunk);
  const e = scratch + HEADER;
  const K = extraCount(args);
  const stride: usize = 8 * columnsOf(args);
  for (let row = chunkStart(args, chunk); row < end; row = blockEnd(row, end)) {
    const to = blockEnd(row, end);
    const count = listTiles(args, row, to, scratch);
    for (let i = row * K; i < to * K; i++) store<f64>(firstOutput(args) + 8 * i, 0);
    for (let t = 0; t < count; t++) {
      const column = TILE * load<i32>(scratch + 4 * t);
      const v = columnShifts(args) + 8 * column;
      for (let i = row; i < to; i++) {
        fillTile(args, i, column, load<f64>(rowShifts(args) + 8 * i), v, e);
        powersOfTile(e);
        for (let k = 0; k < K; k++) {
          const out = firstOutput(args) + 8 * (i * K + k);
          store<f64>(
            out,
            load<f64>(out) + dotOfTile(e, extraInput(args) + k * stride + 8 * column),
          );
        }
      }
    }
  }
}

/** Σ_j 2^{u_i + v_j − C_ij} z_ij to the first output, z_ij from the shifts in the second and the other input. */
export function costSums(args: usize, chunk: i32, scratch: usize): void {
  const end = chunkEnd(args, chunk);
  const e = scratch + HEADER;
  const z = e + TILE_BYTES;
  for (let row = chunkStart(args, chunk); row < end; row = blockEnd(row, end)) {
    const to = blockEnd(row, end);
    const count = listTiles(args, row, to, scratch);
    for (let i = row; i < to; i++) store<f64>(firstOutput(args) + 8 * i, 0);
    for (let t = 0; t < count; t++) {
      const column = TILE * load<i32>(scratch + 4 * t);
      for (let i = row; i < to; i++) {
        const u = load<f64>(rowShifts(args) + 8 * i);
        fillTile(args, i, column, u, columnShifts(args) + 8 * column, e);
        powersOfTile(e);
        fillTile(args, i, column, load<f64>(secondOutput(args) + 8 * i), extraInput(args) + 8 * column, z);
        const out = firstOutput(args) + 8 * i;
        store<f64>(out, load<f64>(out) + dotOfTile(e, z));
      }
    }
  }
}

/** The exponents themselves, with `extraCount` 1 their powers, or with 2 their negatives: rows of `matrixColumns` doubles. */
export function rows(args: usize, chunk: i32, scratch: usize): void {
  const end = chunkEnd(args, chunk);
  const e = scratch + HEADER;
  const m = matrixColumns(args);
  for (let i = chunkStart(args, chunk); i < end; i++) {
    const out = firstOutput(args) + 8 * i * m;
    const u = load<f64>(rowShifts(args) + 8 * i);
    for (let column = 0; column < m; column += TILE) {
      fillTile(args, i, column, u, columnShifts(args) + 8 * column, e);
      if (extraCount(args) === 1) powersOfTile(e);
      if (extraCount(args) === 2) negateTile(e);
      memory.copy(out + 8 * column, e, 8 * min(TILE, m - column));
    }
  }
}
