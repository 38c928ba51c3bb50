import { jit, ones, random, range, type Tensor, tensor, zeros } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  countParameters,
  encoder,
  encoderLayer,
  gpt2Names,
  layerNorm,
  loadStateDict,
  powerNorm,
  rmsNorm,
  stateDict,
  statefulEncoder,
  transformer,
} from "../../src/index";

const key = random.key(0);
const tiny = { vocabulary: 11, positions: 8, features: 8, layers: 2, heads: 2, feedForward: 12 };

describe("transformer", () => {
  test("has the published numbers of parameters", () => {
    const count = (o: Parameters<typeof transformer>[0]): number => {
      const net = transformer(o);
      return countParameters(net.init(key));
    };
    expect(
      count({ vocabulary: 65, positions: 64, features: 64, layers: 2, heads: 4, feedForward: 256 }),
    ).toBe(108_352);
    // GPT-2 itself by its formula: its 500 MB need not be drawn.
    const layer = (d: number): number => 12 * d * d + 13 * d;
    const formula = (v: number, p: number, d: number, n: number): number =>
      (v + p) * d + n * layer(d) + 2 * d;
    expect(formula(65, 64, 64, 2)).toBe(108_352);
    expect(formula(50257, 1024, 768, 12)).toBe(124_439_808);
  });

  test("sees the past only", () => {
    const net = transformer(tiny);
    const params = net.init(key);
    const a = net.apply(params, tensor([[1, 2, 3, 4, 5]], { dtype: "i32" }));
    const b = net.apply(params, tensor([[1, 2, 3, 9, 9]], { dtype: "i32" }));
    assertClose(b.at(0, range(0, 3)), a.at(0, range(0, 3)), { absolute: 1e-6 });
    expect(b.at(0, 3).sub(a.at(0, 3)).abs().max().item()).toBeGreaterThan(1e-4);
  });

  test("begins as GPT-2 does: deviation 0.02, less where residual branches end, biases zero", () => {
    const params = transformer({ ...tiny, features: 64, vocabulary: 400, layers: 8 }).init(key);
    const std = (x: Tensor): number => x.std().item();
    // Six standard errors of n normal draws are 6 / √(2n): 2.7 % of 25,600, 15 % of 768 … 4,096.
    expect(Math.abs(std(params.wte.weight) / 0.02 - 1)).toBeLessThan(0.027);
    expect(Math.abs(std(params.h[3]?.attn.c_attn.weight as Tensor) / 0.02 - 1)).toBeLessThan(0.04);
    expect(Math.abs(std(params.h[3]?.attn.c_proj.weight as Tensor) / 0.005 - 1)).toBeLessThan(0.07);
    expect(Math.abs(std(params.h[0]?.mlp.c_proj.weight as Tensor) / 0.005 - 1)).toBeLessThan(0.16);
    expect(params.h[0]?.mlp.c_fc.bias?.abs().max().item()).toBe(0);
    assertClose(params.ln_f.weight, ones([64]));
  });

  test("loads GPT-2's files: other orientation, prefix, tied and constant tensors", () => {
    const net = transformer(tiny);
    const [like, other] = [net.init(key), net.init(random.key(1))];
    const file = Object.fromEntries(
      Object.entries(stateDict(other)).map(([name, x]) => [
        `transformer.${name}`,
        /(c_attn|c_proj|c_fc)\.weight$/.test(name) ? x.T : x,
      ]),
    );
    const whole = {
      ...file,
      "lm_head.weight": other.wte.weight,
      "transformer.h.0.attn.bias": ones([1, 1, 8, 8]),
      "transformer.h.0.attn.masked_bias": zeros([]),
    };
    assertClose(loadStateDict(like, whole, gpt2Names), other);
  });

  test("has the right derivatives, in jit too", () => {
    const net = transformer(tiny);
    const params = net.init(key, { dtype: "f64" });
    const tokens = tensor(
      [
        [1, 2, 3],
        [3, 0, 7],
      ],
      { dtype: "i32" },
    );
    checkGradients((p: typeof params) => net.apply(p, tokens), [params]);
    assertClose(jit((p: typeof params) => net.apply(p, tokens))(params), net.apply(params, tokens));
  });

  test("uses dropout in training, by key", () => {
    const net = transformer({ ...tiny, dropout: 0.5 });
    const params = net.init(key);
    const tokens = tensor([[1, 2, 3]], { dtype: "i32" });
    const y = net.apply(params, tokens);
    assertClose(net.apply(params, tokens, { key, train: false }), y);
    expect(
      net.apply(params, tokens, { key, train: true }).sub(y).abs().max().item(),
    ).toBeGreaterThan(1e-3);
    expect(() => net.apply(params, tokens, { train: true })).toThrow("dropout needs a key");
  });

  test("refuses sequences that are too long", () => {
    const net = transformer(tiny);
    expect(() => net.apply(net.init(key), zeros([1, 9], { dtype: "i32" }))).toThrow(
      "transformer: expected sequences of at most 8 tokens; got shape [1, 9]",
    );
  });
});

