import type { MapOp } from "../cpu/lower/map-program";
import type { DType } from "../dtype";
import type {
  Aval,
  BatchResult,
  JvpResult,
  LinearOperand,
  Primitive,
  Tangent,
} from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind, bind1 } from "../internal/trace";
import type { Tensor } from "../tensor";
import { batchToFront, moveAxis } from "./batching";
import { constantLike } from "./constants";

/** A primitive that acts element by element on operands of one shape. */
export interface Elementwise extends Primitive<ElementwiseParams> {
  readonly op: MapOp;
}

/** Only `cast` has a parameter: the dtype of the result. */
export interface ElementwiseParams {
  readonly to?: DType;
}

const none: ElementwiseParams = {};

/** Elementwise primitives by name. */
export const elementwise: Map<string, Elementwise> = new Map();

/** True for primitives that the fused elementwise interpreter runs. */
export const isElementwise = (p: Primitive): p is Elementwise => "op" in p;

type Jvp = NonNullable<Primitive<ElementwiseParams>["jvp"]>;
type Transpose = NonNullable<Primitive<ElementwiseParams>["transpose"]>;

/**
 * Batching: if all batched operands carry the batch at the same axis and the others are absent, nothing moves;
 * otherwise the batch goes to the front.
 */
function batchElementwise(
  primitive: Elementwise,
  inputs: readonly Tensor[],
  axes: readonly (number | null)[],
  size: number,
  params: ElementwiseParams,
): BatchResult {
  const axis = axes.find((a) => a !== null) as number;
  const operands = inputs.map((x, i) => {
    const a = axes[i] ?? null;
    return a === axis ? x : moveAxis(batchToFront(x, a, size), 0, axis);
  });
  return { outputs: bind(primitive, operands, params), axes: [axis] };
}

function define(
  op: MapOp,
  rules: { result?: "bool" | "second" | "to"; jvp?: Jvp; transpose?: Transpose } = {},
): Elementwise {
  const primitive: Elementwise = {
    name: op,
    op,
    shape([first, second], params): readonly Aval[] {
      const { shape, dtype } = first as Aval;
      if (rules.result === "bool") return [{ shape, dtype: "bool" }];
      if (rules.result === "second") return [{ shape, dtype: (second as Aval).dtype }];
      if (rules.result === "to") return [{ shape, dtype: params.to as DType }];
      return [{ shape, dtype }];
    },
    batch: (inputs, axes, size, params) => batchElementwise(primitive, inputs, axes, size, params),
    ...(rules.jvp && { jvp: rules.jvp }),
    ...(rules.transpose && { transpose: rules.transpose }),
  };
  elementwise.set(op, primitive);
  return primitive;
}

/** Sum of two tangents, either of which may be a symbolic zero. */
export const addTangents = (a: Tangent, b: Tangent): Tangent =>
  a === null ? b : b === null ? a : add(a, b);

const scale = (t: Tangent | undefined, factor: () => Tensor): Tangent =>
  t == null ? null : mul(t, factor());

/** A function of one operand whose tangent is t · f′(x), given x and y = f(x). */
function unary(op: MapOp, derivative?: (x: Tensor, y: Tensor) => Tensor): (x: Tensor) => Tensor {
  const primitive = define(op, {
    jvp: ([x], [t]): JvpResult => {
      const y = bind1(primitive, [x as Tensor], none);
      return {
        primals: [y],
        tangents: [derivative === undefined ? null : scale(t, () => derivative(x as Tensor, y))],
      };
    },
  });
  return (x) => bind1(primitive, [x], none);
}

/** A function of one operand without a derivative and with a boolean result. */
function test1(op: MapOp): (x: Tensor) => Tensor {
  const primitive = define(op, { result: "bool" });
  return (x) => bind1(primitive, [x], none);
}

type Binary = (x: Tensor, y: Tensor) => Tensor;

