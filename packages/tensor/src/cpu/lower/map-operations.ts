import { type DType, isFloat } from "../../dtype";
import type { MapBuilder } from "./map-builder";
import {
  convert,
  elementaryOps,
  floatOps,
  group,
  integerOps,
  lowByte,
  maskToFloat,
  maskToInteger,
  move,
  unsupported,
} from "./map-opcodes";
import type { MapInstruction, MapOp } from "./map-program";

/** Applies one instruction of a program to registers of the kernel. */
export function applyInstruction(
  b: MapBuilder,
  { op, dtype, to }: MapInstruction,
  args: readonly number[],
): number {
  const [x, y] = args as [number, number];
  if (op === "cast") return castRegister(b, x, dtype, to ?? dtype);
  if (op === "select") return b.emit(move.select, ...args);
  if (op === "gt") return applyInstruction(b, { op: "lt", dtype, args }, [y, x]);
  if (op === "ge") return applyInstruction(b, { op: "le", dtype, args }, [y, x]);
  if (dtype === "bool") return logical(b, op, args);
  if (b.width === 8 && !isFloat(dtype)) return wholeInDouble(b, op, dtype, args);
  return isFloat(dtype) ? floating(b, op, dtype, args) : integral(b, op, dtype, args);
}

/** Results that need no rounding to f32 when they were computed in f64. */
const exact: ReadonlySet<MapOp> = new Set<MapOp>([
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "trunc",
  "max",
  "min",
  "rem",
]);

const comparisons: ReadonlySet<MapOp> = new Set<MapOp>(["eq", "ne", "lt", "le", "isFinite"]);

function floating(b: MapBuilder, op: MapOp, dtype: DType, args: readonly number[]): number {
  const wide = b.width === 8;
  const [x] = args as [number];
  if (op === "isNan") return floating(b, "ne", dtype, [x, x]);
  const simple = floatOps[op];
  const index = simple ?? elementaryOps.get(op);
  if (index === undefined) throw unsupported(op, dtype, "is not defined; cast to an integer first");
  const base =
    simple !== undefined
      ? wide
        ? group.f64
        : group.f32
      : wide
        ? group.elementaryF64
        : group.elementaryF32;
  const y = b.emit(base + index, ...args);
  return wide && dtype === "f32" && !exact.has(op) && !comparisons.has(op)
    ? b.emit(convert.f64ToF32, y)
    : y;
}

/** Operations that leave an integer as it is. */
const identities: ReadonlySet<MapOp> = new Set<MapOp>(["floor", "ceil", "round", "trunc"]);

const wraps: ReadonlySet<MapOp> = new Set<MapOp>(["neg", "not", "add", "sub", "mul", "shl", "pow"]);

const bitwise: Partial<Record<MapOp, number>> = {
  not: move.not,
  and: move.and,
  or: move.or,
  xor: move.xor,
};

function integral(b: MapBuilder, op: MapOp, dtype: DType, args: readonly number[]): number {
  const [x] = args as [number];
  const unsigned = dtype !== "i32";
  if (identities.has(op) || (op === "abs" && unsigned)) return x;
  if (op === "isNan") return b.constant("bool", 0);
  if (op === "isFinite") return b.constant("bool", 1);
  if (op === "reciprocal") return integral(b, "div", dtype, [b.constant(dtype, 1), x]);
  const index = integerOps[op]?.[unsigned ? 1 : 0];
  const code = index === undefined ? bitwise[op] : group.integer + index;
  if (code === undefined) throw unsupported(op, dtype, "is not defined; cast to f32 or f64 first");
  const y = b.emit(code, ...args);
  return dtype === "u8" && wraps.has(op) ? b.emit(group.integer + lowByte, y) : y;
}

/** Integers in a program that also works on f64: only what f64 computes exactly. */
function wholeInDouble(b: MapBuilder, op: MapOp, dtype: DType, args: readonly number[]): number {
  if (identities.has(op) || (op === "abs" && dtype !== "i32")) return args[0] as number;
  const index = floatOps[op];
  const known =
    comparisons.has(op) || exact.has(op) || op === "isNan" || op === "add" || op === "sub";
  if (!known || op === "rem")
    throw unsupported(op, dtype, "cannot stand in a program that works on f64; run it on its own");
  if (op === "isNan") return b.constant("bool", 0);
  const y = b.emit(group.f64 + (index as number), ...args);
  if (comparisons.has(op) || op === "max" || op === "min" || op === "sign") return y;
  return b.emit(wrapOf(dtype), y);
}

const wrapOf = (dtype: DType): number =>
  dtype === "u8" ? convert.modulo8 : dtype === "i32" ? convert.toSigned : convert.toUnsigned;

function logical(b: MapBuilder, op: MapOp, args: readonly number[]): number {
  const [x, y] = args as [number, number];
  switch (op) {
    case "not":
      return b.emit(move.not, x);
    case "and":
    case "mul":
    case "min":
      return b.emit(move.and, x, y);
    case "or":
    case "add":
    case "max":
      return b.emit(move.or, x, y);
    case "xor":
    case "ne":
      return b.emit(move.xor, x, y);
    case "eq":
      return b.emit(move.not, b.emit(move.xor, x, y));
    case "lt":
      return b.emit(move.andNot, y, x);
    case "le":
      return b.emit(move.or, b.emit(move.not, x), y);
    case "isNan":
      return b.constant("bool", 0);
    case "isFinite":
      return b.constant("bool", 1);
    case "abs":
    case "sign":
    case "floor":
    case "ceil":
    case "round":
    case "trunc":
      return x;
    default:
      throw unsupported(op, "bool", "is not defined; cast to a number first");
  }
}

/**
 * Converts a register between dtypes.
 *
 * Float to integer truncates and saturates, NaN becomes 0; integers wrap; anything but 0 is true, NaN too.
 */
export function castRegister(b: MapBuilder, x: number, from: DType, to: DType): number {
  if (from === to) return x;
  const wide = b.width === 8;
  if (from === "bool") {
    if (wide) return b.emit(group.f64 + maskToFloat, x);
    return b.emit(isFloat(to) ? group.f32 + maskToFloat : group.integer + maskToInteger, x);
  }
  if (to === "bool") {
    const zero = b.constant(from, 0);
    const compare = integerOps.ne?.[0] as number;
    return b.emit(
      wide || isFloat(from)
        ? (wide ? group.f64 : group.f32) + (floatOps.ne as number)
        : group.integer + compare,
      x,
      zero,
    );
  }
  if (isFloat(to)) {
    if (wide) return to === "f32" && from !== "u8" ? b.emit(convert.f64ToF32, x) : x;
    if (isFloat(from)) return x;
    return b.emit(from === "u32" ? convert.u32ToF32 : convert.i32ToF32, x);
  }
  if (isFloat(from)) {
    const narrow = { i32: convert.f32ToI32, u32: convert.f32ToU32, u8: convert.f32ToU8 };
    const double = { i32: convert.f64ToI32, u32: convert.f64ToU32, u8: convert.f64ToU8 };
    return b.emit((wide ? double : narrow)[to], x);
  }
  if (from === "u8") return x;
  if (wide) return b.emit(wrapOf(to), x);
  return to === "u8" ? b.emit(group.integer + lowByte, x) : x;
}
