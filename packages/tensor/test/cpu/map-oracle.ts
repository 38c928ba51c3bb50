import fc from "fast-check";
import {
  type MapInstruction,
  type MapOp,
  type MapProgram,
  registerTypes,
} from "../../src/cpu/lower/map-program";
import { type DType, isFloat } from "../../src/dtype";

/** Brings a number into a dtype the way arithmetic does: floats round, integers wrap. */
export function wrap(dtype: DType, x: number | bigint): number {
  switch (dtype) {
    case "f32":
      return Math.fround(Number(x));
    case "f64":
      return Number(x);
    case "i32":
      return Number(BigInt.asIntN(32, BigInt(x)));
    case "u32":
      return Number(BigInt.asUintN(32, BigInt(x)));
    case "u8":
      return Number(BigInt.asUintN(8, BigInt(x)));
    default:
      return x ? 1 : 0;
  }
}

const ranges: Partial<Record<DType, readonly [number, number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  u8: [0, 255],
};

/** The documented conversion between dtypes. */
function cast(from: DType, to: DType, x: number): number {
  if (to === "bool") return x !== 0 ? 1 : 0;
  const range = ranges[to];
  if (range === undefined || !isFloat(from)) return wrap(to, x);
  if (Number.isNaN(x)) return 0;
  return Math.min(range[1], Math.max(range[0], Math.trunc(x))) + 0;
}

/** One operation on numbers of one dtype, straight from its definition. */
function scalar(op: MapOp, dtype: DType, args: readonly number[]): number {
  const [x = 0, y = 0, z = 0] = args;
  const bits = { i32: 32, u32: 32, u8: 8 }[dtype as "i32"] ?? 0;
  const int = bits > 0;
  const big = (f: (a: bigint, b: bigint) => bigint): number => wrap(dtype, f(BigInt(x), BigInt(y)));
  switch (op) {
    case "neg":
      return int ? big((a) => -a) : -x;
    case "abs":
      return wrap(dtype, Math.abs(x));
    case "sign":
      return Number.isNaN(x) ? NaN : Number(x > 0) - Number(x < 0);
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "trunc":
      return Math.trunc(x);
    case "round": {
      if (!Number.isFinite(x)) return x;
      const low = Math.floor(x);
      const nearer =
        x - low === 0.5 ? (low % 2 === 0 ? low : low + 1) : x - low < 0.5 ? low : low + 1;
      return nearer === 0 && (x < 0 || Object.is(x, -0)) ? -0 : nearer;
    }
    case "sqrt":
      return wrap(dtype, Math.sqrt(x));
    case "reciprocal":
      return int ? (x === 0 ? 0 : wrap(dtype, Math.trunc(1 / x))) : wrap(dtype, 1 / x);
    case "add":
      return dtype === "bool" ? x | y : int ? big((a, b) => a + b) : wrap(dtype, x + y);
    case "sub":
      return int ? big((a, b) => a - b) : wrap(dtype, x - y);
    case "mul":
      return dtype === "bool" ? x & y : int ? big((a, b) => a * b) : wrap(dtype, x * y);
    case "div":
      return int ? big((a, b) => (b === 0n ? 0n : a / b)) : wrap(dtype, x / y);
    case "rem":
      return int ? big((a, b) => (b === 0n ? 0n : a % b)) : wrap(dtype, x % y);
    // Of zeros that differ in sign, the first: not promised to users, but what 1 / x shows.
    case "max":
      return x < y || Number.isNaN(y) ? y : x;
    case "min":
      return y < x || Number.isNaN(y) ? y : x;
    case "eq":
      return Number(x === y);
    case "ne":
      return Number(x !== y);
    case "lt":
      return Number(x < y);
    case "le":
      return Number(x <= y);
    case "gt":
      return Number(x > y);
    case "ge":
      return Number(x >= y);
    case "isNan":
      return Number(Number.isNaN(x));
    case "isFinite":
      return Number(Number.isFinite(x));
    case "and":
      return big((a, b) => a & b);
    case "or":
      return big((a, b) => a | b);
    case "xor":
      return big((a, b) => a ^ b);
    case "not":
      return dtype === "bool" ? 1 - x : big((a) => ~a);
    case "shl":
      return big((a, b) => (b < 0n || b >= bits ? 0n : a << b));
    case "shr":
      return big((a, b) => (b < 0n || b >= bits ? (a < 0n ? -1n : 0n) : a >> b));
    case "select":
      return x ? y : z;
    default:
      throw new Error(`the oracle does not know ${op}`);
  }
}

