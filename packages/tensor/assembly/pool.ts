import { offsetAt } from "./axes";
import { maxRow } from "./pool-max";
import { spreadRow, sumRow } from "./pool-sum";
import { AXES, AXIS, insideFrom, insideTo } from "./pool-window";

const MAX = 0;
const SUM = 1;
const SPREAD = 2;

function poolChunk<T>(args: usize, chunk: i32, kind: i32): void {
  const begin = chunk * load<i32>(args, 16);
  const end = min(load<i32>(args, 12), begin + load<i32>(args, 16));
  const rowsPerUnit = load<i32>(args, 20);
  const field: usize = kind === SPREAD ? 16 : 20;
  const height = load<i32>(args + AXES + AXIS + field);
  const length = load<i32>(args + AXES + 2 * AXIS + field);
  const rows = load<i32>(args + AXES + field) * height;
  const pieces = (rows + rowsPerUnit - 1) / rowsPerUnit;
  const inside = insideFrom(args + AXES + 2 * AXIS);
  const outside = insideTo(args + AXES + 2 * AXIS);
  for (let unit = begin; unit < end; unit++) {
    const plane = unit / pieces;
    const from = load<usize>(args) + offsetAt(args + 128, 1, 0, plane);
    let row = (unit % pieces) * rowsPerUnit;
    const last = min(rows, row + rowsPerUnit);
    let d = row / height;
    let h = row % height;
    for (; row < last; row++) {
      const element = <usize>(plane * load<i32>(args, 24) + row * length);
      const to = load<usize>(args, 4) + element * sizeof<T>();
      const index = load<usize>(args, 8) + element * 4;
      if (kind === MAX) maxRow<T>(args, from, d, h, inside, outside, to, index);
      else if (kind === SUM) sumRow<T>(args, from, d, h, inside, outside, to);
      else spreadRow<T>(args, from, d, h, to);
      if (++h === height) {
        h = 0;
        d++;
      }
    }
  }
}

export function maxPool_f32(args: usize, chunk: i32, _scratch: usize): void {
  poolChunk<f32>(args, chunk, MAX);
}

export function maxPool_f64(args: usize, chunk: i32, _scratch: usize): void {
  poolChunk<f64>(args, chunk, MAX);
}

export function sumPool_f32(args: usize, chunk: i32, _scratch: usize): void {
  poolChunk<f32>(args, chunk, SUM);
}

export function sumPool_f64(args: usize, chunk: i32, _scratch: usize): void {
  poolChunk<f64>(args, chunk, SUM);
}

export function sumPoolTranspose_f32(args: usize, chunk: i32, _scratch: usize): void {
  poolChunk<f32>(args, chunk, SPREAD);
}

export function sumPoolTranspose_f64(args: usize, chunk: i32, _scratch: usize): void {
  poolChunk<f64>(args, chunk, SPREAD);
}
