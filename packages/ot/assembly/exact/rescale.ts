// Argument words: 0 rows  1 columns  2 plan f64 [n, m]  3 kernel f64 [n, m]  4 row factors f64 [n]
//  5 column factors f64 [m]  6 out: row sums f64 [n]  7 out: column sums f64 [m]  8 out: Σ|change|, Σ plan f64 [2]

/** P_ij ← P_ij K_ij r_i c_j, with the new sums and the size of the change. */
export function rescale(args: usize, _chunk: i32, _scratch: usize): void {
  const n = load<i32>(args);
  const m = load<i32>(args, 4);
  let plan: usize = load<u32>(args, 8);
  let kernel: usize = load<u32>(args, 12);
  const rowFactors: usize = load<u32>(args, 16);
  const factors: usize = load<u32>(args, 20);
  const rowSums: usize = load<u32>(args, 24);
  const columnSums: usize = load<u32>(args, 28);
  const out: usize = load<u32>(args, 32);
  memory.fill(columnSums, 0, (<usize>m) << 3);
  let change: f64 = 0;
  let mass: f64 = 0;
  for (let i = 0; i < n; i++) {
    const factor = load<f64>(rowFactors + ((<usize>i) << 3));
    const factor2 = f64x2.splat(factor);
    let sum2 = f64x2.splat(0);
    let change2 = sum2;
    let c = factors;
    let s = columnSums;
    for (const end = c + ((<usize>(m & ~1)) << 3); c < end; c += 16, s += 16, plan += 16, kernel += 16) {
      const old = v128.load(plan);
      const scale = f64x2.mul(f64x2.mul(v128.load(kernel), factor2), v128.load(c));
      const p = f64x2.mul(old, scale);
      v128.store(plan, p);
      v128.store(s, f64x2.add(v128.load(s), p));
      sum2 = f64x2.add(sum2, p);
      change2 = f64x2.add(change2, f64x2.abs(f64x2.sub(p, old)));
    }
    let sum = f64x2.extract_lane(sum2, 0) + f64x2.extract_lane(sum2, 1);
    change += f64x2.extract_lane(change2, 0) + f64x2.extract_lane(change2, 1);
    if (m & 1) {
      const old = load<f64>(plan);
      const p = old * (load<f64>(kernel) * factor * load<f64>(c));
      store<f64>(plan, p);
      store<f64>(s, load<f64>(s) + p);
      sum += p;
      change += abs(p - old);
      plan += 8;
      kernel += 8;
    }
    store<f64>(rowSums + ((<usize>i) << 3), sum);
    mass += sum;
  }
  store<f64>(out, change);
  store<f64>(out, mass, 8);
}
