import type { MapInstruction, MapOp } from "../../cpu/lower/map-program";
import type { DType } from "../../dtype";
import type { KernelBuilder } from "../source/kernel-builder";
import { planesOf } from "../source/view";

/** Text of an operation on f32 from the texts of its operands. */
type Text = (k: KernelBuilder, x: string, y: string) => string;

const infix =
  (operator: string): Text =>
  (_, x, y) =>
    `${x} ${operator} ${y}`;
const compare =
  (operator: string): Text =>
  (_, x, y) =>
    `(${x} ${operator} ${y} ? 1 : 0)`;
const math =
  (name: string): Text =>
  (_, x) =>
    `Math.${name}(${x})`;
const own =
  (name: string): Text =>
  (k, x) =>
    k.call(name, x);
const own2 =
  (name: string): Text =>
  (k, x, y) =>
    k.call(name, x, y);

/** Operations of f32. */
const float: Partial<Record<MapOp, Text>> = {
  neg: (_, x) => `-${x}`,
  abs: math("abs"),
  sign: own("signOf"),
  floor: math("floor"),
  ceil: math("ceil"),
  round: own("roundToEven"),
  trunc: own("truncate"),
  sqrt: math("sqrt"),
  reciprocal: (_, x) => `1 / ${x}`,
  exp: own("expOf"),
  expm1: own("expMinusOne"),
  log: own("logOf"),
  log1p: own("logPlusOne"),
  sin: own("sinOf"),
  cos: own("cosOf"),
  tan: own("tanOf"),
  asin: own("asinOf"),
  acos: own("acosOf"),
  atan: own("atanOf"),
  sinh: own("sinhOf"),
  cosh: own("coshOf"),
  tanh: own("tanhOf"),
  asinh: own("asinhOf"),
  acosh: own("acoshOf"),
  atanh: own("atanhOf"),
  erf: own("erfOf"),
  erfc: own("erfcOf"),
  erfinv: own("erfinvOf"),
  lgamma: (k, x) => k.call("lgammaOf", x, k.number(Infinity)),
  digamma: (k, x) => k.call("digammaOf", x, k.number(Number.NaN)),
  sigmoid: own("sigmoid"),
  softplus: own("softplus"),
  isNan: own("isNan"),
  isFinite: own("isFinite"),
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  rem: own2("remainder"),
  pow: (k, x, y) => k.call("powOf", x, y, k.number(Number.NaN)),
  atan2: own2("atanPair"),
  max: own2("larger"),
  min: own2("smaller"),
  eq: compare("==="),
  // NaN differs from everything, but compilers take ≠ for "less or greater".
  ne: (_, x, y) => `(${x} === ${y} ? 0 : 1)`,
  lt: compare("<"),
  le: compare("<="),
  gt: compare(">"),
  ge: compare(">="),
};

const same: Text = (_, x) => x;
const one: Text = () => "1";
const zero: Text = () => "0";

/** Operations of bool, whose values are 0 and 1. */
const logical: Partial<Record<MapOp, Text>> = {
  ...Object.fromEntries(["abs", "sign", "floor", "ceil", "round", "trunc"].map((op) => [op, same])),
  not: (_, x) => `1 - ${x}`,
  and: (_, x, y) => `${x} * ${y}`,
  mul: (_, x, y) => `${x} * ${y}`,
  min: (_, x, y) => `${x} * ${y}`,
  or: (_, x, y) => `Math.max(${x}, ${y})`,
  add: (_, x, y) => `Math.max(${x}, ${y})`,
  max: (_, x, y) => `Math.max(${x}, ${y})`,
  xor: compare("!=="),
  ne: compare("!=="),
  eq: compare("==="),
  lt: compare("<"),
  le: compare("<="),
  gt: compare(">"),
  ge: compare(">="),
  isNan: zero,
  isFinite: one,
};

const byte =
  (text: Text): Text =>
  (k, x, y) =>
    k.call("byteOf", k.let(text(k, x, y)));

