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
  let total = zero;
  for (let i = first; i < last; i += 2) {
    const at = load<u32>(args, 8) + (<usize>i << 3);
    const u0 = v128.load64_splat(at);
    const u1 = v128.load64_splat(at, 8);
    const row = load<u32>(args, 0) + <usize>i * bytes;
    const costs = load<u32>(args, 4) + <usize>i * bytes;
    let sum0 = zero;
    let sum1 = zero;
    let inner = zero;
    for (let j: usize = 0; j < bytes; j += 16) {
      const w = v128.load(v + j);
      const k0 = f64x2.mul(u0, v128.load(row + j));
      const k1 = f64x2.mul(u1, v128.load(row + bytes + j));
      const p0 = f64x2.mul(k0, w);
      const p1 = f64x2.mul(k1, w);
      sum0 = f64x2.add(sum0, p0);
      sum1 = f64x2.add(sum1, p1);
      // Where nothing moves the cost may be infinite.
      const c0 = v128.and(f64x2.mul(p0, v128.load(costs + j)), f64x2.gt(p0, zero));
      const c1 = v128.and(f64x2.mul(p1, v128.load(costs + bytes + j)), f64x2.gt(p1, zero));
      inner = f64x2.add(inner, f64x2.add(c0, c1));
      v128.store(columns + j, f64x2.add(v128.load(columns + j), f64x2.add(k0, k1)));
    }
    const out = load<u32>(args, 16) + (<usize>i << 3);
    store<f64>(out, sum2(sum0));
    store<f64>(out, sum2(sum1), 8);
    total = f64x2.add(total, inner);
  }
  store<f64>(load<u32>(args, 24) + (<usize>chunk << 3), sum2(total));
}
