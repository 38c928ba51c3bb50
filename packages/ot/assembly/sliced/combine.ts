import { count, word } from "./words";

// Argument words:
//  0 rows f64 [L, n]  1 n  2 L  3 theta f64 [L, d]  4 d  5 out f64 [d, n]  6 points per chunk

/** Adds Σ_l θ_lk rows_li to out_ki, in the order of l. */
export function combine(args: usize, chunk: i32, scratch: usize): void {
  const n = count(args, 1);
  const d = count(args, 4);
  const begin = chunk * count(args, 6);
  const end = min(begin + count(args, 6), n);
  for (let l = 0; l < count(args, 2); l++) {
    const row = word(args, 0) + ((<usize>l * <usize>n) << 3);
    const theta = word(args, 3) + ((<usize>l * <usize>d) << 3);
    for (let k = 0; k < d; k++) {
      const out = word(args, 5) + ((<usize>k * <usize>n) << 3);
      const t = load<f64>(theta + (<usize>k << 3));
      const splat = f64x2.splat(t);
      let i = begin;
      for (; i + 2 <= end; i += 2) {
        const at = <usize>i << 3;
        v128.store(out + at, f64x2.add(v128.load(out + at), f64x2.mul(splat, v128.load(row + at))));
      }
      for (; i < end; i++) {
        const at = <usize>i << 3;
        store<f64>(out + at, load<f64>(out + at) + t * load<f64>(row + at));
      }
    }
  }
}