/** Operations of u8: exact in f32, wrapped afterwards. */
const bytes: Partial<Record<MapOp, Text>> = {
  ...Object.fromEntries(["abs", "floor", "ceil", "round", "trunc"].map((op) => [op, same])),
  neg: byte((_, x) => `256 - ${x}`),
  not: (_, x) => `255 - ${x}`,
  sign: (_, x) => `Math.min(${x}, 1)`,
  add: byte(infix("+")),
  sub: byte((_, x, y) => `${x} + 256 - ${y}`),
  mul: byte(infix("*")),
  div: own2("byteQuotient"),
  rem: own2("byteRemainder"),
  max: (_, x, y) => `Math.max(${x}, ${y})`,
  min: (_, x, y) => `Math.min(${x}, ${y})`,
  and: (_, x, y) => `(${x} & ${y})`,
  or: (_, x, y) => `(${x} | ${y})`,
  xor: (_, x, y) => `(${x} ^ ${y})`,
  eq: compare("==="),
  ne: compare("!=="),
  lt: compare("<"),
  le: compare("<="),
  gt: compare(">"),
  ge: compare(">="),
  isNan: zero,
  isFinite: one,
};

const not: (text: Text) => Text = (text) => (k, x, y) => `1 - ${text(k, x, y)}`;
const swapped: (text: Text) => Text = (text) => (k, x, y) => text(k, y, x);

/** Operations of i32 and u32 in two planes. */
function integers(signed: boolean): Partial<Record<MapOp, Text>> {
  const kind = signed ? "Signed" : "Unsigned";
  const less = own2(`less${kind}`);
  return {
    ...Object.fromEntries(["floor", "ceil", "round", "trunc"].map((op) => [op, same])),
    neg: own("negPair"),
    abs: signed ? own("absPair") : same,
    sign: own(`sign${kind}`),
    not: own("notPair"),
    add: own2("addPair"),
    sub: own2("subPair"),
    mul: own2("mulPair"),
    div: own2(`div${kind}`),
    rem: own2(`rem${kind}`),
    pow: own2(`pow${kind}`),
    max: own2(`max${kind}`),
    min: own2(`min${kind}`),
    and: own2("andPair"),
    or: own2("orPair"),
    xor: own2("xorPair"),
    shl: own2("shiftLeft"),
    shr: own2(signed ? "shiftRightSigned" : "shiftRight"),
    eq: own2("sameBits"),
    ne: not(own2("sameBits")),
    lt: less,
    gt: swapped(less),
    le: not(swapped(less)),
    ge: not(less),
    isNan: zero,
    isFinite: one,
  };
}

const tables: Partial<Record<DType, Partial<Record<MapOp, Text>>>> = {
  f32: float,
  bool: logical,
  u8: bytes,
  i32: integers(true),
  u32: integers(false),
};

/** True when the device computes an operation of this dtype. */
export function hasText({ op, dtype, to }: MapInstruction): boolean {
  if (dtype === "f64" || to === "f64") return false;
  if (op === "cast" || op === "select") return true;
  return tables[dtype]?.[op] !== undefined;
}

/** Text of an instruction's result. */
export function instructionText(
  k: KernelBuilder,
  { op, dtype, to }: MapInstruction,
  args: readonly string[],
): string {
  const [x, y = "", z = ""] = args as [string, string?, string?];
  if (op === "cast") return castText(k, x, dtype, to ?? dtype);
  if (op === "select") {
    if (planesOf(dtype) === 2) return k.call("choosePair", x, y, z);
    return `(${x} > 0.5 ? ${y} : ${z})`;
  }
  const text = tables[dtype]?.[op] as Text;
  return text(k, x, y);
}

/** Float to integer truncates and saturates, NaN becomes 0; integers wrap; anything but 0 is true, NaN too. */
function castText(k: KernelBuilder, x: string, from: DType, to: DType): string {
  if (from === to) return x;
  if (planesOf(from) === 2) {
    if (planesOf(to) === 2) return x;
    if (to === "f32") return k.call(from === "i32" ? "floatOfSigned" : "floatOfUnsigned", x);
    if (to === "u8") return k.call("byteOfPair", x);
    return `1 - ${k.call("sameBits", x, k.constant(0, from))}`;
  }
  if (to === "bool") return `(${x} === 0 ? 0 : 1)`;
  if (to === "f32") return x;
  if (planesOf(to) === 1) return from === "f32" ? k.call("byteOfFloat", x) : x;
  if (from !== "f32") return k.call("pairOfByte", x);
  return k.call(to === "i32" ? "signedOfFloat" : "unsignedOfFloat", x);
}
