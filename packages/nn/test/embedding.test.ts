import { ArgumentError, grad, jit, random, tensor } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { embedding } from "../src/index";
import { checkTransformations } from "./support/check-layer";

const ids = tensor(
  [
    [1, 2, 1],
    [4, 0, 3],
  ],
  { dtype: "i32" },
);

describe("embedding", () => {
  it("takes the rows of its table", () => {
    const layer = embedding(5, 3);
    const params = layer.init(random.key(0));
    const rows = params.weight.toArray() as number[][];
    const expected = (ids.toArray() as number[][]).map((line) => line.map((i) => rows[i]));
    expect(layer.apply(params, ids).toArray()).toEqual(expected);
  });

  it("differentiates, batches and compiles", () => {
    const layer = embedding(5, 3);
    const params = layer.init(random.key(0), { dtype: "f64" });
    checkGradients((p: typeof params) => layer.apply(p, ids), [params]);
    checkTransformations(layer.apply, params, ids);
  });

  it("adds up the gradients of repeated indices, and gives the padding row none", () => {
    const layer = embedding(5, 2, { paddingIdx: 4 });
    const params = layer.init(random.key(0));
    assertClose(params.weight.at(4), [0, 0], { relative: 0, absolute: 0 });
    const gradient = grad((p: typeof params) => layer.apply(p, ids).sum())(params);
    expect(gradient.weight.toArray()).toEqual([
      [1, 1],
      [2, 2],
      [1, 1],
      [1, 1],
      [0, 0],
    ]);
  });

  it("refuses an index out of range with its position, and clamps it where it is unknown", () => {
    const layer = embedding(5, 3);
    const params = layer.init(random.key(0));
    const bad = tensor(
      [
        [0, 1],
        [7, -1],
      ],
      { dtype: "i32" },
    );
    expect(() => layer.apply(params, bad)).toThrow(ArgumentError);
    expect(() => layer.apply(params, bad)).toThrow(
      "embedding: expected indices from 0 to 4; got 7 at position 2 of shape [2, 2]",
    );
    expect(() => layer.apply(params, tensor([1.5]))).toThrow(
      "embedding: expected integer indices; got f32",
    );
    assertClose(jit(layer.apply)(params, bad).at(1, 0), params.weight.at(4));
    expect(() => embedding(5, 3, { paddingIdx: 5 })).toThrow(
      "expected paddingIdx from 0 to 4; got 5",
    );
  });
});
