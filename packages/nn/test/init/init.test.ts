import { random, type Shape, ShapeError, type Tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { init } from "../../src/index";

const shape = [6, 2, 3, 5];
const key = random.key(7);

/** Mean, standard deviation and largest absolute value. */
function moments(x: Tensor): { mean: number; std: number; peak: number } {
  const data = x.dataSync();
  let [sum, squares, peak] = [0, 0, 0];
  for (const v of data) sum += v;
  const mean = sum / data.length;
  for (const v of data) {
    squares += (v - mean) ** 2;
    peak = Math.max(peak, Math.abs(v));
  }
  return { mean, std: Math.sqrt(squares / data.length), peak };
}

// [500, 10, 4, 5] has 10⁵ elements, fan-in 200 and fan-out 10⁴.
const large: Shape = [500, 10, 4, 5];
// Six standard errors of a standard deviation from 10⁵ normal draws are 6 / √(2·10⁵) = 1.3 %; bounded ones spread less.
const within = 0.0135;

describe("fans", () => {
  test("counts kernel taps on both sides", () => {
    expect(init.fans(shape)).toEqual({ in: 30, out: 90 });
  });

  test("changes the two counts for kernels of transposed convolutions", () => {
    expect(init.fans([2, 6, 3, 5], { transposed: true })).toEqual({ in: 30, out: 90 });
  });

  test("refuses vectors", () => {
    expect(() => init.fans([3])).toThrow(
      "init.fans: expected a weight [out, in, …kernel]; got shape [3]; start vectors with zeros or ones",
    );
    expect(() => init.he(key, [3])).toThrow(ShapeError);
  });
});

describe("gain", () => {
  test("has the published factors", () => {
    expect(init.gain("linear")).toBe(1);
    expect(init.gain("sigmoid")).toBe(1);
    expect(init.gain("tanh")).toBeCloseTo(5 / 3, 12);
    expect(init.gain("relu")).toBeCloseTo(Math.sqrt(2), 12);
    expect(init.gain("leakyRelu", 0.2)).toBeCloseTo(1.3867504906, 10);
    expect(init.gain("selu")).toBe(0.75);
  });

  test("refuses other names, also those of every object", () => {
    expect(() => init.gain("toString" as never)).toThrow("init.gain: expected one of linear");
  });
});

describe("initialisers", () => {
  const scaled: readonly (readonly [
    string,
    (mode: "normal" | "uniform" | "truncated") => Tensor,
    number,
  ])[] = [
    ["lecun", (mode) => init.lecun(key, large, { mode }), Math.sqrt(1 / 200)],
    ["he", (mode) => init.he(key, large, { mode }), Math.sqrt(2 / 200)],
    ["he by fan-out", (mode) => init.he(key, large, { mode, fan: "out" }), Math.sqrt(2 / 1e4)],
    ["he for tanh", (mode) => init.he(key, large, { mode, gain: 5 / 3 }), 5 / 3 / Math.sqrt(200)],
    ["xavier", (mode) => init.xavier(key, large, { mode }), Math.sqrt(2 / 10200)],
    ["muP of a hidden weight", (mode) => init.muP(key, large, { mode }), Math.sqrt(1 / 200)],
    [
      "muP of an output weight four times as wide as the base",
      (mode) => init.muP(key, large, { mode, role: "output", baseFanIn: 50 }),
      Math.sqrt(1 / 200) / 2,
    ],
  ];

  test.each(scaled)("%s has its standard deviation in every mode", (_, make, std) => {
    for (const mode of ["normal", "uniform", "truncated"] as const) {
      const found = moments(make(mode));
      expect(Math.abs(found.std / std - 1)).toBeLessThan(within);
      expect(Math.abs(found.mean)).toBeLessThan((6 * std) / Math.sqrt(1e5));
      const bound = { normal: Infinity, uniform: Math.sqrt(3), truncated: 2 / 0.879625661 }[mode];
      expect(found.peak).toBeLessThanOrEqual(std * bound * (1 + 1e-6));
      if (mode !== "normal") expect(found.peak).toBeGreaterThan(0.999 * std * bound);
    }
  });

  test("meet the computed bounds for the shape [6, 2, 3, 5]", () => {
    // A uniform draw comes within a thousandth of its bound among 180 · 50 numbers.
    const peak = (make: (k: Tensor) => Tensor): number =>
      Math.max(...random.split(key, 50).map((k) => moments(make(k)).peak));
    expect(peak((k) => init.xavier(k, shape, { mode: "uniform" }))).toBeCloseTo(0.2236067977, 3);
    expect(peak((k) => init.he(k, shape, { mode: "uniform" }))).toBeCloseTo(
      0.2581988897 * Math.sqrt(3),
      3,
    );
    expect(peak((k) => init.lecun(k, shape, { mode: "uniform" }))).toBeCloseTo(
      0.1825741858 * Math.sqrt(3),
      3,
    );
    expect(peak((k) => init.fanInUniform(k, shape))).toBeCloseTo(1 / Math.sqrt(30), 3);
    expect(peak((k) => init.fanInUniform(k, [6, 50], { fanIn: 30 }))).toBeCloseTo(
      1 / Math.sqrt(30),
      3,
    );
  });

  test("muP equals LeCun's at the base width and for weights that see the input", () => {
    for (const role of ["input", "hidden", "output"] as const) {
      assertClose(init.muP(key, shape, { role }), init.lecun(key, shape));
    }
  });

  test("truncNormal lies within two deviations and has 0.8796 of the deviation, or all of it", () => {
    const cut = moments(init.truncNormal(key, [1e5], { std: 3 }));
    expect(Math.abs(cut.std / (3 * 0.879625661) - 1)).toBeLessThan(within);
    expect(cut.peak).toBeLessThanOrEqual(6);
    const exact = moments(init.truncNormal(key, [1e5], { std: 3, mean: 10, exact: true }));
    expect(Math.abs(exact.std / 3 - 1)).toBeLessThan(within);
    expect(Math.abs(exact.mean - 10)).toBeLessThan(18 / Math.sqrt(1e5));
  });

  test("normal has deviation 0.02, less by √(2L) at the end of residual branches", () => {
    expect(Math.abs(moments(init.normal(key, [1e5])).std / 0.02 - 1)).toBeLessThan(within);
    const last = moments(init.normal(key, [1e5], { residualBlocks: 8 }));
    expect(Math.abs(last.std / (0.02 / 4) - 1)).toBeLessThan(within);
  });

  test.each([[[5, 3]], [[3, 5]], [[4, 2, 3, 3]], [[40, 2, 3]], [[1, 1]]])(
    "orthogonal weights of shape %j have orthogonal rows or columns of length gain",
    (form) => {
      const w = init.orthogonal(key, form, { gain: 1.5, dtype: "f64" });
      expect(w.shape).toEqual(form);
      const [rows, columns] = [form[0] as number, w.size / (form[0] as number)];
      const m = w.reshape([rows, columns]);
      const product = rows <= columns ? m.matmul(m.T) : m.T.matmul(m);
      const n = Math.min(rows, columns);
      const identity = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (_, j) => (i === j ? 2.25 : 0)),
      );
      assertClose(product, identity, { absolute: 1e-6, relative: 0 });
    },
  );

  const all: readonly [string, init.Initializer][] = [
    ["lecun", init.lecun],
    ["he", init.he],
    ["xavier", init.xavier],
    ["orthogonal", init.orthogonal],
    ["truncNormal", init.truncNormal],
    ["normal", init.normal],
    ["muP", init.muP],
    ["fanInUniform", init.fanInUniform],
  ];

  test.each(all)("%s is decided by its key, in both dtypes", (_, make) => {
    const [a, b] = random.split(key);
    for (const dtype of ["f32", "f64"] as const) {
      const first = make(a, shape, { dtype });
      expect(first.dtype).toBe(dtype);
      expect(first.shape).toEqual(shape);
      expect(make(a, shape, { dtype }).toArray()).toEqual(first.toArray());
      expect(make(b, shape, { dtype }).toArray()).not.toEqual(first.toArray());
    }
  });

  test("refuse settings that make no weights", () => {
    expect(() => init.he(key, shape, { gain: -1 })).toThrow(
      "init.he: expected a finite gain ≥ 0; got -1; use init.gain for that of an activation",
    );
    expect(() => init.lecun(key, shape, { fan: "both" as never })).toThrow(
      'init.lecun: expected fan "in", "out" or "average"; got both',
    );
    expect(() => init.xavier(key, shape, { mode: "gaussian" as never })).toThrow(
      'init.xavier: expected mode "normal", "uniform" or "truncated"; got gaussian',
    );
    expect(() => init.truncNormal(key, shape, { std: NaN })).toThrow(
      "init.truncNormal: expected a finite std ≥ 0; got NaN",
    );
    expect(() => init.normal(key, shape, { residualBlocks: 0 })).toThrow("residualBlocks > 0");
    expect(() => init.muP(key, shape, { role: "last" as never })).toThrow(
      "init.muP: expected role",
    );
    expect(() => init.orthogonal(key, [4])).toThrow("init.orthogonal: expected a weight");
  });
});
