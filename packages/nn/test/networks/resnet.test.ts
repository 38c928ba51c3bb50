import { jit, ones, random, type Tensor, tensor, tree, valueAndGradWithAux } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  basicBlock,
  block,
  conv2d,
  countParameters,
  groupNorm,
  invertedBottleneck,
  linear,
  residual,
  resnet,
} from "../../src/index";

const key = random.key(0);
const cifar = { stem: "cifar", widths: [16, 32, 64], depths: [3, 3, 3], classes: 10 } as const;

describe("resnet", () => {
  test("has the published numbers of parameters", () => {
    expect(countParameters(resnet().init(key).params)).toBe(11_689_512);
    expect(countParameters(resnet(cifar).init(key).params)).toBe(272_474);
    expect(countParameters(resnet({ ...cifar, shortcut: "pad" }).init(key).params)).toBe(269_722);
  });

  test("returns logits for both stems", () => {
    const small = { widths: [4, 8], depths: [1, 1], classes: 5 };
    for (const stem of ["imagenet", "cifar"] as const) {
      const net = resnet({ ...small, stem, inChannels: 1 });
      const { params, state } = net.init(key);
      const [y, next] = net.apply(params, state, ones([2, 1, 32, 32]), { train: true });
      expect(y.shape).toEqual([2, 5]);
      expect(next["layer2"]?.[0]?.downsample?.[1].num_batches_tracked.item()).toBe(1);
      expect(next["layer1"]?.[0]).not.toHaveProperty("downsample");
    }
  });

  test("halves images in all stages but the first, and once more in a large stem", () => {
    const shapes: string[] = [];
    const observe = ({ name, output }: { name: string; output: Tensor }): void => {
      if (name.endsWith("bn2") || name === "bn1") shapes.push(output.shape.slice(1).join());
    };
    for (const stem of ["imagenet", "cifar"] as const) {
      const net = resnet({ stem, widths: [4, 8, 16], depths: [1, 1, 1] });
      const { params, state } = net.init(key);
      net.apply(params, state, ones([1, 3, 32, 32]), { train: false, observe });
    }
    expect(shapes).toEqual([
      "4,16,16",
      "4,8,8",
      "8,4,4",
      "16,2,2",
      "4,32,32",
      "4,32,32",
      "8,16,16",
      "16,8,8",
    ]);
  });

  test("learns, jitted, with the state coming along", () => {
    const net = resnet({
      stem: "cifar",
      inChannels: 1,
      widths: [4, 8],
      depths: [1, 1],
      classes: 2,
    });
    let { params, state } = net.init(key);
    const x = random.normal(random.key(1), [8, 1, 8, 8]);
    // Two classes of images: brighter and darker.
    const y = tensor([0, 1, 0, 1, 0, 1, 0, 1], { dtype: "i32" });
    const images = x.add(y.cast("f32").reshape([8, 1, 1, 1]));
    const step = jit((p: typeof params, s: typeof state) => {
      const [[value, next], g] = valueAndGradWithAux((q: typeof params) => {
        const [z, after] = net.apply(q, s, images, { train: true });
        const logP = z.logSoftmax(-1);
        return [logP.takeAlongAxis(y.expandDims(1), 1).mean().neg(), after];
      })(p);
      const moved = treeMap((a, b) => a.sub(b.mul(0.1)), p, g);
      return { value, next, moved };
    });
    const losses: number[] = [];
    for (let i = 0; i < 15; i++) {
      const { value, next, moved } = step(params, state);
      losses.push(value.item());
      [params, state] = [moved, next];
    }
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] as number));
    expect(state.bn1.num_batches_tracked.item()).toBe(15);
  });

  test("refuses depths that do not belong to widths", () => {
    expect(() => resnet({ widths: [4], depths: [1, 2] })).toThrow(
      "resnet: expected as many depths as widths, and at least one; got widths [4] and depths [1, 2]",
    );
  });
});

