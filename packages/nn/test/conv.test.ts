import { arange, ones, random, type Tensor, tensor, vdot } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import {
  type ConvParams,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "../src/index";
import { checkLayer, normal } from "./support/check-layer";

const kernel = (weight: readonly number[]): ConvParams => ({
  weight: tensor([[weight]], { dtype: "f64" }),
  bias: tensor([0], { dtype: "f64" }),
});
const signal = (x: readonly number[]): Tensor => tensor([[x]], { dtype: "f64" });
const init = { dtype: "f64" } as const;

describe("convolution layers", () => {
  it("correlate without flipping the kernel", () => {
    const y = conv1d(1, 1, 3, { padding: 1 }).apply(kernel([1, 2, 3]), signal([1, 2, 3, 4]));
    expect(y.toArray()).toEqual([[[8, 14, 20, 11]]]);
  });

  it("equal six nested loops, with stride, padding, dilation, groups and bias", () => {
    const [stride, padding, dilation] = [2, 1, 2];
    const layer = conv2d(4, 6, [3, 2], { stride, padding, dilation, groups: 2 });
    const params = layer.init(random.key(2), init);
    const x = normal([2, 4, 9, 8]);
    const y = layer.apply(params, x);
    // ⌊(9 + 2 − 2·2 − 1) / 2⌋ + 1 and ⌊(8 + 2 − 2·1 − 1) / 2⌋ + 1
    expect(y.shape).toEqual([2, 6, 4, 4]);
    const [xs, ws, bs] = [x.dataSync(), params.weight.dataSync(), params.bias?.dataSync() ?? []];
    const expected = new Float64Array(y.size);
    let at = 0;
    for (let b = 0; b < 2; b++) {
      for (let o = 0; o < 6; o++) {
        for (let r = 0; r < 4; r++) {
          for (let c = 0; c < 4; c++) {
            let sum = bs[o] as number;
            for (let i = 0; i < 2; i++) {
              for (let u = 0; u < 3; u++) {
                for (let v = 0; v < 2; v++) {
                  const [h, w] = [
                    r * stride + u * dilation - padding,
                    c * stride + v * dilation - padding,
                  ];
                  if (h < 0 || h >= 9 || w < 0 || w >= 8) continue;
                  const channel = (o < 3 ? 0 : 2) + i;
                  sum +=
                    (xs[((b * 4 + channel) * 9 + h) * 8 + w] as number) *
                    (ws[((o * 2 + i) * 3 + u) * 2 + v] as number);
                }
              }
            }
            expected[at++] = sum;
          }
        }
      }
    }
    assertClose(y.ravel(), expected);
  });

  it("differentiate, batch and compile in one, two and three dimensions", () => {
    const one = conv1d(2, 4, 3, { padding: "same", groups: 2 });
    checkLayer(one.apply, one.init(random.key(0), init), normal([2, 2, 5]));
    const two = conv2d(2, 3, 2, { stride: 2, bias: false });
    checkLayer(two.apply, two.init(random.key(0), init), normal([2, 2, 4, 5]));
    const three = conv3d(2, 2, 2, { dilation: [1, 2, 1] });
    checkLayer(three.apply, three.init(random.key(0), init), normal([1, 2, 2, 3, 2]));
  });

  it("begin uniform in ±1/√fan-in", () => {
    const { weight, bias } = conv2d(8, 64, 5, { groups: 2 }).init(random.key(0));
    expect(weight.shape).toEqual([64, 4, 5, 5]);
    for (const x of [weight, bias]) expect(x?.abs().max().item()).toBeLessThanOrEqual(0.1);
    expect(weight.abs().max().item()).toBeGreaterThan(0.099);
  });

  it("refuse other channels, groups that do not divide, and kernels longer than the input", () => {
    const layer = conv2d(4, 8, 3);
    const params = layer.init(random.key(0));
    expect(() => layer.apply(params, ones([1, 3, 8, 8]))).toThrow(
      "conv2d: input has 3 channels, weight expects 4 (groups 1)",
    );
    expect(() => layer.apply(params, ones([4, 8, 8]))).toThrow(
      "conv2d: expected an input [batch, channels, 2 spatial]; got shape [4, 8, 8]",
    );
    expect(() => layer.apply(params, ones([1, 4, 8, 2]))).toThrow(
      "conv2d: expected a kernel no longer than the padded input; along axis 3 the input has length 2, the kernel 3 taps",
    );
    expect(() => conv2d(4, 8, 3, { groups: 3 })).toThrow(
      "conv2d: expected groups that divide 4 input and 8 output channels; got 3",
    );
    expect(() => conv2d(4, 8, [3])).toThrow(
      "conv2d: expected a positive integer or 2 of them for kernel; got [3]",
    );
  });
});

describe("transposed convolution layers", () => {
  it.each([
    [{ stride: 2 }, [1, 2, 5, 4, 6]],
    [{ stride: 2, padding: 1 }, [2, 5, 4]],
    [{ stride: 2, padding: 1, outputPadding: 1 }, [2, 5, 4, 6]],
  ])("spread [1, 2] by [1, 2, 3] with %j", (options, expected) => {
    const layer = convTranspose1d(1, 1, 3, options);
    expect(layer.apply(kernel([1, 2, 3]), signal([1, 2])).toArray()).toEqual([[expected]]);
  });

  it("are the transposes of the convolutions: ⟨conv x, y⟩ = ⟨x, convTranspose y⟩", () => {
    const size = { stride: 2, padding: 1, dilation: 1, groups: 2, bias: false } as const;
    const conv = conv2d(4, 6, 3, size);
    const back = convTranspose2d(6, 4, 3, { ...size, outputPadding: [0, 1] });
    const params = conv.init(random.key(5), init);
    const [x, y] = [normal([2, 4, 7, 8], 1), normal([2, 6, 4, 4], 2)];
    const [there, here] = [conv.apply(params, x), back.apply(params, y)];
    expect(there.shape).toEqual(y.shape);
    expect(here.shape).toEqual(x.shape);
    assertClose(vdot(there.ravel(), y.ravel()), vdot(x.ravel(), here.ravel()).item());
  });

  it("differentiate, batch and compile in one, two and three dimensions", () => {
    const one = convTranspose1d(2, 4, 3, { stride: 2, groups: 2 });
    checkLayer(one.apply, one.init(random.key(0), init), normal([2, 2, 3]));
    const two = convTranspose2d(2, 3, 2, { bias: false });
    checkLayer(two.apply, two.init(random.key(0), init), normal([1, 2, 2, 3]));
    const three = convTranspose3d(1, 2, 2);
    checkLayer(three.apply, three.init(random.key(0), init), normal([1, 1, 2, 2, 1]));
  });

  it("say that inputs come first in their kernels", () => {
    const layer = convTranspose2d(4, 6, 3, { groups: 2 });
    expect(layer.dims.weight).toEqual({ out: [1, 2, 3], in: 0 });
    expect(conv2d(4, 6, 3).dims.weight).toEqual({ out: 0, in: [1, 2, 3] });
    expect(layer.init(random.key(0)).weight.shape).toEqual([4, 3, 3, 3]);
  });

  it("refuse other channels", () => {
    const layer = convTranspose1d(2, 2, 2);
    expect(() => layer.apply(layer.init(random.key(0)), arange(6).reshape([1, 3, 2]))).toThrow(
      "convTranspose1d: input has 3 channels, weight expects 2 (groups 1)",
    );
  });
});
