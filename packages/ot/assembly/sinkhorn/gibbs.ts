import { expCut, sum2 } from "./lanes";

/**
 * P_ij = exp(x_i + y_j − η C_ij), its row sums, its column sums over the chunk's rows, and ⟨P, C⟩ over them.
 *
 * Entries whose exponent lies below the cutoff are 0.
 *
 * Words: costs, P or 0 if it is not wanted, x, y, row sums, column sums [chunks, stride], inner products [chunks], rows,
 * stride, rows of a chunk, a row for every chunk (unless P is wanted), 0, η, cutoff.
 */
export function gibbs(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 32) << 3;
  const first = chunk * load<i32>(args, 36);
  const last = min(first + load<i32>(args, 36), load<i32>(args, 28));
  const plan = load<u32>(args, 4);
  const columns = load<u32>(args, 20) + <usize>chunk * bytes;
  for (let j: usize = 0; j < bytes; j += 16) v128.store(columns + j, f64x2.splat(0));
  let inner = f64x2.splat(0);
  for (let i = first; i < last; i++) {
    const out = plan !== 0 ? plan + <usize>i * bytes : load<u32>(args, 40) + <usize>chunk * bytes;
    const at = <usize>i << 3;
    const x = load<f64>(load<u32>(args, 8) + at);
    const costs = load<u32>(args, 0) + <usize>i * bytes;
    const sums = gibbsRow(args, x, costs, out, columns, bytes);
    inner = f64x2.add(inner, f64x2.replace_lane(sums, 0, 0));
    store<f64>(load<u32>(args, 16) + at, f64x2.extract_lane(sums, 0));
  }
  store<f64>(load<u32>(args, 24) + (<usize>chunk << 3), f64x2.extract_lane(inner, 1));
}

/** One row; its sum, and the sum of its products with the costs. */
function gibbsRow(args: usize, xi: f64, costs: usize, out: usize, columns: usize, bytes: usize): v128 {
  const y = load<u32>(args, 12);
  const eta = f64x2.splat(load<f64>(args, 48));
  const cutoff = f64x2.splat(load<f64>(args, 56));
  const x = f64x2.splat(xi);
  const zero = f64x2.splat(0);
  let s = zero;
  let inner = zero;
  for (let j: usize = 0; j < bytes; j += 32) {
    const c0 = v128.load(costs + j);
    const c1 = v128.load(costs + j, 16);
    const z0 = f64x2.sub(f64x2.add(x, v128.load(y + j)), f64x2.mul(eta, c0));
    const z1 = f64x2.sub(f64x2.add(x, v128.load(y + j, 16)), f64x2.mul(eta, c1));
    if (v128.any_true(f64x2.gt(f64x2.pmax(z0, z1), cutoff))) {
      const p0 = expCut(z0, cutoff);
      const p1 = expCut(z1, cutoff);
      v128.store(out + j, p0);
      v128.store(out + j, p1, 16);
      s = f64x2.add(s, f64x2.add(p0, p1));
      v128.store(columns + j, f64x2.add(v128.load(columns + j), p0));
      v128.store(columns + j, f64x2.add(v128.load(columns + j, 16), p1), 16);
      // Where nothing moves the cost may be infinite.
      const w0 = v128.and(f64x2.mul(p0, c0), f64x2.gt(p0, zero));
      const w1 = v128.and(f64x2.mul(p1, c1), f64x2.gt(p1, zero));
      inner = f64x2.add(inner, f64x2.add(w0, w1));
    } else {
      v128.store(out + j, zero);
      v128.store(out + j, zero, 16);
    }
  }
  return f64x2.replace_lane(f64x2.splat(sum2(s)), 1, sum2(inner));
}
