import { expWith, placeExpTable } from "./exp-table";

/** K in single precision is lifted by 2^60, so that exponents down to −120 give normal numbers, and so do products. */
export const LIFT: f64 = 1152921504606846976.0;

/**
 * K_ij = exp(x_i + y_j − η C_ij), and the same in single precision, times {@link LIFT}.
 *
 * Entries whose exponent lies below the cutoff are 0.
 *
 * Words: costs, K, K in single precision or 0 if it is not wanted, x, y, rows, stride, rows of a chunk, η, cutoff.
 */
export function kernel(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 24) << 3;
  const first = chunk * load<i32>(args, 28);
  const last = min(first + load<i32>(args, 28), load<i32>(args, 20));
  const single = load<u32>(args, 8);
  placeExpTable(scratch);
  for (let i = first; i < last; i++) {
    const start = <usize>i * bytes;
    const copy = single !== 0 ? single + (start >> 1) : 0;
    kernelRow(args, load<f64>(load<u32>(args, 12) + (<usize>i << 3)), start, bytes, copy, scratch);
  }
}

function kernelRow(args: usize, xi: f64, start: usize, bytes: usize, copy: usize, table: usize): void {
  const costs = load<u32>(args, 0) + start;
  const out = load<u32>(args, 4) + start;
  const y = load<u32>(args, 16);
  const eta = f64x2.splat(load<f64>(args, 32));
  const cutoff = f64x2.splat(load<f64>(args, 40));
  const x = f64x2.splat(xi);
  const lift = f64x2.splat(LIFT);
  for (let j: usize = 0; j < bytes; j += 32) {
    const z0 = f64x2.sub(f64x2.add(x, v128.load(y + j)), f64x2.mul(eta, v128.load(costs + j)));
    const z1 = f64x2.sub(f64x2.add(x, v128.load(y + j, 16)), f64x2.mul(eta, v128.load(costs + j, 16)));
    let k0 = f64x2.splat(0);
    let k1 = k0;
    if (v128.any_true(f64x2.gt(f64x2.pmax(z0, z1), cutoff))) {
      k0 = expWith(z0, cutoff, table);
      k1 = expWith(z1, cutoff, table);
    }
    v128.store(out + j, k0);
    v128.store(out + j, k1, 16);
    if (copy !== 0) {
      const low = f32x4.demote_f64x2_zero(f64x2.mul(lift, k0));
      const high = f32x4.demote_f64x2_zero(f64x2.mul(lift, k1));
      v128.store(copy + (j >> 1), i64x2.shuffle(low, high, 0, 2));
    }
  }
}
