import {
  ArgumentError,
  grad,
  jit,
  random,
  type Tensor,
  tensor,
  tree,
  valueAndGrad,
} from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { applyUpdates } from "../../src/core/apply-updates";
import { type DropMuonOptions, dropMuon } from "../../src/drop-muon/drop-muon";
import { truncatedBackward } from "../../src/drop-muon/truncated-backward";
import { muon } from "../../src/muon/muon";
import { orthogonalize } from "../../src/muon/orthogonalize";

interface Layer {
  w: Tensor;
  b: Tensor;
}

const f64 = { dtype: "f64" } as const;
const numBlocks = 3;
const blocks = (path: readonly string[]): number => 1 + Number(path[0]);
const makeLayer = (seed: number, out: number, size: number): Layer => ({
  w: random.normal(random.key(seed), [out, size], { ...f64, std: 1 / Math.sqrt(size) }),
  b: random.normal(random.key(seed + 100), [out], { ...f64, std: 0.1 }),
});
const network = (): Layer[] => [makeLayer(1, 6, 4), makeLayer(2, 6, 6), makeLayer(3, 3, 6)];
const x = random.normal(random.key(50), [20, 4], f64);
const y = random.normal(random.key(51), [20, 3], f64);

const loss = (layers: Layer[]): Tensor => {
  const out = layers.reduce((h, { w, b }, i) => {
    const z = h.matmul(w.T).add(b);
    return i === layers.length - 1 ? z : z.tanh();
  }, x);
  return out.sub(y).square().mean();
};
const gradient = truncatedBackward(loss, blocks);
const fixed = (p: number[]): Pick<DropMuonOptions, "sampler"> => ({
  sampler: { kind: "probs", p },
});

