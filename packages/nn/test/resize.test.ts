import { avgPool1d, ones, type Tensor, tensor, zeros } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { resize } from "../src/index";
import { checkLayer, normal } from "./support/check-layer";

const line = (x: readonly number[]): Tensor => tensor([[x]], { dtype: "f64" });

describe("resize", () => {
  it("mixes neighbours by their half-pixel distance, or with aligned corners", () => {
    assertClose(resize(line([1, 3]), 4, { method: "linear" }), [[[1, 1.5, 2.5, 3]]]);
    const aligned = resize(line([1, 3]), 4, { method: "linear", alignCorners: true });
    assertClose(aligned, [[[1, 5 / 3, 7 / 3, 3]]]);
    assertClose(resize(line([1, 3]), 1, { method: "linear" }), [[[2]]]);
    assertClose(resize(line([1, 3]), 1, { method: "linear", alignCorners: true }), [[[1]]]);
  });

  it("takes the nearest element", () => {
    assertClose(resize(line([1, 3]), 5), [[[1, 1, 1, 3, 3]]]);
    assertClose(resize(line([1, 3]), 6), [[[1, 1, 1, 3, 3, 3]]]);
    assertClose(resize(line([1, 2, 3, 4]), 2), [[[1, 3]]]);
  });

  it("works along each axis by itself", () => {
    const x = normal([2, 3, 4, 5]);
    const y = resize(x, [6, 3], { method: "linear" });
    expect(y.shape).toEqual([2, 3, 6, 3]);
    // Output (4, 1) lies at (4.5 · 4 / 6 − ½, 1.5 · 5 / 3 − ½) = (2.5, 2).
    const expected = x
      .at(1, 2, 2, 2)
      .add(x.at(1, 2, 3, 2))
      .div(2);
    assertClose(y.at(1, 2, 4, 1), expected.item());
    assertClose(resize(x, [4, 5], { method: "linear" }), x);
  });

  it("is undone by pooling when it repeats", () => {
    const x = normal([2, 3, 5]);
    assertClose(avgPool1d(resize(x, 15), { window: 3 }), x);
  });

  it("differentiates, batches and compiles", () => {
    for (const [size, options] of [
      [[6, 7], { method: "linear" }],
      [[2, 9], { method: "linear", alignCorners: true }],
      [[6, 4], {}],
      [[5, 7], { method: "nearest" }],
    ] as const) {
      checkLayer((_: null, x: Tensor) => resize(x, size, options), null, normal([1, 2, 3, 4]));
    }
  });

  it("refuses lengths that do not fit and unknown methods", () => {
    expect(() => resize(ones([1, 2, 3]), [4, 4])).toThrow(
      "a length for each spatial axis; got shape [1, 2, 3] and [4,4]",
    );
    expect(() => resize(ones([2, 3]), 4)).toThrow("resize: expected images");
    expect(() => resize(zeros([1, 2, 0]), 4)).toThrow(
      "resize: expected images [batch, channels, …spatial] with elements",
    );
    expect(() => resize(ones([1, 2, 3]), 0)).toThrow(
      "resize: expected a positive integer for size; got 0",
    );
    expect(() => resize(ones([1, 2, 3]), 4, { method: "cubic" as never })).toThrow('got "cubic"');
  });
});

describe("pooling of @x/tensor", () => {
  it("counts padding or leaves it out, as the card has it", () => {
    const options = { window: 2, strides: 2, padding: 1 };
    assertClose(avgPool1d(line([1, 2, 3]), { ...options, countPadding: true }), [[[0.5, 2.5]]]);
    assertClose(avgPool1d(line([1, 2, 3]), options), [[[1, 2.5]]]);
  });
});
