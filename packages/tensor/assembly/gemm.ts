import { offsetAt } from "./axes";
import { packPanels, packStrip } from "./gemm-pack";

// Argument words of every `dot` kernel (byte addresses and byte strides):
//  0 a  1 b  2 c  3 m  4 n  5 k
//  6 a row stride  7 a inner stride  8 b inner stride  9 b column stride
// 10 c row stride  11 c column stride  12 c batch stride
// 13 units  14 units per chunk
// 15 rows per unit  16 columns per unit  17 inner steps per block  18 inner steps per slice
// 19 batches  20 packed b, or 0  21 bytes of one packed b, or 0 if all batches share it
// 22 first batch  23 table of the batch axes (strides of a and b)
// A slice is a part of the inner axis with an output of its own; slice s begins at c + s · batches · batch stride.

// One register tile: four rows, two vectors wide. More accumulators than eight spill.
const TILE: i32 = 4;

// Adds a packed strip of a times a packed panel of b to a tile of c, or starts the tile with it.
//
// a: [k][4] values, each filling a vector; b: [k][2] vectors.
// Each step ends in a branch: inside one basic block the compiler would load the operands
// of all steps first and run out of registers.
function tile<T>(a: usize, b: usize, c: usize, row: usize, k: i32, begin: bool): void {
  let c00 = v128.splat<T>(0);
  let c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  if (!begin) {
    c00 = v128.load(c);
    c01 = v128.load(c, 16);
    c10 = v128.load(c + row);
    c11 = v128.load(c + row, 16);
    c20 = v128.load(c + 2 * row);
    c21 = v128.load(c + 2 * row, 16);
    c30 = v128.load(c + 3 * row);
    c31 = v128.load(c + 3 * row, 16);
  }
  while (true) {
    let x = v128.load(a), b0 = v128.load(b), b1 = v128.load(b, 16);
    c00 = v128.add<T>(c00, v128.mul<T>(x, b0));
    c01 = v128.add<T>(c01, v128.mul<T>(x, b1));
    x = v128.load(a, 16);
    c10 = v128.add<T>(c10, v128.mul<T>(x, b0));
    c11 = v128.add<T>(c11, v128.mul<T>(x, b1));
    x = v128.load(a, 32);
    c20 = v128.add<T>(c20, v128.mul<T>(x, b0));
    c21 = v128.add<T>(c21, v128.mul<T>(x, b1));
    x = v128.load(a, 48);
    c30 = v128.add<T>(c30, v128.mul<T>(x, b0));
    c31 = v128.add<T>(c31, v128.mul<T>(x, b1));
    if (k == 1) break;
    x = v128.load(a, 64), b0 = v128.load(b, 32), b1 = v128.load(b, 48);
    c00 = v128.add<T>(c00, v128.mul<T>(x, b0));
    c01 = v128.add<T>(c01, v128.mul<T>(x, b1));
    x = v128.load(a, 80);
    c10 = v128.add<T>(c10, v128.mul<T>(x, b0));
    c11 = v128.add<T>(c11, v128.mul<T>(x, b1));
    x = v128.load(a, 96);
    c20 = v128.add<T>(c20, v128.mul<T>(x, b0));
    c21 = v128.add<T>(c21, v128.mul<T>(x, b1));
    x = v128.load(a, 112);
    c30 = v128.add<T>(c30, v128.mul<T>(x, b0));
    c31 = v128.add<T>(c31, v128.mul<T>(x, b1));
    if (k == 2) break;
    x = v128.load(a, 128), b0 = v128.load(b, 64), b1 = v128.load(b, 80);
    c00 = v128.add<T>(c00, v128.mul<T>(x, b0));
    c01 = v128.add<T>(c01, v128.mul<T>(x, b1));
    x = v128.load(a, 144);
    c10 = v128.add<T>(c10, v128.mul<T>(x, b0));
    c11 = v128.add<T>(c11, v128.mul<T>(x, b1));
    x = v128.load(a, 160);
    c20 = v128.add<T>(c20, v128.mul<T>(x, b0));
    c21 = v128.add<T>(c21, v128.mul<T>(x, b1));
    x = v128.load(a, 176);
    c30 = v128.add<T>(c30, v128.mul<T>(x, b0));
    c31 = v128.add<T>(c31, v128.mul<T>(x, b1));
    if (k == 3) break;
    x = v128.load(a, 192), b0 = v128.load(b, 96), b1 = v128.load(b, 112);
    c00 = v128.add<T>(c00, v128.mul<T>(x, b0));
    c01 = v128.add<T>(c01, v128.mul<T>(x, b1));
    x = v128.load(a, 208);
    c10 = v128.add<T>(c10, v128.mul<T>(x, b0));
    c11 = v128.add<T>(c11, v128.mul<T>(x, b1));
    x = v128.load(a, 224);
    c20 = v128.add<T>(c20, v128.mul<T>(x, b0));
    c21 = v128.add<T>(c21, v128.mul<T>(x, b1));
    x = v128.load(a, 240);
    c30 = v128.add<T>(c30, v128.mul<T>(x, b0));
    c31 = v128.add<T>(c31, v128.mul<T>(x, b1));
    k -= 4;
    if (k == 0) break;
    a += 256;
    b += 128;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += row;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += row;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += row;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

// A unit is `columns per unit` columns of one b. Layout: [inner block][panel][inner step][two vectors].
@inline
function packAll<T>(args: usize, chunk: i32): void {
  const n = load<i32>(args, 16);
  const k = load<i32>(args, 20);
  const inner = load<usize>(args, 32);
  const column = load<usize>(args, 36);
  const unitColumns = load<i32>(args, 64);
  const block = load<i32>(args, 68);
  const width: i32 = 32 / sizeof<T>();
  const panels = (n + width - 1) / width;
  const columnBlocks = (n + unitColumns - 1) / unitColumns;
  const perChunk = load<i32>(args, 56);
  const end = min(chunk * perChunk + perChunk, load<i32>(args, 52));
  for (let unit = chunk * perChunk; unit < end; unit++) {
    const local = unit / columnBlocks;
    const left = (unit - local * columnBlocks) * unitColumns;
    const b =
      load<usize>(args, 4) + offsetAt(args + 92, 2, 1, load<i32>(args, 88) + local) + left * column;
    const to = load<usize>(args, 80) + local * load<i32>(args, 84);
    for (let p = 0; p < k; p += block) {
      const steps = min(block, k - p);
      packPanels<T>(
        to + (p * panels + (left / width) * steps) * 32, steps << 5,
        b + p * inner, inner, column, min(unitColumns, n - left), steps,
      );
    }
  }
}

// A unit is a block of rows and columns of c in one slice of one batch.
@inline
function tiles<T>(args: usize, chunk: i32, scratch: usize): void {
  const m = load<i32>(args, 12);
  const n = load<i32>(args, 16);
  const k = load<i32>(args, 20);
  const aRow = load<usize>(args, 24);
  const aInner = load<usize>(args, 28);
  const bInner = load<usize>(args, 32);
  const bColumn = load<usize>(args, 36);
  const cRow = load<usize>(args, 40);
  const perChunk = load<i32>(args, 56);
  const unitRows = load<i32>(args, 60);
  const unitColumns = load<i32>(args, 64);
  const block = load<i32>(args, 68);
  const slice = load<i32>(args, 72);
  const shared = load<usize>(args, 80);
  const first = load<i32>(args, 88);
  const width: i32 = 32 / sizeof<T>();
  const size: i32 = sizeof<T>();
  const panels = (n + width - 1) / width;
  const rowBlocks = (m + unitRows - 1) / unitRows;
  const columnBlocks = (n + unitColumns - 1) / unitColumns;
  const slices = (k + slice - 1) / slice;
  // The strip, an edge tile, then the panels if the unit packs its own.
  const edge = scratch + (block << 6);
  const own = edge + 128;
  const end = min(chunk * perChunk + perChunk, load<i32>(args, 52));
  for (let unit = chunk * perChunk; unit < end; unit++) {
    let rest = unit / rowBlocks;
    const top = (unit - rest * rowBlocks) * unitRows;
    const bottom = min(top + unitRows, m);
    const left = (rest % columnBlocks) * unitColumns;
    const right = min(left + unitColumns, n);
    rest /= columnBlocks;
    const local = rest / slices;
    const batch = first + local;
    const s = rest - local * slices;
    const a = load<usize>(args) + offsetAt(args + 92, 2, 0, batch);
    const b = load<usize>(args, 4) + offsetAt(args + 92, 2, 1, batch);
    const c = load<usize>(args, 8) + (s * load<i32>(args, 76) + batch) * load<i32>(args, 48);
    const stop = min(s * slice + slice, k);
    for (let p = s * slice; p < stop; p += block) {
      const steps = min(block, stop - p);
      let packed = own;
      if (shared != 0) {
        packed =
          shared + local * load<i32>(args, 84) + (p * panels + (left / width) * steps) * 32;
      } else {
        packPanels<T>(
          own, steps << 5, b + p * bInner + left * bColumn, bInner, bColumn, right - left, steps,
        );
      }
      const begin = p == s * slice;
      for (let i = top; i < bottom; i += TILE) {
        const rows = min(TILE, bottom - i);
        packStrip<T>(scratch, a + i * aRow + p * aInner, aRow, aInner, rows, steps);
        let panel = packed;
        for (let j = left; j < right; j += width) {
          const to = c + i * cRow + j * size;
          const columns = min(width, right - j);
          if (rows == TILE && columns == width) {
            tile<T>(scratch, panel, to, cRow, steps, begin);
          } else {
            tile<T>(scratch, panel, edge, 32, steps, true);
            for (let r = 0; r < rows; r++) {
              for (let q = 0; q < columns; q++) {
                const at = to + r * cRow + q * size;
                const value = load<T>(edge + r * 32 + q * size);
                store<T>(at, begin ? value : load<T>(at) + value);
              }
            }
          }
          panel += steps * 32;
        }
      }
    }
  }
}

export function dot_pack_f32(args: usize, chunk: i32, _scratch: usize): void {
  packAll<f32>(args, chunk);
}

export function dot_pack_f64(args: usize, chunk: i32, _scratch: usize): void {
  packAll<f64>(args, chunk);
}

export function dot_tiles_f32(args: usize, chunk: i32, scratch: usize): void {
  tiles<f32>(args, chunk, scratch);
}

export function dot_tiles_f64(args: usize, chunk: i32, scratch: usize): void {
  tiles<f64>(args, chunk, scratch);
}
