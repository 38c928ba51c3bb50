import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/index";
import * as x from "../../src/index";
import { assertClose } from "../../src/testing";
import { build, getBroadcast } from "../support/reference";
import { elements, samples, shapes } from "../support/views";

/** Two shapes that broadcast, and what they broadcast to. */
const broadcastable = shapes(3).chain((shape) => {
  const operand = fc
    .record({ ones: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), drop: fc.nat(3) })
    .map(({ ones, drop }) =>
      shape.map((d, i) => (ones[i] ? 1 : d)).slice(Math.min(drop, shape.length)),
    );
  return fc.tuple(operand, operand);
});

const commonShape = (a: readonly number[], b: readonly number[]): number[] => {
  const r = Math.max(a.length, b.length);
  return Array.from({ length: r }, (_, i) => {
    const [m, n] = [a[a.length - r + i] ?? 1, b[b.length - r + i] ?? 1];
    return m === 1 ? n : m;
  });
};

type Binary = (a: number, b: number) => number;

describe("elementwise functions of two operands", () => {
  const floats: [string, (a: Tensor, b: Tensor) => Tensor, Binary][] = [
    ["add", x.add, (a, b) => a + b],
    ["sub", x.sub, (a, b) => a - b],
    ["mul", x.mul, (a, b) => a * b],
    ["div", x.div, (a, b) => a / b],
    ["rem", x.rem, (a, b) => a % b],
    ["maximum", x.maximum, Math.max],
    ["minimum", x.minimum, Math.min],
    ["atan2", x.atan2, Math.atan2],
    ["less", x.less, (a, b) => Number(a < b)],
    ["greaterEqual", x.greaterEqual, (a, b) => Number(a >= b)],
    ["equal", x.equal, (a, b) => Number(a === b)],
    ["notEqual", x.notEqual, (a, b) => Number(a !== b)],
  ];

  it.each(floats)("%s broadcasts operands of any layout", (_, f, reference) => {
    const cases = broadcastable.chain(([a, b]) =>
      fc.tuple(samples("f64", a, elements("f64")), samples("f64", b, elements("f64"))),
    );
    fc.assert(
      fc.property(cases, ([a, b]) => {
        const [p, q] = [
          { shape: a.x.shape, values: a.values },
          { shape: b.x.shape, values: b.values },
        ];
        const expected = build(commonShape(p.shape, q.shape), (index) =>
          reference(getBroadcast(p, index), getBroadcast(q, index)),
        );
        const actual = f(a.x, b.x);
        expect(actual.shape).toEqual(expected.shape);
        assertClose(actual.ravel(), [...expected.values], { relative: 1e-15, absolute: 1e-300 });
      }),
      { numRuns: 40 },
    );
  });

  const wrap: Record<"i32" | "u32" | "u8", (v: number) => number> = {
    i32: (v) => v | 0,
    u32: (v) => v >>> 0,
    u8: (v) => v & 255,
  };
  const integers: [string, (a: Tensor, b: Tensor) => Tensor, Binary][] = [
    ["add", x.add, (a, b) => a + b],
    ["sub", x.sub, (a, b) => a - b],
    ["mul", x.mul, (a, b) => Number(BigInt.asIntN(53, (BigInt(a) * BigInt(b)) % 2n ** 32n))],
    ["floorDivide", x.floorDivide, (a, b) => (b === 0 ? 0 : Math.floor(a / b))],
    ["mod", x.mod, (a, b) => (b === 0 ? 0 : a - b * Math.floor(a / b))],
    ["rem", x.rem, (a, b) => (b === 0 ? 0 : a % b)],
    ["maximum", x.maximum, Math.max],
    ["minimum", x.minimum, Math.min],
    ["bitwiseAnd", x.bitwiseAnd, (a, b) => a & b],
    ["bitwiseOr", x.bitwiseOr, (a, b) => a | b],
    ["bitwiseXor", x.bitwiseXor, (a, b) => a ^ b],
  ];

  it.each(integers)(
    "%s wraps integers round, of every integer dtype and layout",
    (_, f, reference) => {
      for (const dtype of ["i32", "u32", "u8"] as const) {
        const cases = shapes(2).chain((shape) =>
          fc.tuple(samples(dtype, shape, elements(dtype)), samples(dtype, shape, elements(dtype))),
        );
        fc.assert(
          fc.property(cases, ([a, b]) => {
            const actual = f(a.x, b.x);
            expect(actual.dtype).toBe(dtype);
            const expected = a.values.map((v, i) =>
              wrap[dtype](reference(v, b.values[i] as number)),
            );
            assertClose(actual.ravel(), x.tensor(expected, { dtype }));
          }),
          { numRuns: 20 },
        );
      }
    },
  );
});

