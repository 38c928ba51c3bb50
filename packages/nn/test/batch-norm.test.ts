import {
  arange,
  grad,
  jit,
  lower,
  ones,
  random,
  type Tensor,
  tensor,
  tree,
  zeros,
} from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { batchNorm, conv2d, foldBatchNorm } from "../src/index";
import { checkLayer, moved, normal } from "./support/check-layer";

const init = { dtype: "f64" } as const;
/** 1 … 12 as two examples of two channels of three. */
const twelve = arange(1, 13, 1, { dtype: "f64" }).reshape([2, 2, 3]);
// The card's numbers have nine decimals.
const digits = { relative: 0, absolute: 5e-10 };

describe("batchNorm", () => {
  const layer = batchNorm(2);
  const { params, state } = layer.init(random.key(0), init);

  it("normalises by the batch in training, by unbiased running statistics in evaluation", () => {
    const [y, next] = layer.apply(params, state, twelve, { train: true });
    assertClose(y.at(0, 0), [-1.286534376, -0.9649007821, -0.643267188], {
      relative: 0,
      absolute: 1e-9,
    });
    assertClose(y.at(1, 0, 0), 0.643267188, digits);
    assertClose(next.running_mean, [0.5, 0.8], digits);
    assertClose(next.running_var, [2.06, 2.06], digits);
    expect(next.num_batches_tracked.item()).toBe(1);
    const [z, same] = layer.apply(params, next, twelve, { train: false });
    assertClose(z.at(0, 0), [0.348365662, 1.045096985, 1.741828308], digits);
    expect(same).toBe(next);
  });

  it("averages all batches with momentum null", () => {
    const cumulative = batchNorm(1, { momentum: null });
    let { state: s } = cumulative.init(random.key(0), init);
    const batches = [0, 1, 2].map((i) => normal([5, 1], i));
    for (const x of batches)
      s = cumulative.apply({ weight: null, bias: null }, s, x, { train: true })[1];
    const mean = (f: (x: Tensor) => Tensor): number =>
      batches.reduce((t, x) => t + f(x).item() / 3, 0);
    assertClose(s.running_mean, [mean((x) => x.mean())]);
    assertClose(s.running_var, [mean((x) => x.variance(undefined, { ddof: 1 }))]);
  });

  it("differentiates, batches and compiles, in training and in evaluation", () => {
    for (const train of [true, false]) {
      for (const shape of [
        [4, 2],
        [3, 2, 2, 2],
      ]) {
        const call = (p: typeof params, x: Tensor): Tensor =>
          layer.apply(p, moved(state), x, { train })[0];
        checkLayer(call, moved(params), normal(shape));
      }
    }
  });

  it("has exact second derivatives, and no third sum over the data in its backward pass", () => {
    const call = (p: typeof params, x: Tensor): Tensor =>
      layer.apply(p, state, x, { train: true })[0];
    checkGradients(call, [moved(params), normal([3, 2, 2])], { order: 2 });
    const slope = (x: Tensor, g: Tensor): Tensor =>
      grad((v: Tensor) => call(params, v).mul(g).sum())(x);
    const sums = (plan: string): number => plan.split("sum over axes [0, 2]").length - 1;
    const data = [normal([8, 2, 50]), normal([8, 2, 50], 1)] as const;
    // Two for mean and variance, two for the cotangents of shift and scale.
    expect(sums(lower(slope)(...data))).toBe(4);
  });

  it("keeps the dtype of its state, and its state out of the gradient", () => {
    const { params: p, state: s } = layer.init(random.key(0));
    const [, next] = layer.apply(p, s, twelve, { train: true });
    expect(
      tree
        .leaves(next)
        .map((x) => x.dtype)
        .sort(),
    ).toEqual(["f32", "f32", "i32"]);
    const slope = grad((x: Tensor) => layer.apply(p, s, x, { train: true })[1].running_var.sum())(
      twelve,
    );
    assertClose(slope, zeros([2, 2, 3]), { relative: 0, absolute: 0 });
  });

  it("compiles into a training step whose state comes out as it went in", () => {
    const step = jit((s: typeof state, x: Tensor) => layer.apply(params, s, x, { train: true })[1]);
    const eager = layer.apply(params, state, twelve, { train: true })[1];
    assertClose(step(state, twelve), eager);
    assertClose(step(step(state, twelve), twelve).running_mean, [0.95, 1.52]);
  });

  it("survives data far from zero, as its variance takes two passes", () => {
    const x = tensor([[4096], [4097], [4098], [4099]]);
    const [y] = batchNorm(1, { affine: false }).apply(
      { weight: null, bias: null },
      layer.init(random.key(0)).state,
      x,
      { train: true },
    );
    // Deviations ±.5, ±1.5 are exact; the rest is a few roundings of f32.
    assertClose(
      y.ravel(),
      [-1.5, -0.5, 0.5, 1.5].map((d) => d / Math.sqrt(1.25 + 1e-5)),
      { relative: 1e-6, absolute: 0 },
    );
  });

  it("refuses a single element per channel in training, other channels and bad options", () => {
    const run = (x: Tensor, train: boolean): unknown => layer.apply(params, state, x, { train });
    expect(() => run(ones([1, 2]), true)).toThrow(
      "batchNorm: expected at least two elements per channel in training; got 1 from shape [1, 2]",
    );
    expect(() => run(ones([0, 2, 3]), true)).toThrow("got 0 from shape [0, 2, 3]");
    run(ones([1, 2]), false);
    expect(() => run(ones([4, 3]), true)).toThrow("batchNorm: expected 2 features along axis 1");
    expect(() => batchNorm(2, { momentum: 1.5 })).toThrow("expected momentum from 0 to 1; got 1.5");
    expect(() => batchNorm(2, { eps: -1 })).toThrow("expected eps ≥ 0; got -1");
  });
});

describe("foldBatchNorm", () => {
  it("gives the card's numbers", () => {
    const one = (x: number): Tensor => tensor([x], init);
    const folded = foldBatchNorm(
      { weight: one(2).reshape([1, 1]), bias: one(0) },
      { weight: one(1.5), bias: one(0.1) },
      { running_mean: one(0.3), running_var: one(0.04), num_batches_tracked: tensor(1) },
      { eps: 1e-3 },
    );
    assertClose(folded.weight, [[14.81594395]], digits);
    assertClose(folded.bias, [-2.122391592], digits);
  });

  it("is a convolution that equals the convolution and the batch norm after it", () => {
    const conv = conv2d(2, 3, 3, { bias: false });
    const norm = batchNorm(3);
    const kernel = conv.init(random.key(1), init);
    const { params, state } = moved(norm.init(random.key(0), init));
    const x = normal([2, 2, 5, 4]);
    const [y] = norm.apply(params, state, conv.apply(kernel, x), { train: false });
    assertClose(conv.apply(foldBatchNorm(kernel, params, state), x), y);
    expect(() => foldBatchNorm(kernel, params, batchNorm(2).init(random.key(0)).state)).toThrow(
      "foldBatchNorm: expected a batch norm of 3 channels",
    );
  });
});
