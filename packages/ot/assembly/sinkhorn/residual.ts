import { log } from "../../../tensor/assembly/math-log";
import { expCut, sum2 } from "./lanes";

/**
 * What an iteration adds to the logarithms y of the scalings v before it, f = log v − y, and Σ a log u + Σ b y.
 *
 * Where there is no weight, f is 0.
 *
 * Words: u, a, rows, v, b, columns, y, f, the sum.
 */
export function residual(args: usize, _chunk: i32, _scratch: usize): void {
  const zero = f64x2.splat(0);
  let sum = zero;
  const a = load<u32>(args, 4);
  const rows = <usize>load<i32>(args, 8) << 3;
  for (let i: usize = 0; i < rows; i += 16) {
    const weights = v128.load(a + i);
    const logs = log<f64>(v128.load(load<u32>(args, 0) + i));
    sum = f64x2.add(sum, v128.and(f64x2.mul(weights, logs), f64x2.gt(weights, zero)));
  }
  const columns = <usize>load<i32>(args, 20) << 3;
  for (let j: usize = 0; j < columns; j += 16) {
    const weights = v128.load(load<u32>(args, 16) + j);
    const given = f64x2.gt(weights, zero);
    const y = v128.load(load<u32>(args, 24) + j);
    const f = f64x2.sub(log<f64>(v128.load(load<u32>(args, 12) + j)), y);
    v128.store(load<u32>(args, 28) + j, v128.and(f, given));
    sum = f64x2.add(sum, v128.and(f64x2.mul(weights, y), given));
  }
  store<f64>(load<u32>(args, 32), sum2(sum));
}

/**
 * v = e^y, or 0 where there is no weight.
 *
 * Words: v, b, columns, y.
 */
export function scalingsOf(args: usize, _chunk: i32, _scratch: usize): void {
  const zero = f64x2.splat(0);
  const columns = <usize>load<i32>(args, 8) << 3;
  for (let j: usize = 0; j < columns; j += 16) {
    const given = f64x2.gt(v128.load(load<u32>(args, 4) + j), zero);
    const v = expCut(v128.load(load<u32>(args, 12) + j), f64x2.splat(-745));
    v128.store(load<u32>(args, 0) + j, v128.and(v, given));
  }
}
