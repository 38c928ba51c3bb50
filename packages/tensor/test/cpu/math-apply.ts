import { mapLowering } from "../../src/cpu/lower/map";
import type { BinaryMapOp, UnaryMapOp } from "../../src/cpu/lower/map-program";
import { type Engine, runLowering } from "./run-lowering";

/** The dtypes that elementary functions have. */
export type Float = "f32" | "f64";

/** Applies one operation to all elements. */
export function apply(
  engine: Engine,
  op: UnaryMapOp | BinaryMapOp,
  dtype: Float,
  ...args: readonly (readonly number[])[]
): number[] {
  const shape = [args[0]?.length as number];
  const program = {
    inputs: args.map(() => dtype),
    constants: [],
    code: [{ op, dtype, args: args.map((_, k) => k) }],
    outputs: [args.length],
  };
  const operands = args.map((values) => ({ dtype, shape, values }));
  return runLowering(engine, mapLowering, operands, [{ dtype, shape }], { program })[0] as number[];
}

/** Distance between neighbouring numbers of a dtype around x. */
function ulp(dtype: Float, x: number): number {
  const [bits, least] = dtype === "f32" ? [23, -149] : [52, -1074];
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  return 2 ** Math.max(least as number, (x === 0 ? -Infinity : exponent) - (bits as number));
}

/** The largest error in units in the last place, or above it of `floor`. */
export function worst(
  dtype: Float,
  got: readonly number[],
  expected: readonly number[],
  floor = 0,
): { error: number; at: number } {
  let result = { error: 0, at: -1 };
  got.forEach((y, i) => {
    const r = expected[i] as number;
    const rounded = dtype === "f32" ? Math.fround(r) : r;
    if (Object.is(y, rounded) || y === rounded) return;
    const error = Math.abs(y - r) / Math.max(ulp(dtype, r), floor);
    if (!(error <= result.error)) result = { error, at: i };
  });
  return result;
}