describe("elementwise functions of one operand", () => {
  const floats: [string, (a: Tensor) => Tensor, (a: number) => number][] = [
    ["neg", x.neg, (a) => -a],
    ["abs", x.abs, Math.abs],
    ["sign", x.sign, Math.sign],
    ["floor", x.floor, Math.floor],
    ["ceil", x.ceil, Math.ceil],
    ["trunc", x.trunc, Math.trunc],
    ["round", x.round, (a) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a))],
    ["exp", x.exp, Math.exp],
    ["expm1", x.expm1, Math.expm1],
    ["log", x.log, Math.log],
    ["log1p", x.log1p, Math.log1p],
    ["sqrt", x.sqrt, Math.sqrt],
    ["sin", x.sin, Math.sin],
    ["tanh", x.tanh, Math.tanh],
    ["sigmoid", x.sigmoid, (a) => 1 / (1 + Math.exp(-a))],
    ["softplus", x.softplus, (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))],
    ["relu", x.relu, (a) => Math.max(a, 0)],
    ["leakyRelu", (a) => x.leakyRelu(a, 0.1), (a) => (a > 0 ? a : 0.1 * a)],
    ["elu", (a) => x.elu(a, 2), (a) => (a > 0 ? a : 2 * Math.expm1(a))],
    ["silu", x.silu, (a) => a / (1 + Math.exp(-a))],
    ["isNan", x.isNan, (a) => Number(Number.isNaN(a))],
    ["isInf", x.isInf, (a) => Number(Math.abs(a) === Infinity)],
  ];

  it.each(floats)("%s maps elements of any layout", (_, f, reference) => {
    fc.assert(
      fc.property(
        shapes(3).chain((shape) => samples("f64", shape, elements("f64"))),
        ({ x: a, values }) => {
          const actual = f(a);
          expect(actual.shape).toEqual(a.shape);
          assertClose(actual.ravel(), values.map(reference), { relative: 4e-15, absolute: 1e-300 });
        },
      ),
      { numRuns: 40 },
    );
  });

  it("silu of −Infinity is NaN's neighbour: −Infinity times 0", () => {
    expect(x.silu(-Infinity).item()).toBeNaN();
    expect(x.silu(-1e30).item()).toBe(-0);
  });

  it("gelu is x Φ(x), and its approximation is near", () => {
    // Φ(1) = 0.8413447460685429, Abramowitz & Stegun table 26.1.
    expect(x.gelu(x.tensor(1, { dtype: "f64" })).item()).toBeCloseTo(0.8413447460685429, 14);
    const grid = x.linspace(-4, 4, 33, { dtype: "f64" });
    expect(x.gelu(grid).sub(x.gelu(grid, true)).abs().max().item()).toBeLessThan(5e-4);
  });

  it("logSigmoid neither overflows nor underflows", () => {
    assertClose(x.logSigmoid([-1000, 0, 1000]), [-1000, -Math.LN2, 0]);
    expect(x.logSigmoid(x.tensor(40, { dtype: "f64" })).item()).toBeCloseTo(-Math.exp(-40), 30);
  });

  it("logAddExp keeps equal infinities and does not overflow", () => {
    assertClose(x.logAddExp([1000, -Infinity, Infinity], [1000, -Infinity, Infinity]), [
      1000 + Math.LN2,
      -Infinity,
      Infinity,
    ]);
  });

  it("special functions have the values of the tables", () => {
    // Abramowitz & Stegun: 7.1, 6.1, 6.3, 6.4 (ψ′(1) = π²/6).
    const at = (f: (t: Tensor) => Tensor, v: number): number =>
      f(x.tensor(v, { dtype: "f64" })).item();
    expect(at(x.erf, 0.5)).toBeCloseTo(0.5204998778130465, 15);
    expect(at(x.erfc, 3)).toBeCloseTo(2.209049699858544e-5, 19);
    expect(at(x.erfinv, 0.5204998778130465)).toBeCloseTo(0.5, 14);
    expect(at(x.lgamma, 0.5)).toBeCloseTo(0.5723649429247001, 14);
    expect(at(x.lgamma, 10)).toBeCloseTo(12.801827480081469, 13);
    expect(at(x.digamma, 1)).toBeCloseTo(-0.5772156649015329, 14);
    expect(at(x.trigamma, 1)).toBeCloseTo(Math.PI ** 2 / 6, 13);
    expect(at(x.trigamma, -0.5)).toBeCloseTo(Math.PI ** 2 / 2 + 4, 12);
  });

  it("whole powers are products, also of negative numbers and integers", () => {
    expect(x.tensor([-2, 3], { dtype: "i32" }).pow(3).toArray()).toEqual([-8, 27]);
    expect(x.tensor([-2, 3], { dtype: "i32" }).pow(3).dtype).toBe("i32");
    expect(x.tensor([-2, 4]).pow(-1).toArray()).toEqual([-0.5, 0.25]);
    expect(x.tensor([0, -1, NaN]).pow(0).toArray()).toEqual([1, 1, 1]);
    expect(x.square(true).dtype).toBe("i32");
  });
});