/** Evaluates a program at one position; `values` are the elements of the input views. */
export function evaluate(
  program: MapProgram,
  viewTypes: readonly DType[],
  values: readonly number[],
): number[] {
  const registers = values.map((v, k) =>
    cast(viewTypes[k] as DType, program.inputs[k] as DType, v),
  );
  registers.push(...program.constants.map(({ dtype, value }) => wrap(dtype, value)));
  for (const { op, dtype, to, args } of program.code) {
    const operands = args.map((r) => registers[r] as number);
    registers.push(
      op === "cast" ? cast(dtype, to as DType, operands[0] as number) : scalar(op, dtype, operands),
    );
  }
  return program.outputs.map((r) => registers[r] as number);
}

const floatOps: readonly MapOp[] = [
  ...(["neg", "abs", "sign", "floor", "ceil", "round", "trunc", "sqrt", "reciprocal"] as const),
  ...(["isNan", "isFinite", "add", "sub", "mul", "div", "rem", "max", "min"] as const),
  ...(["eq", "ne", "lt", "le", "gt", "ge", "select", "cast"] as const),
];
const integerOps: readonly MapOp[] = [
  ...(["neg", "abs", "sign", "round", "add", "sub", "mul", "div", "rem", "max", "min"] as const),
  ...(["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "xor", "not", "shl", "shr"] as const),
  ...(["isNan", "isFinite", "reciprocal", "select", "cast"] as const),
];
const logicalOps: readonly MapOp[] = [
  ...(["and", "or", "xor", "not", "add", "mul", "max", "min"] as const),
  ...(["eq", "ne", "lt", "le", "gt", "ge", "select", "cast"] as const),
];
/** What integers may do beside f64. */
const exactIntegerOps: readonly MapOp[] = [
  ...(["neg", "abs", "sign", "add", "sub", "max", "min"] as const),
  ...(["eq", "ne", "lt", "le", "gt", "ge", "select", "cast"] as const),
];

const unary = new Set<MapOp>(
  "neg abs sign floor ceil round trunc sqrt reciprocal isNan isFinite not cast".split(
    " ",
  ) as MapOp[],
);

/** Random programs: of f32, integers and masks, or of both float types with a few integers. */
export function programs(wide: boolean): fc.Arbitrary<MapProgram> {
  const types: readonly DType[] = wide
    ? ["f64", "f64", "f32", "bool", "i32", "u8"]
    : ["f32", "f32", "i32", "u32", "u8", "bool"];
  const opsOf = (dtype: DType): readonly MapOp[] =>
    isFloat(dtype) ? floatOps : dtype === "bool" ? logicalOps : wide ? exactIntegerOps : integerOps;
  const pick = fc.nat(1 << 20);
  return fc
    .record({
      inputs: fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 4 }),
      constants: fc.array(
        fc.record({ dtype: fc.constantFrom(...types), value: fc.constantFrom(0, 1, 2, 3, 7, 100) }),
        { maxLength: 3 },
      ),
      code: fc.array(fc.tuple(pick, pick, pick, pick, pick), { minLength: 1, maxLength: 12 }),
      outputs: fc.array(pick, { minLength: 1, maxLength: 3 }),
    })
    .map(({ inputs, constants, code, outputs }) => {
      const program = {
        inputs,
        constants: constants.map((c) => (c.dtype === "bool" ? { ...c, value: c.value & 1 } : c)),
        code: [] as MapInstruction[],
        outputs: [] as number[],
      };
      for (const [a, b, c, o, t] of code) {
        const known = registerTypes(program);
        // Late registers more often, so that programs are deep.
        const first = known.length - 1 - (a % Math.min(known.length, 5));
        const dtype = known[first] as DType;
        const alike = [...known.keys()].filter((r) => known[r] === dtype);
        const masks = [...known.keys()].filter((r) => known[r] === "bool");
        const ops = opsOf(dtype).filter((op) => op !== "select" || masks.length > 0);
        const op = ops[o % ops.length] as MapOp;
        const second = alike[b % alike.length] as number;
        if (op === "select")
          program.code.push({
            op,
            dtype,
            args: [masks[c % masks.length] as number, first, second],
          });
        else if (op === "cast")
          program.code.push({ op, dtype, to: types[t % types.length] as DType, args: [first] });
        else program.code.push({ op, dtype, args: unary.has(op) ? [first] : [first, second] });
      }
      const count = registerTypes(program).length;
      program.outputs = outputs.map((o, k) => (k === 0 ? count - 1 : o % count));
      return program;
    });
}