/** A function of two operands with a tangent rule in terms of x, y and the result. */
function binary(
  op: MapOp,
  tangent?: (tx: Tangent, ty: Tangent, x: Tensor, y: Tensor, z: Tensor) => Tangent,
  transpose?: Transpose,
): Binary {
  const primitive = define(op, {
    jvp: ([x, y], [tx, ty]): JvpResult => {
      const z = bind1(primitive, [x as Tensor, y as Tensor], none);
      return {
        primals: [z],
        tangents: [tangent?.(tx ?? null, ty ?? null, x as Tensor, y as Tensor, z) ?? null],
      };
    },
    ...(transpose && { transpose }),
  });
  return (x, y) => bind1(primitive, [x, y], none);
}

/** A comparison or logical operation of two operands. */
function test2(op: MapOp): Binary {
  const primitive = define(op, { result: "bool" });
  return (x, y) => bind1(primitive, [x, y], none);
}

const one = (x: Tensor): Tensor => constantLike(x, 1);
const square = (x: Tensor): Tensor => mul(x, x);
const known = (x: LinearOperand | undefined): Tensor => x as Tensor;

const negPrimitive = define("neg", {
  jvp: ([x], [t]) => ({ primals: [neg(x as Tensor)], tangents: [t == null ? null : neg(t)] }),
  transpose: ([ct]) => [ct == null ? null : neg(ct)],
});
/** −x */
export const neg = (x: Tensor): Tensor => bind1(negPrimitive, [x], none);

/** x + y */
export const add: Binary = binary(
  "add",
  (tx, ty) => addTangents(tx, ty),
  ([ct = null], [x, y]) => [isUnknown(x!) ? ct : null, isUnknown(y!) ? ct : null],
);
/** x − y */
export const sub: Binary = binary(
  "sub",
  (tx, ty) => (tx === null ? ty && neg(ty) : ty === null ? tx : sub(tx, ty)),
  ([ct = null], [x, y]) => [isUnknown(x!) ? ct : null, isUnknown(y!) ? ct && neg(ct) : null],
);
/** x · y */
export const mul: Binary = binary(
  "mul",
  (tx, ty, x, y) => addTangents(tx && mul(tx, y), ty && mul(x, ty)),
  ([ct = null], [x, y]) => [
    isUnknown(x!) ? ct && mul(ct, known(y)) : null,
    isUnknown(y!) ? ct && mul(known(x), ct) : null,
  ],
);
/** x / y; integer division truncates */
export const div: Binary = binary(
  "div",
  (tx, ty, _x, y, z) => addTangents(tx && div(tx, y), ty && neg(mul(ty, div(z, y)))),
  ([ct = null], [x, y]) => [isUnknown(x!) ? ct && div(ct, known(y)) : null, null],
);
/** Remainder with the sign of the dividend. */
export const rem: Binary = binary("rem", (tx, ty, x, y) =>
  addTangents(tx, ty && neg(mul(ty, trunc(div(x, y))))),
);
/** x^y */
export const pow: Binary = binary("pow", (tx, ty, x, y, z) => {
  // y = 0 gives slope 0 also at x = 0; x = 0 gives slope 0 in y.
  const slope = (): Tensor =>
    mul(y, pow(x, select(eq(y, constantLike(y, 0)), one(y), sub(y, one(y)))));
  const logX = (): Tensor => log(select(eq(x, constantLike(x, 0)), one(x), x));
  return addTangents(tx && mul(tx, slope()), ty && mul(ty, mul(logX(), z)));
});
/** Angle of the point (x, y), written atan2(y, x). */
export const atan2: Binary = binary("atan2", (ty, tx, y, x) => {
  const norm = add(square(x), square(y));
  return addTangents(ty && mul(ty, div(x, norm)), tx && neg(mul(tx, div(y, norm))));
});
const pickWeight = (prefer: Tensor, x: Tensor, y: Tensor): Tensor =>
  select(eq(x, y), constantLike(x, 0.5), select(prefer, one(x), constantLike(x, 0)));
