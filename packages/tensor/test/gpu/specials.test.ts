import { expect, it } from "vitest";
import * as t from "../../src/index";
import { assertClose } from "../../src/testing";
import { onEachDevice } from "./devices";

const special = [
  0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -2,
  3.4e38,
  -3.4e38,
  1e-30,
  Infinity,
  -Infinity,
  Number.NaN,
];
const left = special.flatMap((a) => special.map(() => a));
const right = special.flatMap(() => special);

/** Functions of one operand with the relative error that they are held to. */
const unary: Readonly<Record<string, readonly [(x: t.Tensor) => t.Tensor, number]>> = {
  neg: [t.neg, 0],
  abs: [t.abs, 0],
  sign: [t.sign, 0],
  floor: [t.floor, 0],
  ceil: [t.ceil, 0],
  round: [t.round, 0],
  trunc: [t.trunc, 0],
  isNan: [t.isNan, 0],
  isFinite: [t.isFinite, 0],
  isInf: [t.isInf, 0],
  sqrt: [t.sqrt, 4e-7],
  reciprocal: [t.reciprocal, 4e-7],
  exp: [t.exp, 4e-6],
  expm1: [t.expm1, 4e-6],
  log: [t.log, 1e-6],
  log1p: [t.log1p, 1e-6],
  sin: [t.sin, 1e-6],
  cos: [t.cos, 1e-6],
  tan: [t.tan, 2e-6],
  asin: [t.asin, 1e-6],
  acos: [t.acos, 1e-6],
  atan: [t.atan, 1e-6],
  sinh: [t.sinh, 4e-6],
  cosh: [t.cosh, 4e-6],
  tanh: [t.tanh, 2e-6],
  asinh: [t.asinh, 2e-6],
  acosh: [t.acosh, 2e-6],
  atanh: [t.atanh, 2e-6],
  erf: [t.erf, 2e-6],
  erfc: [t.erfc, 2e-5],
  erfinv: [t.erfinv, 2e-6],
  sigmoid: [t.sigmoid, 4e-6],
  softplus: [t.softplus, 4e-6],
};

const binary: Readonly<Record<string, readonly [(x: t.Tensor, y: t.Tensor) => t.Tensor, number]>> =
  {
    add: [t.add, 0],
    sub: [t.sub, 0],
    mul: [t.mul, 0],
    div: [t.div, 4e-7],
    maximum: [t.maximum, 0],
    minimum: [t.minimum, 0],
    less: [t.less, 0],
    lessEqual: [t.lessEqual, 0],
    equal: [t.equal, 0],
    notEqual: [t.notEqual, 0],
    pow: [t.pow, 4e-6],
    atan2: [t.atan2, 1e-6],
  };

onEachDevice("floats", (device) => {
  const ordinary = Array.from({ length: 401 }, (_, i) => (i - 200) / 23);
  for (const [name, [f, relative]] of Object.entries(unary)) {
    it(`${name} is as near as stated, and right at infinities and NaN`, async () => {
      const x = t.tensor([...ordinary, ...special]);
      // Results below the smallest normal number may be flushed.
      assertClose(await f(x.to(device)).to("cpu"), f(x), {
        relative,
        absolute: relative * 0.1 + 2e-38,
      });
    });
  }

  for (const [name, [f, relative]] of Object.entries(binary)) {
    it(`${name} is right for all pairs of special values`, async () => {
      const [a, b] = [t.tensor(left), t.tensor(right)];
      assertClose(await f(a.to(device), b.to(device)).to("cpu"), f(a, b), {
        relative,
        absolute: 2e-38,
      });
    });
  }

  it("constants that no literal can express survive compilation", async () => {
    const f = t.jit(
      (x: t.Tensor) => [
        t.where(x.greater(0), x, Number.NaN),
        t.where(x.greater(0), x, -Infinity),
        t.where(x.greater(0), Infinity, x),
      ],
      { device },
    );
    const y = f(t.tensor([1, -1]));
    expect(await Promise.all(y.map(async (v) => Array.from(await v.data())))).toEqual([
      [1, Number.NaN],
      [1, -Infinity],
      [Infinity, -1],
    ]);
  });
});