describe("where and clip", () => {
  it("where broadcasts condition and branches, numbers taking the other's dtype", () => {
    const y = x.where([[true], [false]], x.tensor([1, 2], { dtype: "i32" }), 0);
    expect(y.dtype).toBe("i32");
    expect(y.toArray()).toEqual([
      [1, 2],
      [0, 0],
    ]);
    expect(x.where([2, 0, NaN], 1, -1).toArray()).toEqual([1, -1, 1]);
  });

  it("clip takes one bound or two, numbers or tensors", () => {
    expect(x.clip([-1, 0, 3], 0, 2).toArray()).toEqual([0, 0, 2]);
    expect(x.clip([-1, 3], undefined, 2).toArray()).toEqual([-1, 2]);
    expect(x.clip([-1, 3], [0, 4], undefined).toArray()).toEqual([0, 4]);
    expect(x.clip([NaN], 0, 1).toArray()).toEqual([NaN]);
  });
});

describe("isClose", () => {
  it("allows an absolute and a relative distance; only equal infinities are close, NaN never is", () => {
    expect(x.isClose([1, 1, 0], [1.000009, 1.00002, 1e-9]).toArray()).toEqual([true, false, true]);
    expect(x.isClose([1, Infinity, Infinity], [Infinity, 1, Infinity]).toArray()).toEqual([
      false,
      false,
      true,
    ]);
    expect(x.isClose([NaN], [NaN]).toArray()).toEqual([false]);
    expect(x.isClose(1, 1.4, { relative: 0, absolute: 0.5 }).item()).toBe(1);
  });
});

describe("bits", () => {
  it("numbers and lists of them count as i32", () => {
    expect(x.leftShift(1, 3).item()).toBe(8);
    expect(x.bitwiseAnd([6, 5], 3).toArray()).toEqual([2, 1]);
    expect(x.bitwiseOr([6, 5], [1, 2]).dtype).toBe("i32");
    expect(x.bitwiseNot(0).item()).toBe(-1);
    expect(x.leftShift(true, 4).item()).toBe(16);
  });

  it("shifts are arithmetic on i32 and logical on u32 and u8", () => {
    expect(x.rightShift(x.tensor([-8], { dtype: "i32" }), 1).toArray()).toEqual([-4]);
    expect(x.rightShift(x.tensor([2 ** 31], { dtype: "u32" }), 31).toArray()).toEqual([1]);
    expect(x.leftShift(x.tensor([200], { dtype: "u8" }), 1).toArray()).toEqual([144]);
  });

  it("floats are refused", () => {
    expect(() => x.bitwiseAnd(x.ones([1]), 1)).toThrow(
      "bitwiseAnd: expected integer or bool operands; got f32; cast first",
    );
    expect(() => x.bitwiseNot(0.5)).toThrow("got 0.5");
  });
});
