import { ones, random, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { linear } from "../src/index";
import { checkLayer, normal } from "./support/check-layer";

describe("linear", () => {
  it("is a sum over inputs for every output, on the last axis", () => {
    const layer = linear(3, 2);
    const params = layer.init(random.key(1), { dtype: "f64" });
    const x = normal([4, 5, 3]);
    const y = layer.apply(params, x);
    expect(y.shape).toEqual([4, 5, 2]);
    for (const [b, t, o] of [
      [0, 0, 0],
      [3, 4, 1],
      [2, 1, 0],
    ] as const) {
      let sum = params.bias?.at(o).item() ?? 0;
      for (let i = 0; i < 3; i++) sum += x.at(b, t, i).item() * params.weight.at(o, i).item();
      expect(y.at(b, t, o).item()).toBeCloseTo(sum, 12);
    }
  });

  it("differentiates, batches and compiles", () => {
    for (const bias of [true, false]) {
      const layer = linear(3, 2, { bias });
      checkLayer(layer.apply, layer.init(random.key(1), { dtype: "f64" }), normal([4, 3]));
    }
  });

  it("begins uniform in ±1/√inputs, by key", () => {
    const layer = linear(100, 1000);
    const { weight, bias } = layer.init(random.key(3));
    // 10⁵ draws: the standard error of the variance of a uniform is 0.9 / √10⁵ = 0.3 % of it.
    assertClose(weight.variance(), 0.01 / 3, { relative: 0.015, absolute: 0 });
    for (const x of [weight, bias]) expect(x?.abs().max().item()).toBeLessThanOrEqual(0.1);
    expect(weight.abs().max().item()).toBeGreaterThan(0.0999);
    assertClose(layer.init(random.key(3)).weight, weight, { relative: 0, absolute: 0 });
    expect(weight.dtype).toBe("f32");
  });

  it("says which axes are outputs and inputs, and leaves out what is not there", () => {
    expect(linear(3, 2).dims).toEqual({ weight: { out: 0, in: 1 }, bias: {} });
    const layer = linear(3, 2, { bias: false });
    expect(layer.dims.bias).toBeNull();
    expect(layer.init(random.key(0)).bias).toBeNull();
  });

  it("refuses sizes that are none, and inputs of another length", () => {
    expect(() => linear(0, 2)).toThrow("linear: expected a positive integer for inputs; got 0");
    expect(() => linear(2, 1.5)).toThrow(
      "linear: expected a positive integer for outputs; got 1.5",
    );
    const layer = linear(3, 2);
    const params = layer.init(random.key(0));
    expect(() => layer.apply(params, ones([3, 4]))).toThrow(
      "linear: expected 3 features along axis -1 of at least 1 axes; got shape [3, 4]",
    );
    expect(() => layer.apply(params, tensor(1))).toThrow("got shape []");
  });
});
