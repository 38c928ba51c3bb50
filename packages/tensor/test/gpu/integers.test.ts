import { expect, it } from "vitest";
import * as t from "../../src/index";
import { pow } from "../../src/primitives/elementwise";
import { onEachDevice } from "./devices";

const edge = [
  0, 1, 2, 3, 5, 7, 10, 31, 32, 255, 256, 257, 32767, 32768, 65535, 65536, 65537, 99999, 16777215,
  16777216, 16777217, 123456789, 2147483646, 2147483647, -1, -2, -3, -255, -65535, -65536, -65537,
  -16777217, -2147483647, -2147483648,
];

/** Every pair of edge values. */
const left = edge.flatMap((a) => edge.map(() => a));
const right = edge.flatMap(() => edge);

type Binary = (a: t.Tensor, b: t.Tensor) => t.Tensor;
const binary: Readonly<Record<string, Binary>> = {
  add: t.add,
  sub: t.sub,
  mul: t.mul,
  floorDivide: t.floorDivide,
  rem: t.rem,
  mod: t.mod,
  maximum: t.maximum,
  minimum: t.minimum,
  bitwiseAnd: t.bitwiseAnd,
  bitwiseOr: t.bitwiseOr,
  bitwiseXor: t.bitwiseXor,
  less: t.less,
  lessEqual: t.lessEqual,
  equal: t.equal,
  notEqual: t.notEqual,
  // The public function takes the way over floats.
  pow,
  leftShift: t.leftShift,
  rightShift: t.rightShift,
};

const unary: Readonly<Record<string, (a: t.Tensor) => t.Tensor>> = {
  neg: t.neg,
  abs: t.abs,
  sign: t.sign,
  bitwiseNot: t.bitwiseNot,
  "cast to f32": (a) => t.cast(a, "f32"),
  "cast to u8": (a) => t.cast(a, "u8"),
  "cast to bool": (a) => t.cast(a, "bool"),
  "cast to i32": (a) => t.cast(a, "i32"),
  "cast to u32": (a) => t.cast(a, "u32"),
  sum: (a) => t.sum(a),
  max: (a) => t.max(a),
  min: (a) => t.min(a),
};

onEachDevice("whole numbers", (device) => {
  for (const dtype of ["i32", "u32", "u8"] as const) {
    const wrap = (list: readonly number[]): t.Tensor =>
      t.cast(t.tensor(list, { dtype: "i32" }), dtype === "i32" ? "i32" : dtype);
    const [a, b] = [wrap(left), wrap(right)];
    for (const [name, f] of Object.entries(binary)) {
      if (dtype === "u8" && ["pow", "leftShift", "rightShift"].includes(name)) continue;
      it(`${name} of ${dtype} is exact for all pairs of edge values`, async () => {
        const y = f(a.to(device), b.to(device));
        expect(y.dtype).toBe(f(a, b).dtype);
        expect(Array.from(await y.data())).toEqual(Array.from(f(a, b).dataSync()));
      });
    }
    for (const [name, f] of Object.entries(unary)) {
      it(`${name} of ${dtype} is exact for edge values`, async () => {
        const x = wrap(edge);
        expect(Array.from(await f(x.to(device)).data())).toEqual(Array.from(f(x).dataSync()));
      });
    }
  }

  it("casts of floats truncate and saturate", async () => {
    const x = t.tensor([
      0, 0.9, -0.9, 1.5, -1.5, 255.9, 300, 65536.5, 2147483520, 3e9, 4294967040, 1e20, -3e9,
    ]);
    for (const to of ["i32", "u32", "u8", "bool"] as const) {
      const y = t.cast(x.to(device), to);
      expect(Array.from(await y.data()), to).toEqual(Array.from(t.cast(x, to).dataSync()));
    }
  });
});
