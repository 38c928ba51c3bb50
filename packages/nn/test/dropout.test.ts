import { grad, jit, ones, random, type Tensor } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import {
  batchNorm,
  block,
  dropout,
  encoder,
  linear,
  mlp,
  residual,
  statefulBlock,
  transformer,
  unet,
} from "../src/index";
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

describe("dropout inside networks", () => {
  const key = random.key(8);
  const zeros = (y: Tensor): boolean[] => Array.from(y.equal(0).reshape([-1]).dataSync(), Boolean);
  const net = block({ first: dropout(0.5), second: dropout(0.5) }, (use, x) =>
    use.first(x).add(use.second(x).mul(10)),
  );
  const params = net.init(key);

  it("drops by the network's train and key, each use of a layer by another key", () => {
    const x = ones([64]);
    expect(net.apply(params, x).toArray()).toEqual(x.mul(11).toArray());
    expect(net.apply(params, x, { train: false, key }).toArray()).toEqual(x.mul(11).toArray());
    const y = net.apply(params, x, { train: true, key });
    // 2 and 20 are the two layers' own contributions, alone where the other drops.
    expect(new Set(y.dataSync())).toEqual(new Set([0, 2, 20, 22]));
    expect(net.apply(params, x, { train: true, key }).toArray()).toEqual(y.toArray());
    expect(net.apply(params, x, { train: true, key: random.key(9) }).toArray()).not.toEqual(
      y.toArray(),
    );
    const twice = block(dropout(0.5), (use, z) => use(z).add(use(z).mul(10)));
    const again = twice.apply({}, x, { train: true, key });
    expect(new Set(again.dataSync())).toEqual(new Set([0, 2, 20, 22]));
  });

  it("reaches layers of nested networks, with and without state, also inside jit", () => {
    const deep = statefulBlock(
      { norm: batchNorm(64), body: [residual(dropout(0.5)), net], last: dropout(0.5) },
      (use, x) => use.last(use.body[1](use.body[0](use.norm(x)))),
    );
    const { params: p, state } = deep.init(key);
    const x = random.normal(key, [16, 64]);
    const f = (k: Tensor): Tensor => deep.apply(p, state, x, { train: true, key: k })[0];
    // Three layers drop independently: 1/2 by the last, 1/4 of the rest by both of the network.
    const share = f(key).equal(0).mean();
    // The standard error of 1024 draws is √(.625 · .375 / 1024) = .015; four of them are allowed.
    assertClose(share, 0.625, { relative: 0, absolute: 0.061 });
    expect(zeros(jit(f)(key))).toEqual(zeros(f(key)));
    assertClose(jit(f)(key), f(key), { absolute: 1e-4 });
    expect(deep.apply(p, state, x, { train: false, key })[0].equal(0).any().item()).toBe(0);
  });

  it("follows what the network passes itself before what its caller says", () => {
    const x = ones([64]);
    const own = block(dropout(0.5), (use, z, { key: k }) =>
      k === undefined ? z : use(z, { train: true, key: k }),
    );
    expect(own.apply({}, x, { key }).toArray()).toEqual(
      dropout(0.5).apply({}, x, { train: true, key }).toArray(),
    );
    const never = block(dropout(0.5), (use, z) => use(z, { train: false }));
    expect(never.apply({}, x, { train: true, key }).toArray()).toEqual(x.toArray());
  });

  it("refuses a key without train, which would drop nothing in silence", () => {
    const x = ones([2, 4]);
    const text =
      "dropout: expected train beside the key; got a key alone; pass train: true to drop, or leave the key out";
    const nets = {
      block: block({ a: linear(4, 4), d: dropout(0.5) }, (use, z) => use.d(use.a(z))),
      residual: residual(dropout(0.5)),
      mlp: mlp([4, 4, 4], { dropout: 0.5 }),
      encoder: encoder(4, 2, 1, { dropout: 0.5 }),
    };
    for (const some of Object.values(nets) as (typeof nets.mlp)[]) {
      const p = some.init(key);
      expect(() => some.apply(p, x, { key })).toThrow(text);
      expect(some.apply(p, x, { train: false, key }).toArray()).toEqual(some.apply(p, x).toArray());
    }
    const tokens = ones([1, 3], { dtype: "i32" });
    const sizes = { vocabulary: 3, positions: 3, features: 4, layers: 1, heads: 2 };
    const language = transformer({ ...sizes, dropout: 0.5 });
    expect(() => language.apply(language.init(key), tokens, { key })).toThrow(text);
    const images = unet({ inChannels: 1, channels: [8], layersPerLevel: 1, dropout: 0.5 });
    const image = ones([1, 1, 2, 2]);
    expect(() => images.apply(images.init(key), image, { time: 1, key })).toThrow(text);
  });

  it("takes a key without train where nothing can be dropped", () => {
    const x = ones([2, 4]);
    expect(dropout(0).apply({}, x, { key })).toBe(x);
    const plain = mlp([4, 4, 4]);
    const p = plain.init(key);
    expect(plain.apply(p, x, { key }).toArray()).toEqual(plain.apply(p, x).toArray());
  });

  it("refuses to train without a key", () => {
    expect(() => net.apply(params, ones([2]), { train: true })).toThrow("dropout needs a key");
    const stateful = statefulBlock({ fc: linear(2, 2), d: dropout(0.5) }, (use, x) =>
      use.d(use.fc(x)),
    );
    const made = stateful.init(key);
    expect(() => stateful.apply(made.params, made.state, ones([2]), { train: true })).toThrow(
      "dropout needs a key",
    );
  });
});