/** Larger operand; NaN wins. Ties share the gradient. */
export const max: Binary = binary("max", (tx, ty, x, y) =>
  addTangents(tx && mul(tx, pickWeight(gt(x, y), x, y)), ty && mul(ty, pickWeight(gt(y, x), x, y))),
);
/** Smaller operand; NaN wins. Ties share the gradient. */
export const min: Binary = binary("min", (tx, ty, x, y) =>
  addTangents(tx && mul(tx, pickWeight(lt(x, y), x, y)), ty && mul(ty, pickWeight(lt(y, x), x, y))),
);

export const eq: Binary = test2("eq");
export const ne: Binary = test2("ne");
export const lt: Binary = test2("lt");
export const le: Binary = test2("le");
export const gt: Binary = test2("gt");
export const ge: Binary = test2("ge");
/** Logical on bool, bitwise on integers. */
export const and: Binary = binary("and");
export const or: Binary = binary("or");
export const xor: Binary = binary("xor");
export const shl: Binary = binary("shl");
export const shr: Binary = binary("shr");

const selectPrimitive = define("select", {
  result: "second",
  jvp: ([mask, x, y], [, tx, ty]) => ({
    primals: [select(mask as Tensor, x as Tensor, y as Tensor)],
    tangents: [
      tx == null && ty == null
        ? null
        : select(mask as Tensor, tx ?? constantLike(x!, 0), ty ?? constantLike(y!, 0)),
    ],
  }),
  transpose: ([ct], [mask, x, y]) => {
    if (ct == null) return [null, null, null];
    const zero = constantLike(ct, 0);
    return [
      null,
      isUnknown(x!) ? select(known(mask), ct, zero) : null,
      isUnknown(y!) ? select(known(mask), zero, ct) : null,
    ];
  },
});
/** mask ? x : y */
export const select = (mask: Tensor, x: Tensor, y: Tensor): Tensor =>
  bind1(selectPrimitive, [mask, x, y], none);

const floating = (d: DType): boolean => d === "f32" || d === "f64";
const castPrimitive = define("cast", {
  result: "to",
  jvp: ([x], [t], { to }) => ({
    primals: [cast(x as Tensor, to as DType)],
    tangents: [t == null || !floating(to as DType) ? null : cast(t, to as DType)],
  }),
  transpose: ([ct], [x]) => [ct == null ? null : cast(ct, (x as Aval).dtype)],
});
/** x with another dtype. */
export const cast = (x: Tensor, to: DType): Tensor =>
  x.dtype === to ? x : bind1(castPrimitive, [x], { to });

