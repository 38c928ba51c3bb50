import { grad, jit, ones, random, type Tensor } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { dropout } from "../src/index";
import { checkTransformations, normal } from "./support/check-layer";

describe("dropout", () => {
  const train = { train: true, key: random.key(4) } as const;

  it("drops the share it is asked for and keeps the mean", () => {
    const y = dropout(0.3).apply({}, ones([200, 500]), train);
    const dropped = y.equal(0).mean();
    // 10⁵ draws: the standard error is √(.3 · .7 / 10⁵) = .00145; four of them are allowed.
    assertClose(dropped, 0.3, { relative: 0, absolute: 0.0058 });
    assertClose(y.max(), 1 / 0.7);
    assertClose(y.mean(), (1 - dropped.item()) / 0.7);
  });

  it("returns the input without training or at rate 0, and zeros at rate 1", () => {
    const x = normal([3, 4]);
    expect(dropout(0.5).apply({}, x)).toBe(x);
    expect(dropout(0).apply({}, x, train)).toBe(x);
    expect(dropout(1).apply({}, x.div(0), train).toArray()).toEqual(x.mul(0).abs().toArray());
  });

  it("drops whole channels on request", () => {
    const y = dropout(0.5, { channels: true }).apply({}, ones([8, 16, 3, 3]), train);
    const sums = y.sum([2, 3]).dataSync();
    expect(new Set(sums)).toEqual(new Set([0, 18]));
  });

  it("chooses by its key alone, differentiates, batches and compiles", () => {
    const layer = dropout(0.5);
    const call = (_: object, x: Tensor): Tensor => layer.apply({}, x, train);
    const x = normal([4, 6]);
    checkGradients((v: Tensor) => call({}, v), [x]);
    checkTransformations(call, {}, x);
    const slope = grad((v: Tensor) => call({}, v).sum())(x);
    assertClose(call({}, x), x.mul(slope));
    const other = jit((v: Tensor, key: Tensor) => layer.apply({}, v, { train: true, key }))(
      x,
      random.key(5),
    );
    expect(other.toArray()).not.toEqual(call({}, x).toArray());
  });

  it("refuses training without a key and rates that are no probability", () => {
    expect(() => dropout(0.5).apply({}, ones([2]), { train: true })).toThrow("dropout needs a key");
    expect(() => dropout(1.5)).toThrow("dropout: expected rate from 0 to 1; got 1.5");
    expect(() => dropout(Number.NaN)).toThrow("got NaN");
  });
});
