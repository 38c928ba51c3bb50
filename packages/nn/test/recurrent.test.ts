import { flip, grad, ones, random, stack, type Tensor, tensor, zeros } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { gru, lstm, type RecurrentParams } from "../src/index";
import { checkLayer, normal } from "./support/check-layer";

const f64 = { dtype: "f64" } as const;
const key = random.key(0);
// The card's numbers have ten decimals.
const digits = { relative: 0, absolute: 5e-11 };
const column = (x: readonly number[]): Tensor => tensor(x, f64).reshape([x.length, 1]);
const one = (x: number): Tensor => tensor([[[x]]], f64);

const gruCard: RecurrentParams = {
  weight_ih_l0: column([0.5, -0.3, 0.8]),
  weight_hh_l0: column([0.1, 0.2, -0.4]),
  bias_ih_l0: tensor([0.01, 0.02, 0.03], f64),
  bias_hh_l0: tensor([0.04, 0.05, 0.06], f64),
};
const lstmCard: RecurrentParams = {
  weight_ih_l0: column([0.5, -0.3, 0.8, 0.2]),
  weight_hh_l0: column([0.1, 0.2, -0.4, 0.6]),
  bias_ih_l0: tensor([0.01, 0.02, 0.03, 0.04], f64),
  bias_hh_l0: tensor([0.05, 0.06, 0.07, 0.08], f64),
};

/** One step of a GRU in plain numbers, rows r, z, n. */
function gruStep(
  p: (name: string) => number[][],
  x: number[],
  h: number[],
  before: boolean,
): number[] {
  const n = h.length;
  const dot = (w: number[] | undefined, v: number[]): number =>
    v.reduce((s, a, i) => s + a * (w?.[i] as number), 0);
  const gate = (row: number, state: number[]): [number, number] => [
    dot(p("weight_ih")[row], x) + (p("bias_ih")[row] as unknown as number),
    dot(p("weight_hh")[row], state) + (p("bias_hh")[row] as unknown as number),
  ];
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const r = h.map((_, i) => sigmoid(gate(i, h).reduce((a, b) => a + b)));
  return h.map((old, i) => {
    const z = sigmoid(gate(n + i, h).reduce((a, b) => a + b));
    const [a, b] = gate(2 * n + i, before ? h.map((v, j) => v * (r[j] as number)) : h);
    const c = Math.tanh(a + (before ? b : (r[i] as number) * b));
    return (1 - z) * c + z * old;
  });
}

describe("gru", () => {
  it("gives the card's number", () => {
    const [y, h] = gru(1, 1).apply(gruCard, one(1.5), one(0.7));
    assertClose(y, [[[0.7511136587]]], digits);
    assertClose(h, y);
  });

  it.each(["after", "before"] as const)(
    "equals a loop in plain numbers, reset %s the product",
    (reset) => {
      const net = gru(2, 3, { reset });
      const params = net.init(key, f64);
      const x = normal([1, 6, 2]);
      const [y, last] = net.apply(params, x);
      let h = [0, 0, 0];
      const get = (name: string): number[][] => params[`${name}_l0`]?.toArray() as number[][];
      const loop = (x.at(0).toArray() as number[][]).map((v) => {
        h = gruStep(get, v, h, reset === "before");
        return h;
      });
      assertClose(y, [loop]);
      assertClose(last, [[h]]);
    },
  );

  it("feeds layers with both directions of the layer before", () => {
    const net = gru(2, 3, { layers: 2, bidirectional: true });
    const params = net.init(key, f64);
    expect(params["weight_ih_l1_reverse"]?.shape).toEqual([9, 6]);
    const x = normal([2, 5, 2]);
    const start = normal([4, 2, 3], 3);
    const single = (layer: number, suffix: string, v: Tensor, h: Tensor): [Tensor, Tensor] => {
      const names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
      const own = Object.fromEntries(
        names.map((n) => [`${n}_l0`, params[`${n}_l${layer}${suffix}`] as Tensor]),
      );
      return gru(v.shape[2] as number, 3).apply(own, v, h.expandDims(0));
    };
    let series = x;
    const ends: Tensor[] = [];
    for (const layer of [0, 1]) {
      const [a, ha] = single(layer, "", series, start.at(2 * layer));
      const [b, hb] = single(layer, "_reverse", flip(series, 1), start.at(2 * layer + 1));
      series = stack([a, flip(b, 1)], 2).reshape([2, 5, 6]);
      ends.push(ha.at(0), hb.at(0));
    }
    const [y, h] = net.apply(params, x, start);
    assertClose(y, series);
    assertClose(h, stack(ends));
  });

  it("differentiates, batches and compiles", () => {
    for (const options of [
      {},
      { layers: 2, bidirectional: true, bias: false },
      { reset: "before" as const, bias: false },
    ]) {
      const net = gru(2, 3, options);
      checkLayer(
        (p: RecurrentParams, x: Tensor) => net.apply(p, x),
        net.init(key, f64),
        normal([2, 4, 2]),
      );
    }
  });

  it("has the right gradient through 50 steps", () => {
    const net = gru(1, 4);
    const params = net.init(key, f64);
    checkGradients(
      (p: RecurrentParams, h: Tensor) => net.apply(p, normal([1, 50, 1]), h)[1],
      [params, normal([1, 1, 4])],
    );
  });

  it("refuses sequences and states of other shapes", () => {
    const net = gru(2, 3);
    const params = net.init(key);
    expect(() => net.apply(params, ones([4, 2]))).toThrow(
      "gru: expected 2 features along axis -1 of at least 3 axes",
    );
    expect(() => net.apply(params, ones([1, 0, 2]))).toThrow(
      "gru: expected [batch, time, 2] with at least one time",
    );
    expect(() => net.apply(params, ones([1, 4, 2]), zeros([1, 3]))).toThrow(
      "gru: expected the state of shape [1, 1, 3], [layers · directions, batch, length]; got [1, 3]",
    );
    expect(() => gru(2, 3, { layers: 0 })).toThrow(
      "gru: expected a positive integer for layers; got 0",
    );
  });
});

