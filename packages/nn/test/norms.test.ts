import { arange, grad, ones, random, type Tensor } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { groupNorm, instanceNorm, layerNorm, rmsNorm } from "../src/index";
import { checkLayer, moved, normal } from "./support/check-layer";

const init = { dtype: "f64" } as const;
const twelve = arange(1, 13, 1, { dtype: "f64" }).reshape([2, 2, 3]);
const key = random.key(0);
const nothing = { weight: null, bias: null };
// The card's numbers have nine decimals.
const digits = { relative: 0, absolute: 5e-10 };

describe("layerNorm", () => {
  it("normalises the last axes of every example", () => {
    const layer = layerNorm(3);
    const y = layer.apply(layer.init(key, init), twelve);
    for (const row of y.reshape([4, 3]).toArray() as number[][]) {
      assertClose(Float64Array.from(row), Float64Array.of(-1.224735686, 0, 1.224735686), digits);
    }
  });

  it("does not see scale and shift of its input, up to ε", () => {
    const layer = layerNorm([2, 3], { eps: 0 });
    const params = moved(layer.init(key, init));
    const x = normal([4, 2, 3]);
    assertClose(layer.apply(params, x.mul(3).add(2)), layer.apply(params, x));
  });

  it("has the derivative (dŷ − mean dŷ − x̂ mean(dŷ x̂)) / σ", () => {
    const layer = layerNorm(5, { affine: false });
    const [x, g] = [normal([3, 5], 1), normal([3, 5], 2)];
    const dx = grad((v: Tensor) => layer.apply(nothing, v).mul(g).sum())(x);
    const keep = { keepDims: true };
    const hat = layer.apply(nothing, x);
    const sigma = x.variance(-1, keep).add(1e-5).sqrt();
    const slope = g
      .sub(g.mean(-1, keep))
      .sub(hat.mul(g.mul(hat).mean(-1, keep)))
      .div(sigma);
    assertClose(dx, slope);
  });

  it("differentiates, batches and compiles", () => {
    for (const options of [{}, { bias: false }, { affine: false }]) {
      const layer = layerNorm([2, 3], options);
      checkLayer(layer.apply, moved(layer.init(key, init)), normal([4, 2, 3]));
    }
  });

  it("has exact second derivatives, in both modes, though its mean is a constant beside a correction", () => {
    const layer = layerNorm(4);
    checkGradients(layer.apply, [moved(layer.init(key, init)), normal([2, 4])], { order: 2 });
  });

  it("refuses inputs that end in another shape", () => {
    const layer = layerNorm([2, 3]);
    expect(() => layer.apply(nothing, ones([3]))).toThrow(
      "layerNorm: expected an input that ends in [2, 3]; got shape [3]",
    );
    expect(() => layer.apply(nothing, ones([3, 2]))).toThrow("got shape [3, 2]");
    expect(() => layerNorm([])).toThrow(
      "layerNorm: expected a positive integer for the number of axes; got 0",
    );
  });
});

describe("groupNorm", () => {
  it("normalises each example over channels and space with one group", () => {
    const layer = groupNorm(1, 2);
    const y = layer.apply(layer.init(key, init), twelve);
    const first = [-1.4638476, -0.87830856, -0.29276952, 0.29276952, 0.87830856, 1.4638476];
    assertClose(y.reshape([2, 6]), [first, first], digits);
  });

  it("equals layer norm with one group and instance norm with as many as channels", () => {
    const x = normal([2, 4, 3, 2]);
    const plain = { affine: false };
    const [one, all] = [groupNorm(1, 4, plain), groupNorm(4, 4, plain)];
    assertClose(one.apply(nothing, x), layerNorm([4, 3, 2], plain).apply(nothing, x));
    assertClose(all.apply(nothing, x), instanceNorm(4).apply(nothing, x));
  });

  it("differentiates, batches and compiles", () => {
    const layer = groupNorm(2, 4);
    checkLayer(layer.apply, moved(layer.init(key, init)), normal([2, 4, 3]));
    checkLayer(layer.apply, moved(layer.init(key, init)), normal([2, 4]));
  });

  it("refuses groups that do not divide the channels, and other channels", () => {
    expect(() => groupNorm(3, 4)).toThrow(
      "groupNorm: expected groups that divide 4 channels; got 3",
    );
    expect(() => groupNorm(2, 4).apply(nothing, ones([2, 3]))).toThrow(
      "groupNorm: expected 4 features along axis 1",
    );
  });
});

describe("instanceNorm", () => {
  it("gives every channel of every example mean 0 and variance 1", () => {
    const y = instanceNorm(3, { eps: 0 }).apply(nothing, normal([2, 3, 4, 5]));
    assertClose(y.mean([2, 3]), normal([2, 3]).mul(0));
    assertClose(y.variance([2, 3]), ones([2, 3]));
    expect(instanceNorm(3).init(key)).toEqual(nothing);
  });

  it("tracks the means over examples of its statistics on request", () => {
    const layer = instanceNorm(2, { trackStats: true, momentum: 1, affine: true });
    const { params, state } = layer.init(key, init);
    const x = normal([3, 2, 5]);
    const [y, next] = layer.apply(params, state, x, { train: true });
    assertClose(y, instanceNorm(2).apply(nothing, x));
    assertClose(next.running_mean, x.mean([0, 2]));
    assertClose(next.running_var, x.variance(2, { ddof: 1 }).mean(0));
    const [z, same] = layer.apply(params, next, x, { train: false });
    const column = (v: Tensor): Tensor => v.reshape([2, 1]);
    assertClose(z, x.sub(column(next.running_mean)).div(column(next.running_var).add(1e-5).sqrt()));
    expect(same).toBe(next);
  });

  it("differentiates, batches and compiles", () => {
    const layer = instanceNorm(2, { affine: true });
    checkLayer(layer.apply, moved(layer.init(key, init)), normal([2, 2, 4]));
    const tracked = instanceNorm(2, { trackStats: true, affine: true });
    const { params, state } = moved(tracked.init(key, init));
    for (const train of [true, false]) {
      checkLayer(
        (p: typeof params, x: Tensor) => tracked.apply(p, state, x, { train })[0],
        params,
        normal([2, 2, 4]),
      );
    }
  });

  it("refuses inputs without spatial axes", () => {
    expect(() => instanceNorm(2).apply(nothing, ones([4, 2]))).toThrow(
      "instanceNorm: expected 2 features along axis 1 of at least 3 axes; got shape [4, 2]",
    );
    const tracked = instanceNorm(2, { trackStats: true });
    const { params, state } = tracked.init(key);
    expect(() => tracked.apply(params, state, ones([4, 2, 1]), { train: true })).toThrow(
      "instanceNorm: expected at least two elements per channel in training; got 1",
    );
  });
});

describe("rmsNorm", () => {
  it("divides by the root mean square", () => {
    const layer = rmsNorm(3);
    const y = layer.apply(layer.init(key, init), twelve);
    assertClose(y.at(0, 0), [0.46291, 0.925820001, 1.388730001], digits);
  });

  it("differentiates, batches and compiles", () => {
    const layer = rmsNorm(3);
    checkLayer(layer.apply, moved(layer.init(key, init)), normal([2, 3]));
  });

  it("refuses another last axis", () => {
    expect(() => rmsNorm(3).apply({ weight: ones([3]) }, ones([3, 2]))).toThrow(
      "rmsNorm: expected 3 features along axis -1",
    );
  });
});
