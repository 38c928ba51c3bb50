import { log } from "../../../tensor/assembly/math-log";
import { expCut, sum2 } from "../sinkhorn/lanes";
import { addRows, rowProducts } from "./products";

// One iteration for all histograms in one pass over K: while four rows are in the cache, they give their bins of the
// barycenter and their scalings, and then their part of Kᵀu.

/**
 * p_i = Π_k (K v_k)_i^λ_k and u_ki = p_i / (K v_k)_i of the chunk's rows, and their part of Kᵀu_k.
 *
 * Words: K, v [count, stride], u [count, height], λ [count], p [height], parts of Kᵀu [chunks, count, stride], reports
 * [chunks, 3] (Σ over rows of the standard deviation over k of u_ki (K v_k)_i before the update; least and largest
 * K v), count, rows, height, stride, rows of a chunk, whether u is to be taken as it is.
 */
export function barycenterSweep(args: usize, chunk: i32, scratch: usize): void {
  const count = load<i32>(args, 28);
  const rows = load<i32>(args, 32);
  const height = load<i32>(args, 36);
  const bytes = <usize>load<i32>(args, 40) << 3;
  const first = chunk * load<i32>(args, 44);
  const last = min(first + load<i32>(args, 44), height);
  const given = load<i32>(args, 48) !== 0;
  const parts = load<u32>(args, 20) + <usize>(chunk * count) * bytes;
  const sums = scratch + 64;
  v128.store(scratch, f64x2.splat(0));
  v128.store(scratch, f64x2.splat(Infinity), 16);
  v128.store(scratch, f64x2.splat(0), 32);
  memory.fill(parts, 0, <usize>count * bytes);
  for (let i = first; i < last; i += 4) {
    const block = load<u32>(args, 0) + <usize>i * bytes;
    if (!given) {
      rowProducts(block, bytes, load<u32>(args, 4), count, sums);
      for (let r = max(0, rows - i); r < 4; r++) padRow(sums + (<usize>r << 3), count);
      updateRows(args, i, sums, count, scratch);
      updateRows(args, i + 2, sums + 16, count, scratch);
    }
    const u = load<u32>(args, 8) + (<usize>i << 3);
    addRows(block, bytes, u, <usize>height << 3, count, parts);
  }
  const report = load<u32>(args, 24) + <usize>chunk * 24;
  store<f64>(report, sum2(v128.load(scratch)));
  store<f64>(report, min(load<f64>(scratch, 16), load<f64>(scratch, 24)), 8);
  store<f64>(report, max(load<f64>(scratch, 32), load<f64>(scratch, 40)), 16);
}

/** Gives a row beyond the problem products that neither err nor overflow. */
function padRow(sums: usize, count: i32): void {
  for (let k = 0; k < count; k++, sums += 32) store<f64>(sums, 1);
}

/** p and u of two rows. */
function updateRows(args: usize, i: i32, sums: usize, count: i32, report: usize): void {
  const at = <usize>i << 3;
  const step = <usize>load<i32>(args, 36) << 3;
  const lambda = load<u32>(args, 12);
  let u = load<u32>(args, 8) + at;
  let logP = f64x2.splat(0);
  let mean = logP, squares = logP;
  let low = v128.load(report, 16);
  let high = v128.load(report, 32);
  for (let k = 0; k < count; k++, u += step) {
    const product = v128.load(sums + (<usize>k << 5));
    low = f64x2.min(low, product);
    high = f64x2.max(high, product);
    logP = f64x2.add(logP, f64x2.mul(v128.load64_splat(lambda + (<usize>k << 3)), log<f64>(product)));
    const value = f64x2.mul(v128.load(u), product);
    const off = f64x2.sub(value, mean);
    mean = f64x2.add(mean, f64x2.div(off, f64x2.splat(<f64>(k + 1))));
    squares = f64x2.add(squares, f64x2.mul(off, f64x2.sub(value, mean)));
  }
  const deviation = f64x2.sqrt(f64x2.div(squares, f64x2.splat(<f64>count)));
  v128.store(report, f64x2.add(v128.load(report), deviation));
  v128.store(report, low, 16);
  v128.store(report, high, 32);
  const p = expCut(logP, f64x2.splat(-705));
  v128.store(load<u32>(args, 16) + at, p);
  u = load<u32>(args, 8) + at;
  for (let k = 0; k < count; k++, u += step)
    v128.store(u, f64x2.div(p, v128.load(sums + (<usize>k << 5))));
}