describe("lstm", () => {
  it("gives the card's numbers", () => {
    const [y, { h, c }] = lstm(1, 1).apply(lstmCard, one(1.5), { h: one(0.7), c: one(-0.2) });
    assertClose(y, [[[0.2978941168]]], digits);
    assertClose(h, y);
    assertClose(c, [[[0.4556083458]]], digits);
  });

  it("equals its equations step by step, with a projection", () => {
    const net = lstm(2, 4, { projection: 3 });
    const params = net.init(key, f64);
    const at = (name: string): Tensor => params[`${name}_l0`] as Tensor;
    expect(at("weight_hr").shape).toEqual([3, 4]);
    expect(at("weight_hh").shape).toEqual([16, 3]);
    const x = normal([2, 5, 2]);
    let [h, c] = [zeros([2, 3], f64), zeros([2, 4], f64)];
    const outputs: Tensor[] = [];
    for (let t = 0; t < 5; t++) {
      const gates = x
        .at([0, 1], t)
        .matmul(at("weight_ih").T)
        .add(at("bias_ih"))
        .add(h.matmul(at("weight_hh").T))
        .add(at("bias_hh"));
      const part = (i: number): Tensor =>
        gates.at(
          "...",
          [0, 1, 2, 3].map((j) => 4 * i + j),
        );
      c = part(1)
        .sigmoid()
        .mul(c)
        .add(part(0).sigmoid().mul(part(2).tanh()));
      h = part(3).sigmoid().mul(c.tanh()).matmul(at("weight_hr").T);
      outputs.push(h);
    }
    const [y, last] = net.apply(params, x);
    assertClose(y, stack(outputs, 1));
    assertClose(last.h.at(0), h);
    assertClose(last.c.at(0), c);
  });

  it("differentiates, batches and compiles", () => {
    for (const options of [{}, { layers: 2, bidirectional: true, projection: 2 }]) {
      const net = lstm(2, 3, options);
      checkLayer(
        (p: RecurrentParams, x: Tensor) => net.apply(p, x),
        net.init(key, f64),
        normal([2, 4, 2]),
      );
    }
  });

  it("has the right gradient through 50 steps, which an open forget gate keeps alive", () => {
    const net = lstm(1, 3, { forgetBias: 3 });
    const params = net.init(key, f64);
    checkGradients(
      (p: RecurrentParams, x: Tensor) => net.apply(p, x)[0].at(0, -1),
      [params, normal([1, 50, 1])],
    );
    const slope = (n: ReturnType<typeof lstm>): number =>
      grad((x: Tensor) => n.apply(n.init(key, f64), x)[0].at(0, -1).sum())(normal([1, 50, 1]))
        .at(0, 0)
        .abs()
        .item();
    expect(slope(net)).toBeGreaterThan(1e3 * slope(lstm(1, 3)));
  });

  it("adds the forget bias to the rows of the forget gate only", () => {
    const [plain, open] = [lstm(2, 3).init(key), lstm(2, 3, { forgetBias: 1 }).init(key)];
    const change = (open["bias_ih_l0"] as Tensor).sub(plain["bias_ih_l0"] as Tensor);
    assertClose(change, [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    assertClose(open["bias_hh_l0"], plain["bias_hh_l0"] as Tensor);
  });

  it("says which axes are outputs, and refuses projections that are none", () => {
    expect(lstm(2, 3).dims["weight_ih_l0"]).toEqual({ out: 0, in: 1 });
    expect(lstm(2, 3).dims["bias_hh_l0"]).toEqual({});
    expect(() => lstm(2, 3, { projection: 3 })).toThrow(
      "lstm: expected a projection less than hidden = 3; got 3",
    );
    expect(() => lstm(2, 3, { forgetBias: 1, bias: false })).toThrow(
      "lstm: expected bias: true beside forgetBias",
    );
  });
});
