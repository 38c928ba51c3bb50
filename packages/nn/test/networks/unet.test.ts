import { grad, jit, ones, random, type Tensor, tensor, tree, vmap } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { countParameters, stateDict, unet } from "../../src/index";

const key = random.key(0);
const small = { inChannels: 1, channels: [8, 16], layersPerLevel: 1 } as const;

describe("unet", () => {
  test("has the parameters of the common diffusion library's network", () => {
    const first = unet({ inChannels: 1, channels: [32, 64], layersPerLevel: 1 });
    expect(countParameters(first.init(key))).toBe(701_345);
    const second = unet({ inChannels: 3, channels: [32, 64, 128], layersPerLevel: 2 });
    expect(countParameters(second.init(key))).toBe(3_940_547);
  });

  test("has its names, too", () => {
    const names = new Set(
      Object.keys(stateDict(unet(small).init(key))).map((name) =>
        name.replace(/\.(weight|bias)$/, ""),
      ),
    );
    const block = ["norm1", "conv1", "time_emb_proj", "norm2", "conv2"];
    const attention = ["group_norm", "to_q", "to_k", "to_v", "to_out.0"];
    const all = (at: string, list: readonly string[]): string[] => list.map((n) => `${at}.${n}`);
    expect([...names].sort()).toEqual(
      [
        "conv_in",
        "time_embedding.linear_1",
        "time_embedding.linear_2",
        ...all("down_blocks.0.resnets.0", block),
        "down_blocks.0.downsamplers.0.conv",
        ...all("down_blocks.1.resnets.0", [...block, "conv_shortcut"]),
        ...all("down_blocks.1.attentions.0", attention),
        ...all("mid_block.resnets.0", block),
        ...all("mid_block.attentions.0", attention),
        ...all("mid_block.resnets.1", block),
        ...all("up_blocks.0.resnets.0", [...block, "conv_shortcut"]),
        ...all("up_blocks.0.resnets.1", [...block, "conv_shortcut"]),
        ...all("up_blocks.0.attentions.0", attention),
        ...all("up_blocks.0.attentions.1", attention),
        "up_blocks.0.upsamplers.0.conv",
        ...all("up_blocks.1.resnets.0", [...block, "conv_shortcut"]),
        ...all("up_blocks.1.resnets.1", [...block, "conv_shortcut"]),
        "conv_norm_out",
        "conv_out",
      ].sort(),
    );
  });

  test("keeps the shape of images, for one time and for one each", () => {
    const net = unet({
      ...small,
      outChannels: 2,
      attention: [true, false],
      middleAttention: false,
    });
    const params = net.init(key);
    const x = random.normal(random.key(1), [2, 1, 8, 12]);
    const y = net.apply(params, x, { time: 5 });
    expect(y.shape).toEqual([2, 2, 8, 12]);
    assertClose(net.apply(params, x, { time: tensor([5, 5]) }), y);
    const mixed = net.apply(params, x, { time: tensor([5, 9]) });
    assertClose(mixed.at(0), y.at(0), { absolute: 1e-5 });
    expect(mixed.at(1).sub(y.at(1)).abs().max().item()).toBeGreaterThan(1e-4);
  });

  test("depends on the class only where it has classes", () => {
    const net = unet({ ...small, classes: 3, time: "scaleShift" });
    const params = net.init(key);
    const x = random.normal(random.key(1), [2, 1, 8, 8]);
    const labels = tensor([0, 0], { dtype: "i32" });
    const y = net.apply(params, x, { time: 1, labels });
    const other = net.apply(params, x, { time: 1, labels: tensor([0, 2], { dtype: "i32" }) });
    assertClose(other.at(0), y.at(0), { absolute: 1e-5 });
    expect(other.at(1).sub(y.at(1)).abs().max().item()).toBeGreaterThan(1e-4);
    expect(() => net.apply(params, x, { time: 1 })).toThrow(
      "unet: expected labels, as the network has classes",
    );
    const plain = unet(small);
    expect(() => plain.apply(plain.init(key), x, { time: 1, labels })).toThrow(
      "unet: expected no labels",
    );
  });

  test("drops features in training only", () => {
    const net = unet({ ...small, dropout: 0.5 });
    const params = net.init(key);
    const x = ones([1, 1, 8, 8]);
    const y = net.apply(params, x, { time: 1 });
    expect(
      net.apply(params, x, { time: 1, train: true, key }).sub(y).abs().max().item(),
    ).toBeGreaterThan(1e-3);
    assertClose(net.apply(params, x, { time: 1, train: false, key }), y);
    expect(() => net.apply(params, x, { time: 1, train: true })).toThrow("dropout needs a key");
  });

  test.each(["add", "scaleShift"] as const)("has the right derivatives with time: %s", (time) => {
    const net = unet({ inChannels: 1, channels: [4, 8], layersPerLevel: 1, time, headChannels: 4 });
    const params = net.init(key, { dtype: "f64" });
    const x = random.normal(random.key(1), [1, 1, 4, 4], { dtype: "f64" });
    const t = tensor(0.3, { dtype: "f64" });
    checkGradients(
      (p: typeof params, z: Tensor, s: Tensor) => net.apply(p, z, { time: s }),
      [params, x, t],
      {
        directions: 1,
      },
    );
  });

  test("works in jit and vmap, and every parameter has a gradient", () => {
    const net = unet(small);
    const params = net.init(key);
    const x = random.normal(random.key(1), [3, 1, 8, 8]);
    const f = (p: typeof params, z: Tensor, t: Tensor): Tensor => net.apply(p, z, { time: t });
    const t = tensor([1, 20, 300]);
    // Sums in another order: some hundred roundings of f32.
    const close = { absolute: 1e-4 };
    assertClose(jit(f)(params, x, t), f(params, x, t), close);
    const single = (z: Tensor, s: Tensor): Tensor => f(params, z.expandDims(0), s).at(0);
    assertClose(vmap(single)(x, t), f(params, x, t), close);
    const g = grad((p: typeof params) => f(p, x, t).square().sum())(params);
    for (const [name, leaf] of Object.entries(stateDict(g))) {
      // A shift of all keys changes no attention weight.
      if (name.endsWith("to_k.bias")) continue;
      expect([name, leaf.abs().max().item() > 0]).toEqual([name, true]);
    }
    expect(tree.names(net.dims as never)).not.toHaveLength(0);
  });

  test("refuses what it cannot halve, and calls without time", () => {
    const net = unet({ channels: [4, 4, 4], headChannels: null });
    const params = net.init(key);
    expect(() => net.apply(params, ones([1, 3, 6, 8]), { time: 0 })).toThrow(
      "unet: expected images [batch, channels, height, width] with sides divisible by 4; got [1, 3, 6, 8]; pad them",
    );
    expect(() => net.apply(params, ones([1, 3, 8, 8]))).toThrow("unet: expected a time; got none");
    expect(() => net.apply(params, ones([1, 3, 8, 8]), { time: ones([2]) })).toThrow(
      "unet: expected a time, or one",
    );
    expect(() => unet({ channels: [4], attention: [] })).toThrow(
      "unet: expected attention for 1 levels; got 0",
    );
    expect(() => unet({ channels: [12] })).toThrow("unet: expected headChannels that divide 12");
    expect(() => unet({ time: "film" as never })).toThrow(
      'unet: expected time "add" or "scaleShift"; got film',
    );
  });
});
