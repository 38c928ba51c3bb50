import { sum2 } from "./lanes";

/**
 * Of the plan P_ij = u_i K_ij v_j: row sums, column sums without the factor v over the chunk's rows, and ⟨P, C⟩ over
 * them.
 *
 * Words: K, costs, u, v, row sums, column sums [chunks, stride], inner products [chunks], rows, stride, rows of a chunk.
 */
export function scaledMoments(args: usize, chunk: i32, scratch: usize): void {
  const bytes = <usize>load<i32>(args, 32) << 3;
  const first = chunk * load<i32>(args, 36);
  const last = min(first + load<i32>(args, 36), load<i32>(args, 28));
  const v = load<u32>(args, 12);
  const columns = load<u32>(args, 20) + <usize>chunk * bytes;
  const zero = f64x2.splat(0);
  for (let j: usize = 0; j < bytes; j += 16) v128.store(columns + j, zero);
  let total: f64 = 0;
  for (let i = first; i < last; i++) {
    const at = <usize>i << 3;
    const u = load<f64>(load<u32>(args, 8) + at);
    const factor = f64x2.splat(u);
    const row = load<u32>(args, 0) + <usize>i * bytes;
    const costs = load<u32>(args, 4) + <usize>i * bytes;
    let sum = zero;
    let inner = zero;
    for (let j: usize = 0; j < bytes; j += 16) {
      const k = v128.load(row + j);
      const p = f64x2.mul(k, v128.load(v + j));
      sum = f64x2.add(sum, p);
      // Where nothing moves the cost may be infinite.
      inner = f64x2.add(inner, v128.and(f64x2.mul(p, v128.load(costs + j)), f64x2.gt(p, zero)));
      v128.store(columns + j, f64x2.add(v128.load(columns + j), f64x2.mul(factor, k)));
    }
    store<f64>(load<u32>(args, 16) + at, u * sum2(sum));
    total += u * sum2(inner);
  }
  store<f64>(load<u32>(args, 24) + (<usize>chunk << 3), total);
}
