import { random } from "@x/tensor";
import { expect, test } from "vitest";
import {
  batchNorm,
  block,
  conv2d,
  convTranspose2d,
  countParameters,
  embedding,
  encoderLayer,
  linear,
  multiHeadAttention,
  resnet,
  statefulBlock,
  summary,
  transformer,
  unet,
} from "../src/index";

/** Multiply-adds of a convolution, counted one by one. */
function countConv(
  [batch, channels, height, width]: readonly [number, number, number, number],
  out: number,
  kernel: number,
  { stride = 1, padding = 0, groups = 1, dilation = 1 },
): number {
  let count = 0;
  const reach = dilation * (kernel - 1);
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < out; o++)
      for (let i = -padding; i + reach < height + padding; i += stride)
        for (let j = -padding; j + reach < width + padding; j += stride)
          for (let c = 0; c < channels / groups; c++)
            for (let a = 0; a < kernel; a++) for (let b = 0; b < kernel; b++) count++;
  return count;
}

/** Multiply-adds of [n, k] × [k, m], counted one by one. */
function countProduct(n: number, k: number, m: number): number {
  let count = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) for (let l = 0; l < k; l++) count++;
  return count;
}

test("summary counts convolutions as a loop does", () => {
  const cases = [
    { stride: 1, padding: 1 },
    { stride: 2, padding: 1, groups: 2 },
    { dilation: 2 },
    { groups: 4, padding: 2, stride: 3 },
  ];
  for (const options of cases) {
    const found = summary(conv2d(4, 8, 3, options), [2, 4, 7, 9]);
    expect(found.multiplyAdds).toBe(countConv([2, 4, 7, 9], 8, 3, options));
    expect(found.parameters).toBe(8 * (4 / (options.groups ?? 1)) * 9 + 8);
  }
});

test("summary counts a transposed convolution as the convolution that it undoes", () => {
  // [2, 3, 5, 5] ← [2, 4, 11, 11] by a 3 × 3 kernel with stride 2.
  const found = summary(convTranspose2d(3, 4, 3, { stride: 2 }), [2, 3, 5, 5]);
  expect(found.rows[0]?.outputShape).toEqual([2, 4, 11, 11]);
  expect(found.multiplyAdds).toBe(countConv([2, 4, 11, 11], 3, 3, { stride: 2 }));
});

test("summary has a row for each layer, in order, with sums", () => {
  const net = statefulBlock(
    { conv: conv2d(1, 4, 3, { padding: 1 }), norm: batchNorm(4), head: [linear(4, 3)] },
    (use, x) => use.head[0](use.norm(use.conv(x)).relu().mean([2, 3])),
  );
  const found = summary(net, [2, 1, 6, 6]);
  expect(found.rows).toEqual([
    {
      name: "conv",
      inputShape: [2, 1, 6, 6],
      outputShape: [2, 4, 6, 6],
      parameters: 40,
      multiplyAdds: countConv([2, 1, 6, 6], 4, 3, { padding: 1 }),
      activationBytes: 2 * 4 * 36 * 4,
    },
    {
      name: "norm",
      inputShape: [2, 4, 6, 6],
      outputShape: [2, 4, 6, 6],
      parameters: 8,
      multiplyAdds: 0,
      activationBytes: 2 * 4 * 36 * 4,
    },
    {
      name: "head.0",
      inputShape: [2, 4],
      outputShape: [2, 3],
      parameters: 15,
      multiplyAdds: countProduct(2, 4, 3),
      activationBytes: 2 * 3 * 4,
    },
  ]);
  expect(found.parameters).toBe(63);
  expect(found.multiplyAdds).toBe(2592 + 24);
  expect(found.activationBytes).toBe(2 * 1152 + 24);
});

test("summary counts a layer's parameters once, its products as often as it is used", () => {
  const net = block({ fc: linear(3, 3) }, (use, x) => use.fc(use.fc(x)));
  const found = summary(net, [5, 3]);
  expect(found.rows.map((r) => r.parameters)).toEqual([12, 0]);
  expect(found.parameters).toBe(12);
  expect(found.multiplyAdds).toBe(2 * countProduct(5, 3, 3));
});

test("summary counts attention with its scores and weighted sums", () => {
  const [n, d, heads] = [5, 8, 2];
  const scores = heads * (countProduct(n, d / heads, n) + countProduct(n, n, d / heads));
  const one = countProduct(n, d, 3 * d) + scores + countProduct(n, d, d);
  expect(summary(multiHeadAttention(d, heads), [3, n, d]).multiplyAdds).toBe(3 * one);
  const mlp = countProduct(n, d, 4 * d) + countProduct(n, 4 * d, d);
  expect(summary(encoderLayer(d, heads), [n, d]).multiplyAdds).toBe(one + mlp);
  // A full matrix of scores, although causal attention leaves a part of it out.
  const net = transformer({ vocabulary: 7, positions: 9, features: d, heads, layers: 1 });
  const found = summary(net, [1, n], { dtype: "i32" });
  expect(found.multiplyAdds).toBe(one + mlp + countProduct(n, d, 7));
  expect(found.parameters).toBe(countParameters(net.init(random.key(0))));
});

test("summary of a lookup has no products", () => {
  expect(summary(embedding(10, 4), [2, 3], { dtype: "i32" })).toMatchObject({
    multiplyAdds: 0,
    parameters: 40,
  });
});

test("summary of ResNet-18 gives its published 1.81 billion multiply-adds", () => {
  const found = summary(resnet(), [1, 3, 224, 224]);
  expect(found.parameters).toBe(11_689_512);
  expect(found.multiplyAdds).toBe(1_814_073_344);
});

test("summary passes options of the call on", () => {
  const net = unet({ inChannels: 1, channels: [8, 16], layersPerLevel: 1 });
  const found = summary(net, [1, 1, 8, 8], { call: { time: 0 } });
  expect(found.rows.at(-1)?.name).toBe("conv_out");
  expect(found.rows.reduce((sum, r) => sum + r.parameters, 0)).toBe(found.parameters);
});

test("the text of a summary is a table", () => {
  expect(String(summary(linear(3, 2), [5, 3]))).toBe(
    [
      "layer  output  parameters  multiply-adds  activation bytes",
      "       [5, 2]           8             30                40",
      "total                   8             30                40",
    ].join("\n"),
  );
});
