import type { DType } from "../../dtype";
import type { View } from "../view";

/** Elementwise operations of one argument. */
export type UnaryMapOp =
  | "neg"
  | "abs"
  | "sign"
  | "floor"
  | "ceil"
  | "round"
  | "trunc"
  | "sqrt"
  | "reciprocal"
  | "exp"
  | "expm1"
  | "log"
  | "log1p"
  | "sin"
  | "cos"
  | "tan"
  | "asin"
  | "acos"
  | "atan"
  | "sinh"
  | "cosh"
  | "tanh"
  | "asinh"
  | "acosh"
  | "atanh"
  | "erf"
  | "erfc"
  | "erfinv"
  | "lgamma"
  | "digamma"
  | "sigmoid"
  | "softplus"
  | "isNan"
  | "isFinite"
  | "not"
  | "cast";

/** Elementwise operations of two arguments. */
export type BinaryMapOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "rem"
  | "pow"
  | "atan2"
  | "max"
  | "min"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr";

/**
 * Every elementwise operation; `select(mask, a, b)` has three arguments.
 *
 * Largest errors seen, in units in the last place. f32: exp, log and log1p 0.8, expm1 1.3, softplus 1.4,
 * sigmoid 1.7, tanh 2.3, erf 0.53, all others 0.5, for arguments of any size. f64: exp, log, log1p, sin, cos,
 * pow and erf 0.9 (1.8 for sin and cos beyond 1.6e6), others 1 to 3; lgamma near its negative zeros and
 * digamma have a small absolute error, 5e-15, instead.
 */
export type MapOp = UnaryMapOp | BinaryMapOp | "select";

/**
 * One step of a fused program.
 *
 * `round` rounds half to even; `rem` has the sign of the dividend; `max` and `min` propagate NaN;
 * comparisons, `isNan` and `isFinite` give `bool`; `not` is logical on `bool` and bitwise on integers.
 */
export interface MapInstruction {
  readonly op: MapOp;
  /** Type of the operands (for `select`, of the two values chosen from). */
  readonly dtype: DType;
  /** Type that `cast` converts to. */
  readonly to?: DType;
  /** Registers read, in the order of the operation's arguments. */
  readonly args: readonly number[];
}

/**
 * A fused elementwise program in single-assignment form.
 *
 * Registers are numbered: first the inputs, then the constants, then one for each instruction.
 */
export interface MapProgram {
  /** Types of the registers loaded from the input views. */
  readonly inputs: readonly DType[];
  readonly constants: readonly { readonly dtype: DType; readonly value: number }[];
  /** Instruction `i` defines register `inputs.length + constants.length + i`. */
  readonly code: readonly MapInstruction[];
  /** Registers stored to the output views, in order. */
  readonly outputs: readonly number[];
}

/** Type of every register of a program. */
export function registerTypes(program: MapProgram): readonly DType[] {
  const types: DType[] = [...program.inputs, ...program.constants.map((c) => c.dtype)];
  for (const { op, dtype, to } of program.code) {
    types.push(op === "cast" && to !== undefined ? to : givesBool.has(op) ? "bool" : dtype);
  }
  return types;
}

const givesBool: ReadonlySet<MapOp> = new Set<MapOp>([
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "isNan",
  "isFinite",
]);

/**
 * Bytes of a lane in which a program runs.
 *
 * 8 when an instruction works on f64, when an integer becomes f64, or when an f64 value moves unchanged
 * to an f64 output; else 4. In a program of width 8 every register that is not a mask holds an f64.
 */
export function laneWidth(
  program: MapProgram,
  inputs: readonly View[],
  outputs: readonly View[],
): 4 | 8 {
  for (const { dtype, to } of program.code) {
    if (dtype === "f64" || (to === "f64" && dtype !== "f32" && dtype !== "bool")) return 8;
  }
  const moved = program.outputs.some(
    (register, i) =>
      outputs[i]?.dtype === "f64" &&
      (inputs[register]?.dtype === "f64" || registerTypes(program)[register] === "f64") &&
      register < program.inputs.length + program.constants.length,
  );
  return moved ? 8 : 4;
}