describe("encoder", () => {
  test("layer is x + attention(norm x), then x + MLP(norm x)", () => {
    const layer = encoderLayer(4, 1, { feedForward: 6, activation: (x) => x.relu() });
    const params = layer.init(key, { dtype: "f64" });
    const x = random.normal(random.key(1), [3, 4], { dtype: "f64" });
    const norm = (z: Tensor): Tensor => {
      const centred = z.sub(z.mean(-1, { keepDims: true }));
      return centred.div(centred.square().mean(-1, { keepDims: true }).add(1e-5).sqrt());
    };
    const n = norm(x);
    const [q, k, v] = n.matmul((params.self_attn.in_proj_weight as Tensor).T).split(3, -1) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const mixed = q
      .matmul(k.T)
      .div(2)
      .softmax(-1)
      .matmul(v)
      .matmul(params.self_attn.out_proj.weight.T);
    const h = x.add(mixed);
    const { linear1, linear2 } = params;
    const wide = norm(h)
      .matmul(linear1.weight.T)
      .add(linear1.bias as Tensor)
      .relu();
    const expected = h.add(wide.matmul(linear2.weight.T)).add(linear2.bias as Tensor);
    assertClose(layer.apply(params, x), expected);
  });

  test("passes masks and causality on", () => {
    const net = encoder(4, 2, 2, { norm: rmsNorm });
    const params = net.init(key);
    expect(Object.keys(params.norm)).toEqual(["weight"]);
    const x = random.normal(random.key(1), [1, 5, 4]);
    const cut = net.apply(params, x.at(range(), range(0, 3)));
    const causal = net.apply(params, x, { causal: true });
    expect(causal.shape).toEqual([1, 5, 4]);
    const mask = tensor([true, true, true, false, false]);
    assertClose(net.apply(params, x, { mask }).at(0, range(0, 3)), cut.at(0), { absolute: 1e-5 });
    expect(causal.at(0, 0).sub(cut.at(0, 0)).abs().max().item()).toBeGreaterThan(1e-4);
    checkGradients((p: typeof params, z: Tensor) => net.apply(p, z), [params, x]);
  });

  test("takes normalisations with state", () => {
    const net = statefulEncoder(4, 2, 2, {
      norm: (features) => powerNorm({ features, warmup: 0 }),
    });
    const { params, state } = net.init(key, { dtype: "f64" });
    expect(state.layers[1]?.norm2.running_phi.shape).toEqual([4]);
    const x = random.normal(random.key(1), [2, 5, 4], { dtype: "f64" });
    const [y, next] = net.apply(params, state, x, { train: true, causal: true });
    // ψ² starts at 1, so the first normalisation divides by √(1 + ε), and keeps a tenth of the batch's mean square.
    assertClose(next.layers[0]?.norm1.running_phi, x.square().mean([0, 1]).mul(0.1).add(0.9));
    expect(next.norm.iters.item()).toBe(1);
    const plain = encoder(4, 2, 2, { norm: scaleOnly });
    assertClose(y, plain.apply(params, x, { causal: true }));
  });
});

/** Division by √(1 + ε), then scale and shift. */
const scaleOnly = (features: number): ReturnType<typeof layerNorm> => ({
  ...layerNorm(features),
  apply: ({ weight, bias }, x) =>
    x
      .div(Math.sqrt(1 + 1e-5))
      .mul(weight as Tensor)
      .add(bias as Tensor),
});