export const abs: (x: Tensor) => Tensor = unary("abs", (x) => sign(x));
export const sign: (x: Tensor) => Tensor = unary("sign");
export const floor: (x: Tensor) => Tensor = unary("floor");
export const ceil: (x: Tensor) => Tensor = unary("ceil");
export const round: (x: Tensor) => Tensor = unary("round");
export const trunc: (x: Tensor) => Tensor = unary("trunc");
export const not: (x: Tensor) => Tensor = unary("not");
export const isNan: (x: Tensor) => Tensor = test1("isNan");
export const isFiniteNumber: (x: Tensor) => Tensor = test1("isFinite");
export const sqrt: (x: Tensor) => Tensor = unary("sqrt", (x, y) => div(constantLike(x, 0.5), y));
export const reciprocal: (x: Tensor) => Tensor = unary("reciprocal", (_, y) => neg(square(y)));
export const exp: (x: Tensor) => Tensor = unary("exp", (_, y) => y);
export const expm1: (x: Tensor) => Tensor = unary("expm1", (x, y) => add(y, one(x)));
export const log: (x: Tensor) => Tensor = unary("log", (x) => reciprocal(x));
export const log1p: (x: Tensor) => Tensor = unary("log1p", (x) => reciprocal(add(x, one(x))));
export const sin: (x: Tensor) => Tensor = unary("sin", (x) => cos(x));
export const cos: (x: Tensor) => Tensor = unary("cos", (x) => neg(sin(x)));
export const tan: (x: Tensor) => Tensor = unary("tan", (x, y) => add(one(x), square(y)));
export const asin: (x: Tensor) => Tensor = unary("asin", (x) =>
  reciprocal(sqrt(sub(one(x), square(x)))),
);
export const acos: (x: Tensor) => Tensor = unary("acos", (x) =>
  neg(reciprocal(sqrt(sub(one(x), square(x))))),
);
export const atan: (x: Tensor) => Tensor = unary("atan", (x) => reciprocal(add(one(x), square(x))));
export const sinh: (x: Tensor) => Tensor = unary("sinh", (x) => cosh(x));
export const cosh: (x: Tensor) => Tensor = unary("cosh", (x) => sinh(x));
export const tanh: (x: Tensor) => Tensor = unary("tanh", (x, y) => sub(one(x), square(y)));
export const asinh: (x: Tensor) => Tensor = unary("asinh", (x) =>
  reciprocal(sqrt(add(square(x), one(x)))),
);
export const acosh: (x: Tensor) => Tensor = unary("acosh", (x) =>
  reciprocal(mul(sqrt(sub(x, one(x))), sqrt(add(x, one(x))))),
);
export const atanh: (x: Tensor) => Tensor = unary("atanh", (x) =>
  reciprocal(sub(one(x), square(x))),
);
const gaussian = (x: Tensor): Tensor =>
  mul(constantLike(x, 2 / Math.sqrt(Math.PI)), exp(neg(square(x))));
export const erf: (x: Tensor) => Tensor = unary("erf", gaussian);
export const erfc: (x: Tensor) => Tensor = unary("erfc", (x) => neg(gaussian(x)));
export const erfinv: (x: Tensor) => Tensor = unary("erfinv", (x, y) =>
  mul(constantLike(x, Math.sqrt(Math.PI) / 2), exp(square(y))),
);
export const lgamma: (x: Tensor) => Tensor = unary("lgamma", (x) => digamma(x));
export const digamma: (x: Tensor) => Tensor = unary("digamma", (x) => trigamma(x));
export const sigmoid: (x: Tensor) => Tensor = unary("sigmoid", (x, y) => mul(y, sub(one(x), y)));
export const softplus: (x: Tensor) => Tensor = unary("softplus", (x) => sigmoid(x));

/**
 * Derivative of digamma: ψ′(x) = Σ_{k≥0} 1/(x+k)².
 *
 * Ten terms of the series, then the asymptotic expansion at x + 10; for x < ½ by the reflection
 * ψ′(x) = π²/sin²(πx) − ψ′(1 − x). Abramowitz & Stegun 6.4.7 and 6.4.12.
 */
export function trigamma(x: Tensor): Tensor {
  const c = (v: number): Tensor => constantLike(x, v);
  const small = lt(x, c(0.5));
  const z = select(small, sub(c(1), x), x);
  let sum = reciprocal(square(z));
  for (let k = 1; k < 10; k++) sum = add(sum, reciprocal(square(add(z, c(k)))));
  const r = reciprocal(add(z, c(10)));
  const r2 = square(r);
  // 1/z + 1/2z² + Σ B_2k / z^(2k+1)
  let tail = c(5 / 66);
  for (const b of [-1 / 30, 1 / 42, -1 / 30, 1 / 6]) tail = add(mul(tail, r2), c(b));
  const asymptotic = add(add(r, mul(c(0.5), r2)), mul(mul(tail, r2), r));
  const value = add(sum, asymptotic);
  const s = sin(mul(c(Math.PI), x));
  return select(small, sub(div(c(Math.PI ** 2), square(s)), value), value);
}
