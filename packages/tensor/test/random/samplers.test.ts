import { afterAll, describe, expect, it } from "vitest";
import { getThreads, jit, setThreads, stack, type Tensor, tensor, vmap } from "../../src/index";
import * as random from "../../src/random";

/** Every sampler, drawing a sample of a shape. */
const samplers: [string, (k: Tensor, shape: number[]) => Tensor][] = [
  ["bits", (k, s) => random.bits(k, s)],
  ["uniform", (k, s) => random.uniform(k, s)],
  ["uniform f64", (k, s) => random.uniform(k, s, { low: -1, high: 2, dtype: "f64" })],
  ["normal", (k, s) => random.normal(k, s)],
  ["normal f64", (k, s) => random.normal(k, s, { mean: 1, std: 2, dtype: "f64" })],
  ["truncatedNormal", (k, s) => random.truncatedNormal(k, s, { low: -1 })],
  ["exponential", (k, s) => random.exponential(k, s, { rate: 2 })],
  ["gumbel", (k, s) => random.gumbel(k, s)],
  ["laplace", (k, s) => random.laplace(k, s, { location: 1 })],
  ["cauchy", (k, s) => random.cauchy(k, s)],
  ["gamma", (k, s) => random.gamma(k, s, { concentration: 0.7 })],
  ["beta", (k, s) => random.beta(k, s, { a: 2, b: 0.5 })],
  ["dirichlet", (k, s) => random.dirichlet(k, [...s, 3], { concentration: tensor([1, 2, 3]) })],
  ["studentT", (k, s) => random.studentT(k, s, { degrees: 3 })],
  ["poisson", (k, s) => random.poisson(k, s, { rate: 20 })],
  ["binomial", (k, s) => random.binomial(k, s, { n: 50, p: 0.4 })],
  ["bernoulli", (k, s) => random.bernoulli(k, s)],
  ["rademacher", (k, s) => random.rademacher(k, s)],
  ["randint", (k, s) => random.randint(k, s, { low: -5, high: 100 })],
  ["categorical", (k, s) => random.categorical(k, tensor([0, 1, 2]), { shape: s })],
  ["choice", (k, s) => random.choice(k, 9, { shape: s })],
  ["choice by weight", (k, s) => random.choice(k, 3, { shape: s, p: [0.1, 0.2, 0.7] })],
  ["choice of distinct", (k, s) => random.choice(k, 99, { shape: s, replace: false })],
  [
    "choice of distinct by weight",
    (k, s) => random.choice(k, 64, { shape: s, replace: false, p: new Array(64).fill(1) }),
  ],
  ["permutation", (k, s) => random.permutation(k, s[0] ?? 4)],
];

const key = random.key(2 ** 33 + 5);

describe.each(samplers)("%s", (_name, draw) => {
  it("gives the same for the same key and something else for another", () => {
    const x = draw(key, [40]).toArray();
    expect(draw(key, [40]).toArray()).toEqual(x);
    expect(draw(random.foldIn(key, 0), [40]).toArray()).not.toEqual(x);
  });

  it("gives the same inside jit", () => {
    const x = draw(key, [5, 3]);
    const compiled = jit((k: Tensor) => draw(k, [5, 3]))(key);
    expect(compiled.dtype).toBe(x.dtype);
    expect(compiled.toArray()).toEqual(x.toArray());
  });

  it("gives for a batch of keys what it gives for each", () => {
    const keys = random.split(key, 4);
    const each = keys.map((k) => draw(k, [7]).toArray());
    expect(vmap((k: Tensor) => draw(k, [7]))(stack(keys)).toArray()).toEqual(each);
    const compiled = jit(vmap((k: Tensor) => draw(k, [7])));
    expect(compiled(stack(keys)).toArray()).toEqual(each);
  });

  it("fills scalars and empty shapes", () => {
    const one = draw(key, []);
    expect(one.size).toBeGreaterThan(0);
    expect(draw(key, [0]).size).toBe(0);
  });

  it("refuses shapes and keys that are none", () => {
    expect(() => draw(key, [-1])).toThrow(/expected|must/);
    expect(() => draw(tensor([1, 2]), [2])).toThrow("expected a key, u32 of shape [2]");
  });
});

describe("a batch of parameters under one key", () => {
  const rows = tensor([0.5, 3, 40]);

  it.each<[string, (p: Tensor) => Tensor]>([
    ["uniform", (p) => random.uniform(key, [6], { high: p })],
    ["normal", (p) => random.normal(key, [6], { mean: p })],
    ["gamma", (p) => random.gamma(key, [6], { concentration: p })],
    ["poisson", (p) => random.poisson(key, [6], { rate: p })],
    ["binomial", (p) => random.binomial(key, [6], { n: 60, p: p.div(50) })],
    ["categorical", (p) => random.categorical(key, tensor([0, 1]).mul(p), { shape: [6] })],
    ["choice", (p) => random.choice(key, 2, { shape: [6], p: tensor([1, 1]).mul(p) })],
  ])("gives %s what each parameter gives", (_name, draw) => {
    const each = [0, 1, 2].map((i) => draw(rows.at(i)).toArray());
    expect(vmap(draw)(rows).toArray()).toEqual(each);
  });
});

describe("samples on several threads", () => {
  const before = getThreads();
  afterAll(() => setThreads(before));

  it("have the bits that they have on one", () => {
    const draws = (): number[][] =>
      [random.uniform, random.normal, random.gumbel].map((draw) =>
        Array.from(draw(key, [300_000]).dataSync()),
      );
    setThreads(1);
    const alone = draws();
    setThreads(4);
    expect(draws()).toEqual(alone);
  });
});