describe("dropMuon", () => {
  it("equals Muon bit for bit when every block is always active", () => {
    const options = {
      lr: (step: number) => 0.05 / (step + 1),
      weightDecay: 0.1,
      fallback: { lr: 0.01, weightDecay: 0.2 },
    };
    const drop = dropMuon({ ...options, ...fixed([1, 0, 0]), blocks, numBlocks });
    const full = muon(options);
    let [a, b] = [network(), network()];
    let [stateA, stateB] = [drop.init(a), full.init(b)];
    for (let i = 0; i < 5; i++) {
      const firstActive = drop.sample();
      expect(firstActive).toBe(1);
      const [, grads] = gradient(firstActive, a);
      const one = drop.update(grads, stateA, a, { firstActive });
      const two = full.update(grad(loss)(b), stateB, b);
      [a, b] = [applyUpdates(a, one.updates), applyUpdates(b, two.updates)];
      [stateA, stateB] = [one.state, two.state];
    }
    expect(tree.leaves(a).map((t) => [...t.dataSync()])).toEqual(
      tree.leaves(b).map((t) => [...t.dataSync()]),
    );
  });

  it("trains the last block alone, and leaves all else of the others as it was", () => {
    const drop = dropMuon({ ...fixed([0, 0, 1]), blocks, numBlocks, weightDecay: 0.1 });
    let params = network();
    let state = drop.init(params);
    const [before, stateBefore] = [params, JSON.stringify(state.groups)];
    for (let i = 0; i < 3; i++) {
      const firstActive = drop.sample();
      const [, grads] = gradient(firstActive, params);
      const result = drop.update(grads, state, params, { firstActive });
      expect(result.updates[0]).toEqual({ w: null, b: null });
      params = applyUpdates(params, result.updates);
      state = result.state;
    }
    expect(params[0]?.w).toBe(before[0]?.w);
    expect(params[1]?.b).toBe(before[1]?.b);
    expect(params[2]?.w).not.toBe(before[2]?.w);
    const groups = state.groups as unknown as Groups;
    const old = JSON.parse(stateBefore) as Groups;
    // Adam's step counts of frozen blocks stay; the active block's has moved.
    expect([1, 2, 3].map((i) => groups.adam[i]?.step.item())).toEqual([0, 0, 3]);
    for (const i of [0, 1]) {
      const momentum = groups.muon.spectral.momentum[i]?.w;
      expect(momentum?.toJSON()).toEqual(old.muon.spectral.momentum[i]?.w);
    }
    expect(state.step.item()).toBe(3);
  });

  it("moves each block by its chance of being active times Muon's step, on average", () => {
    const p = [0.2, 0.3, 0.5];
    const params = network();
    const grads = grad(loss)(params);
    const drop = dropMuon({ ...fixed(p), blocks, numBlocks, momentum: 0, truncated: false });
    const full = muon({ momentum: 0 });
    const expected = full.update(grads, full.init(params), params).updates;
    let mean = tree.map((t: Tensor) => t.mul(0), params);
    p.forEach((chance, i) => {
      const { updates } = drop.update(grads, drop.init(params), params, { firstActive: i + 1 });
      const filled = updates.map((layer, at) => ({
        w: layer.w ?? params[at]?.w.mul(0),
        b: layer.b ?? params[at]?.b.mul(0),
      })) as Layer[];
      mean = tree.map((m: Tensor, u: Tensor) => m.add(u.mul(chance)), mean, filled);
    });
    drop.sampler.activeProbabilities().forEach((chance, i) => {
      assertClose(mean[i]?.w, expected[i]?.w.mul(chance));
      assertClose(mean[i]?.b, expected[i]?.b.mul(chance));
    });
  });

  it("steps in other norms, as long as their radius or their dual norm says", () => {
    const params = network();
    const grads = grad(loss)(params);
    const run = (options: Partial<DropMuonOptions>): Tensor => {
      const common = { ...fixed([1, 0, 0]), blocks, numBlocks, lr: 1, momentum: 0 } as const;
      const drop = dropMuon({ ...common, shapeScale: "none", ...options });
      return (drop.update(grads, drop.init(params), params).updates[1] as Layer).w.neg();
    };
    const g = (grads[1] as Layer).w;
    const o = orthogonalize(g);
    assertClose(run({}), o);
    assertClose(run({ stepForm: "sharp" }), o.mul(g.mul(o).sum()));
    // eps of 1e-7 beside the norm.
    const size = g.square().sum().sqrt().item();
    const close = { relative: 1e-5 };
    assertClose(run({ norm: "euclidean" }), g.div(size), close);
    assertClose(run({ norm: "euclidean", stepForm: "sharp" }), g, close);
    assertClose(run({ norm: "signMax" }), g.sign());
    assertClose(run({ norm: "signMax", stepForm: "sharp" }), g.sign().mul(g.abs().sum()));
    assertClose(run({ norm: (block) => (block === 2 ? "signMax" : "spectral") }), g.sign());
    // The dual of the spectral norm is the nuclear norm: the sum of singular values, here by an exact factor.
    const exact = run({ stepForm: "sharp", coeffs: "pade", nsSteps: 40 });
    const nuclear = exact.mul(g).sum().sqrt();
    assertClose(exact.square().sum().sqrt().div(Math.sqrt(6)), nuclear, { relative: 1e-6 });
  });

  it("learns inside jit with one plan for each cut-off, and resumes exactly", () => {
    const drop = dropMuon({ blocks, numBlocks, lr: 0.02, fallback: { lr: 0.01 }, rng: 4 });
    let traced = 0;
    const step = jit(
      (firstActive: number, params: Layer[], state: ReturnType<typeof drop.init>) => {
        traced++;
        const [value, grads] = gradient(firstActive, params);
        const { updates, state: next } = drop.update(grads, state, params, { firstActive });
        return { params: applyUpdates(params, updates), state: next, value };
      },
      { static: [0] },
    );
    let at = { params: network(), state: drop.init(network()), value: tensor(Infinity, f64) };
    const run = (steps: number): void => {
      for (let i = 0; i < steps; i++) at = step(drop.sample(), at.params, at.state);
    };
    run(60);
    expect(traced).toBe(3);
    const [saved, sampler] = [at, drop.sampler.toJSON()];
    run(60);
    const end = at.params.map(({ w }) => w.toArray());
    expect(at.value.item()).toBeLessThan(0.7 * loss(network()).item());
    at = saved;
    drop.sampler.restore(sampler);
    run(60);
    expect(at.params.map(({ w }) => w.toArray())).toEqual(end);
  });

  it("finds the cut-off in the gradients when it is not told", () => {
    const drop = dropMuon({ blocks, numBlocks });
    const params = network();
    const [, grads] = gradient(2, params);
    const told = drop.update(grads, drop.init(params), params, { firstActive: 2 });
    const found = drop.update(grads, drop.init(params), params);
    assertClose(found.updates[2], told.updates[2]);
    expect(found.updates[0]?.w).toBeNull();
  });

  it("says where gradients do not fit the cut-off, and which leaf has no block", () => {
    const drop = dropMuon({ blocks, numBlocks });
    const params = network();
    const state = drop.init(params);
    const [, fromTwo] = gradient(2, params);
    expect(() => drop.update(fromTwo, state, params, { firstActive: 1 })).toThrow(
      "dropMuon: expected gradients from block 1 on; block 1 (0.b) has none",
    );
    expect(() => drop.update(fromTwo, state, params, { firstActive: 3 })).toThrow(
      "dropMuon: expected no gradients before block 3; 1.b of block 2 has one",
    );
    const gap = fromTwo.map((g, i) => (i === 2 ? { w: null, b: null } : g)) as never as Layer[];
    expect(() => drop.update(gap, state, params)).toThrow("block 3 (2.b) has none");
    expect(() => drop.update(fromTwo, state)).toThrow("expected parameters as the third argument");
    expect(() => drop.update(fromTwo, state, params, { firstActive: 0.5 })).toThrow(ArgumentError);
    const full = dropMuon({ blocks, numBlocks, truncated: false });
    expect(() => full.update(fromTwo, state, params)).toThrow(
      "dropMuon: expected { firstActive } as the last argument of update; got none; pass what sample() returned",
    );
    expect(() => dropMuon({ blocks: () => 4, numBlocks }).init(params)).toThrow(
      "dropMuon: expected a block from 1 to 3 for every parameter; 0.b has 4",
    );
    const traced = jit((s: Tensor | number) =>
      drop.update(fromTwo, state, params, { firstActive: s }),
    );
    expect(() => traced(2)).toThrow("make it a static argument of jit");
    expect(() => dropMuon({ blocks, numBlocks, lr: -1 })).toThrow("dropMuon: expected lr ≥ 0");
  });
});

interface Groups {
  readonly muon: { readonly spectral: { readonly momentum: readonly Layer[] } };
  readonly adam: Readonly<Record<string, { readonly step: Tensor }>>;
}

describe("truncatedBackward", () => {
  it("gives the gradients of the full backward pass, exactly, and null before the cut-off", () => {
    const params = network();
    const [value, full] = valueAndGrad(loss)(params);
    for (const s of [1, 2, 3]) {
      const [v, grads] = gradient(s, params);
      expect(v.item()).toBe(value.item());
      grads.forEach((layer, i) => {
        if (i + 1 < s) expect(layer).toEqual({ w: null, b: null });
        else expect(layer.w.toArray()).toEqual(full[i]?.w.toArray());
      });
    }
  });

  it("refuses leaves without a block and cut-offs beyond the last", () => {
    const params = network();
    expect(() => truncatedBackward(loss, () => 0)(1, params)).toThrow(
      "truncatedBackward: expected a block ≥ 1 for every parameter; 0.b has 0",
    );
    expect(() => gradient(4, params)).toThrow(
      "truncatedBackward: expected a parameter in block 4 or later; there is none",
    );
  });
});