describe("basicBlock", () => {
  test("equals its definition, for every kind of skip", () => {
    const x = random.normal(random.key(1), [2, 2, 4, 4], { dtype: "f64" });
    for (const [channels, stride, shortcut] of [
      [2, 1, "conv"],
      [4, 2, "conv"],
      [4, 2, "pad"],
    ] as const) {
      const layer = basicBlock(2, channels, { stride, shortcut });
      const { params, state } = layer.init(key, { dtype: "f64" });
      const [y] = layer.apply(params, state, x, { train: false });
      // With running mean 0 and variance 1 normalisation divides by √(1 + 1e-5).
      const scale = 1 / Math.sqrt(1 + 1e-5);
      const conv = (z: Tensor, w: Tensor, s: number, padding: number): Tensor => {
        const [out, inC, k] = w.shape as [number, number, number];
        const l = conv2d(inC, out, k, { stride: s, padding, bias: false });
        return l.apply({ weight: w, bias: null }, z).mul(scale);
      };
      const h = conv(conv(x, params.conv1.weight, stride, 1).relu(), params.conv2.weight, 1, 1);
      const down = params.downsample;
      const skip =
        down !== null ? conv(x, down[0].weight, stride, 0) : channels === 2 ? x : padded(x);
      assertClose(y, h.add(skip).relu());
    }
  });

  test("has the right derivatives in training", () => {
    const layer = basicBlock(2, 3, { stride: 2 });
    const { params, state } = layer.init(key, { dtype: "f64" });
    const x = random.normal(random.key(1), [2, 2, 5, 5], { dtype: "f64" });
    checkGradients(
      (p: typeof params, z: Tensor) => layer.apply(p, state, z, { train: true })[0],
      [params, x],
    );
  });

  test("refuses a skip that would lose channels", () => {
    expect(() => basicBlock(4, 2, { shortcut: "pad" })).toThrow("basicBlock: expected shortcut");
  });
});

describe("invertedBottleneck", () => {
  test("has MobileNet's names and numbers of parameters", () => {
    const { params, state } = invertedBottleneck(4, 8, { expansion: 6, stride: 2 }).init(key);
    // 4·24 + 2·24 | 24·9 + 2·24 | 24·8 + 2·8
    expect(countParameters(params)).toBe(96 + 48 + 216 + 48 + 192 + 16);
    expect(Object.keys(params.conv)).toHaveLength(4);
    expect(state.conv[2]).toBeNull();
    expect(countParameters(invertedBottleneck(4, 4, { expansion: 1 }).init(key).params)).toBe(
      36 + 8 + 16 + 8,
    );
  });

  test("keeps the input beside the branch where the shape allows", () => {
    const x = random.normal(random.key(2), [2, 4, 6, 6], { dtype: "f64" });
    const layer = invertedBottleneck(4, 4);
    const { params, state } = layer.init(key, { dtype: "f64" });
    const off = treeMap((p) => p.mul(0), params);
    assertClose(layer.apply(off, state, x, { train: false })[0], x);
    const strided = invertedBottleneck(4, 4, { stride: 2, kernel: 5 });
    const made = strided.init(key, { dtype: "f64" });
    expect(strided.apply(made.params, made.state, x, { train: false })[0].shape).toEqual([
      2, 4, 3, 3,
    ]);
    checkGradients(
      (p: typeof made.params, z: Tensor) => strided.apply(p, made.state, z, { train: true })[0],
      [made.params, x],
    );
    expect(() => invertedBottleneck(4, 4, { kernel: 2 })).toThrow(
      "invertedBottleneck: expected an odd kernel; got 2",
    );
  });
});

describe("residual", () => {
  test("adds the input, and lends the layer's names", () => {
    const layer = residual(linear(3, 3));
    const params = layer.init(key, { dtype: "f64" });
    const x = random.normal(random.key(1), [2, 3], { dtype: "f64" });
    assertClose(
      layer.apply(params, x),
      x.add(x.matmul(params.weight.T)).add(params.bias as Tensor),
    );
    expect(layer.dims).toEqual(linear(3, 3).dims);
    const norm = residual(block([groupNorm(1, 3), linear(3, 3)], (use, z) => use[1](use[0](z))));
    expect(norm.apply(norm.init(key), ones([2, 3])).shape).toEqual([2, 3]);
  });

  test("refuses layers that change the shape", () => {
    const layer = residual(linear(3, 1));
    expect(() => layer.apply(layer.init(key), ones([2, 3]))).toThrow(
      "residual: expected a layer that keeps the shape [2, 3]; it returns [2, 1]",
    );
  });
});

/** tree.map on trees of an interface type. */
const treeMap = <P>(f: (...x: Tensor[]) => Tensor, ...trees: P[]): P => {
  const [first, ...rest] = trees as tree.Tree<Tensor>[];
  return tree.map(f, first as tree.Tree<Tensor>, ...rest) as P;
};

/** Every second pixel, one channel of zeros before and behind the two. */
function padded(x: Tensor): Tensor {
  const data = x.toArray() as number[][][][];
  const zero = [
    [0, 0],
    [0, 0],
  ];
  const half = data.map((image) => [
    zero,
    ...image.map((plane) => [0, 2].map((i) => [0, 2].map((j) => plane[i]?.[j] as number))),
    zero,
  ]);
  return tensor(half, { dtype: "f64" });
}
