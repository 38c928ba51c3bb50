import { concat, ones, random, softmax, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { multiHeadAttention } from "../src/index";
import { checkLayer, moved, normal } from "./support/check-layer";

const init = { dtype: "f64" } as const;
const key = random.key(0);

describe("multiHeadAttention", () => {
  it("equals a loop over heads with rows q, k, v of the joint projection", () => {
    const layer = multiHeadAttention(6, 3);
    const params = moved(layer.init(key, init));
    const x = normal([5, 6]);
    const joint = x.matmul((params.in_proj_weight as Tensor).T).add(params.in_proj_bias as Tensor);
    const part = (which: number, head: number): Tensor => {
      const from = which * 6 + head * 2;
      return joint.at("...", [from, from + 1]);
    };
    const heads = [0, 1, 2].map((h) =>
      softmax(part(0, h).matmul(part(1, h).T).div(Math.sqrt(2))).matmul(part(2, h)),
    );
    const { weight, bias } = params.out_proj;
    assertClose(
      layer.apply(params, x),
      concat(heads, -1)
        .matmul(weight.T)
        .add(bias as Tensor),
    );
  });

  it("attends to other keys and values, of other widths", () => {
    const layer = multiHeadAttention(4, 2, { keyFeatures: 3, valueFeatures: 5 });
    const params = moved(layer.init(key, init));
    expect(params.in_proj_weight).toBeNull();
    expect(params.k_proj_weight?.shape).toEqual([4, 3]);
    expect(params.v_proj_weight?.shape).toEqual([4, 5]);
    const call = (p: typeof params, x: Tensor): Tensor =>
      layer.apply(p, x, { keys: normal([2, 7, 3]), values: normal([2, 7, 5]) });
    checkLayer(call, params, normal([2, 3, 4]));
    const joint = multiHeadAttention(4, 2);
    const own = moved(joint.init(key, init));
    const x = normal([2, 3, 4]);
    assertClose(joint.apply(own, x, { keys: x.mul(1) }), joint.apply(own, x));
  });

  it("differentiates, batches and compiles", () => {
    for (const bias of [true, false]) {
      const layer = multiHeadAttention(4, 2, { bias });
      const params = moved(layer.init(key, init));
      checkLayer(
        (p: typeof params, x: Tensor) => layer.apply(p, x, { causal: true }),
        params,
        normal([2, 3, 4]),
      );
    }
  });

  it("does not let a causal position see later ones, nor any position a masked one", () => {
    const layer = multiHeadAttention(4, 2);
    const params = layer.init(key, init);
    const x = normal([1, 4, 4]);
    const changed = x.add(tensor([[0, 0, 0, 1]], init).reshape([1, 4, 1]));
    const causal = (v: Tensor): Tensor => layer.apply(params, v, { causal: true }).at(0, [0, 1, 2]);
    assertClose(causal(changed), causal(x), { relative: 0, absolute: 0 });
    const mask = tensor([true, true, true, false]);
    const masked = (v: Tensor): Tensor => layer.apply(params, v, { mask }).at(0, [0, 1, 2]);
    assertClose(masked(changed), masked(x), { relative: 0, absolute: 0 });
    expect(layer.apply(params, changed).at(0, 0).toArray()).not.toEqual(
      layer.apply(params, x).at(0, 0).toArray(),
    );
  });

  it("begins Xavier uniform with zero biases", () => {
    const params = multiHeadAttention(64, 4).init(key);
    const bound = Math.sqrt(6 / (4 * 64));
    const largest = params.in_proj_weight?.abs().max().item() as number;
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.99 * bound);
    expect(params.in_proj_bias?.abs().max().item()).toBe(0);
    expect(params.out_proj.bias?.abs().max().item()).toBe(0);
  });

  it("refuses heads that do not divide the features, and other widths", () => {
    expect(() => multiHeadAttention(6, 4)).toThrow(
      "multiHeadAttention: expected heads that divide 6 features; got 4",
    );
    const layer = multiHeadAttention(4, 2);
    expect(() => layer.apply(layer.init(key), ones([2, 3]))).toThrow(
      "multiHeadAttention: expected 4 features along axis -1",
    );
    expect(() => layer.apply(layer.init(key), ones([2, 4]), { keys: ones([2, 3]) })).toThrow(
      "multiHeadAttention keys: expected 4",
    );
  });
});
