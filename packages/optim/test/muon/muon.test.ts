import {
  ArgumentError,
  jit,
  lower,
  random,
  ShapeError,
  type Tensor,
  tensor,
  tree,
  zeros,
} from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it, vi } from "vitest";
import { adamw } from "../../src/baselines/adam";
import { applyUpdates } from "../../src/core/apply-updates";
import type { Choices } from "../../src/core/choices";
import { describe as describeOptimizer } from "../../src/core/describe";
import { muon, muonLabels } from "../../src/muon/muon";
import { orthogonalize } from "../../src/muon/orthogonalize";
import { type ShapeScale, scaleByMuon } from "../../src/muon/scale-by-muon";

const f64 = { dtype: "f64" } as const;
const normal = (seed: number, shape: number[]): Tensor =>
  random.normal(random.key(seed), shape, f64);

describe("scaleByMuon", () => {
  it("orthogonalises the mean of gradients, with and without Nesterov's mix", () => {
    const [g1, g2] = [normal(1, [3, 4]), normal(2, [3, 4])];
    const m1 = g1.mul(0.05);
    const m2 = m1.mul(0.95).add(g2.mul(0.05));
    for (const nesterov of [true, false]) {
      const t = scaleByMuon({ nesterov, shapeScale: "none" });
      const first = t.update(g1, t.init(g1));
      const second = t.update(g2, first.state);
      const u = nesterov ? g2.mul(0.05).add(m2.mul(0.95)) : m2;
      assertClose(second.updates, orthogonalize(u));
      assertClose(second.state.momentum, m2);
    }
  });

  it("takes the same direction as the accumulating form of momentum", () => {
    const t = scaleByMuon({ shapeScale: "none", eps: 0 });
    let state = t.init(zeros([3, 4], f64));
    let sum = zeros([3, 4], f64);
    for (let i = 0; i < 4; i++) {
      const g = normal(i, [3, 4]);
      sum = sum.mul(0.95).add(g);
      const result = t.update(g, state);
      state = result.state;
      assertClose(result.updates, orthogonalize(g.add(sum.mul(0.95)), { eps: 0 }));
    }
  });

  it("scales by the shape of the matrix", () => {
    const factors: Record<ShapeScale, (m: number, n: number) => number> = {
      original: (m, n) => Math.sqrt(Math.max(1, m / n)),
      spectral: (m, n) => Math.sqrt(m / n),
      matchRms: (m, n) => 0.2 * Math.sqrt(Math.max(m, n)),
      none: () => 1,
    };
    for (const [m, n] of [
      [6, 3],
      [3, 6],
    ] as const) {
      const g = normal(3, [m, n]);
      for (const [shapeScale, factor] of Object.entries(factors)) {
        const t = scaleByMuon({ shapeScale: shapeScale as ShapeScale });
        const { updates } = t.update(g, t.init(g));
        assertClose(updates, orthogonalize(g).mul(factor(m, n)), { relative: 1e-9 });
      }
    }
  });

  it("makes steps of a given root mean square, once exactly orthogonal", () => {
    const t = scaleByMuon({ shapeScale: "matchRms", coeffs: "pade", nsSteps: 30 });
    const g = normal(4, [5, 8]);
    const { updates } = t.update(g, t.init(g));
    expect(Math.sqrt(updates.square().mean().item())).toBeCloseTo(0.2 * Math.sqrt(8 / 8), 6);
  });

  it("reads kernels as matrices of outputs by everything else", () => {
    const kernel = normal(5, [8, 2, 3, 3]);
    const t = scaleByMuon();
    const { updates } = t.update(kernel, t.init(kernel));
    // √max(1, 8/18) = 1 from the flattened sizes; the last two axes alone would give 1 for every kernel.
    assertClose(updates, orthogonalize(kernel.reshape([8, 18])).reshape([8, 2, 3, 3]));
    const wide = normal(5, [36, 1, 3, 3]);
    const u = scaleByMuon();
    assertClose(
      u.update(wide, u.init(wide)).updates,
      orthogonalize(wide.reshape([36, 9]))
        .mul(2)
        .reshape([36, 1, 3, 3]),
    );
  });

  it("follows dims: transposed kernels, stacks of matrices, several axes", () => {
    const x = normal(6, [2, 3, 4, 5]);
    const dims = { x: { in: [0, 2], out: 3, batch: [1] } };
    const t = scaleByMuon({ dims, shapeScale: "spectral" });
    const { updates } = t.update({ x }, t.init({ x }));
    for (let i = 0; i < 3; i++) {
      const one = x.at([0, 1], i).transpose([2, 0, 1]).reshape([5, 8]);
      const step = orthogonalize(one).mul(Math.sqrt(5 / 8));
      assertClose(
        (updates as { x: Tensor }).x.at([0, 1], i),
        step.reshape([5, 2, 4]).transpose([1, 2, 0]),
      );
    }
    const byFunction = scaleByMuon({ dims: () => dims.x, shapeScale: "spectral" });
    assertClose(byFunction.update({ x }, byFunction.init({ x })).updates, updates);
  });

  it("gives leaves of one shape what each would get alone", () => {
    const leaves = [normal(7, [3, 4]), normal(8, [4, 3]), normal(9, [3, 4]), normal(10, [3, 2, 2])];
    const t = scaleByMuon();
    const { updates } = t.update(leaves, t.init(leaves));
    leaves.forEach((g, i) => {
      const alone = scaleByMuon();
      assertClose(updates[i], alone.update(g, alone.init(g)).updates, { absolute: 1e-13 });
    });
  });

  it("leaves alone what has no gradient, momentum included", () => {
    const params = { a: normal(11, [2, 2]), b: normal(12, [2, 2]) };
    const t = scaleByMuon();
    const first = t.update(params, t.init(params));
    const second = t.update({ a: params.a, b: null } as unknown as typeof params, first.state);
    expect(second.updates.b).toBeNull();
    const momentum = (s: unknown) => (s as { momentum: typeof params }).momentum;
    expect(momentum(second.state).b).toBe(momentum(first.state).b);
    expect(momentum(second.state).a).not.toBe(momentum(first.state).a);
  });

  it("refuses vectors, dims that miss an axis and unknown scales, by name", () => {
    const params = { layer: { b: tensor([1, 2]) } };
    expect(() => scaleByMuon().init(params)).toThrow(ShapeError);
    expect(() => scaleByMuon().init(params)).toThrow(
      'scaleByMuon: expected matrices, as Muon needs them; parameter layer.b has shape [2]; give it to another optimiser (label it "adam") or set its dims',
    );
    const w = { w: normal(1, [2, 3, 4]) };
    for (const dims of [
      { w: { out: 0, in: 1 } },
      { w: { out: [0, 1], in: [1, 2] } },
      { w: { out: 0, in: [1, 3] } },
    ]) {
      expect(() => scaleByMuon({ dims }).init(w)).toThrow(
        "scaleByMuon: expected dims that name every axis once; w has shape [2, 3, 4]",
      );
    }
    expect(() => scaleByMuon({ shapeScale: "rms" as "none" })).toThrow(ArgumentError);
    expect(() => scaleByMuon({ momentum: 1 })).toThrow("expected momentum in [0, 1); got 1");
    expect(() => scaleByMuon({ nsSteps: 0 })).toThrow("expected nsSteps");
    expect(() => scaleByMuon({ rms: 0 })).toThrow("expected rms > 0");
  });

  it("warns of matrices that look like tables, and takes them", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const t = scaleByMuon();
      t.init({ words: zeros([100_000, 64]) });
      expect(warn).toHaveBeenCalledOnce();
      expect(warn.mock.calls[0]?.[0]).toContain("parameter words is 100000 × 64");
      t.init({ square: zeros([2400, 2400]) });
      expect(warn).toHaveBeenCalledOnce();
    } finally {
      warn.mockRestore();
    }
  });
});

describe("muon", () => {
  it("takes the computed two steps", () => {
    const t = muon({ lr: 0.02, momentum: 0.95, weightDecay: 0.01 });
    let w = { hidden: zeros([2, 2], f64) };
    let state = t.init(w);
    const known = [
      [-0.01659306, 0.00285561, 0.00285561, -0.01944866],
      [-0.02941381, -0.0034648, -0.0034648, 0.00136106],
    ];
    [
      [
        [3, 1],
        [1, 2],
      ],
      [
        [1, 0],
        [0, -1],
      ],
    ].forEach((g, i) => {
      const result = t.update({ hidden: tensor(g, f64) }, state, w);
      w = applyUpdates(w, result.updates);
      state = result.state;
      // Printed to eight decimals; eps is relative here and shifts lr · O by 0.02 · 2e-7.
      assertClose(w.hidden.ravel(), known[i], { absolute: 1.5e-8, relative: 0 });
    });
  });

  it("gives vectors, embeddings and heads to AdamW with a rate of its own", () => {
    const params = {
      embedding: normal(1, [10, 4]),
      layers: [{ w: normal(2, [4, 4]), b: normal(3, [4]), gain: tensor(1, f64) }],
      head: { w: normal(4, [3, 4]) },
      thin: normal(5, [1, 4]),
    };
    const t = muon({ lr: 0.02, fallback: { lr: 1e-3, weightDecay: 0.1 } });
    const { updates } = t.update(params, t.init(params), params);
    const reference = adamw(1e-3, { betas: [0.9, 0.95], eps: 1e-10, weightDecay: 0.1 });
    const plain = reference.update(params, reference.init(params), params).updates;
    assertClose({ ...updates, layers: null }, { ...plain, layers: null });
    assertClose(updates.layers[0]?.b, plain.layers[0]?.b);
    assertClose(updates.layers[0]?.w, orthogonalize(params.layers[0]?.w as Tensor).mul(-0.02), {
      relative: 1e-8,
    });
    const methods = describeOptimizer(t, params).leaves.map(({ path, method }) => [path, method]);
    expect(methods).toEqual([
      ["embedding", "adam"],
      ["head.w", "adam"],
      ["layers.0.b", "adam"],
      ["layers.0.gain", "adam"],
      ["layers.0.w", "muon: 4 × 4, factor 1.00"],
      ["thin", "adam"],
    ]);
  });

  it("leaves embeddings and output layers of transformers, residual and plain networks to AdamW", () => {
    const weight = normal(1, [4, 4]);
    const leaf = { weight };
    const dense = { weight: { out: 0, in: 1 } };
    const networks: readonly (readonly [object, object | undefined, readonly string[]])[] = [
      [
        {
          wte: leaf,
          wpe: leaf,
          h: [{ attn: { c_attn: leaf, c_proj: leaf }, mlp: { c_fc: leaf } }],
        },
        undefined,
        ["wpe.weight", "wte.weight"],
      ],
      [{ conv1: leaf, layer1: [{ conv1: leaf }], fc: leaf }, undefined, ["fc.weight"]],
      // Only dims can tell the last of a list.
      [{ layers: [leaf, leaf] }, undefined, []],
      [
        { layers: [leaf, leaf] },
        { layers: [dense, { weight: { ...dense.weight, role: "output" } }] },
        ["layers.1.weight"],
      ],
      [
        { wte: leaf, table: leaf },
        { table: { weight: { out: 1, in: 0, role: "embedding" } } },
        ["table.weight", "wte.weight"],
      ],
      // What dims call hidden is, whatever its name.
      [{ head: leaf }, { head: { weight: { ...dense.weight, role: "hidden" } } }, []],
    ];
    for (const [params, dims, tables] of networks) {
      const { leaves } = describeOptimizer(
        muon(dims === undefined ? {} : { dims: dims as never }),
        params,
      );
      const adam = leaves.filter(({ method }) => method === "adam").map(({ path }) => path);
      expect(adam).toEqual(tables);
    }
  });

  it("reads whole names of layers, not parts of them", () => {
    const label = (path: string) => muonLabels()(path.split("."), normal(1, [4, 4]));
    const tables =
      "wte wpe.weight embed.w embedding emb.weight tok_emb.w pos_emb token_embedding.weight position_embedding " +
      "tokEmbed.kernel embeddings.word_embeddings.weight model.embed_tokens.weight lm_head.weight lmHead head " +
      "head.1.weight heads.head.weight classifier.6.weight output.weight fc.weight fc unembed.W_U";
    const hidden =
      "multihead.q heads.attn heads.0.w output_proj.w out_proj.weight attn.out_proj emb.block.w multi_head.w " +
      "encoder.layer.0.output.dense.weight mlp.fc.weight blocks.0.fc.w fc.0.linear.w overhead.w layers.3.weight w";
    expect(tables.split(" ").filter((path) => label(path) !== "adam")).toEqual([]);
    expect(hidden.split(" ").filter((path) => label(path) !== "muon")).toEqual([]);
  });

  it("takes labels as a function or a tree", () => {
    const params = { a: normal(1, [2, 3]), b: normal(2, [2, 3]) };
    const label = (labels: Choices<string>) =>
      describeOptimizer(muon({ labels }), params).leaves.map(({ method }) => method.slice(0, 4));
    expect(label((path: readonly string[]) => (path[0] === "a" ? "adam" : "muon"))).toEqual([
      "adam",
      "muon",
    ]);
    expect(label({ a: "muon", b: "adam" })).toEqual(["muon", "adam"]);
    expect(() => muon({ labels: () => "muon" }).init({ b: tensor([1]) })).toThrow(
      "scaleByMuon: expected matrices, as Muon needs them; parameter b has shape [1]",
    );
    expect(() => muon({ labels: () => "sgd" }).init(params)).toThrow("a has sgd");
  });

  it("asks dims which leaves are matrices", () => {
    const params = { w: normal(1, [3, 4]), vectors: normal(2, [3, 4]) };
    const dims = { w: { out: 1, in: 0 }, vectors: {} };
    const leaves = describeOptimizer(muon({ dims }), params).leaves;
    expect(leaves.map(({ method }) => method)).toEqual(["adam", "muon: 4 × 3, factor 1.15"]);
  });

  it("decays weights by lr · weightDecay whatever the shape factor, both depending on the step", () => {
    const params = { w: normal(1, [8, 2]) };
    const zero = tree.map((x: Tensor) => x.mul(0), params);
    const t = muon({ lr: (step) => 0.1 / (step + 1), weightDecay: (step) => 0.5 * (step + 1) });
    const first = t.update(zero, t.init(params), params);
    assertClose(first.updates.w, params.w.mul(-0.05));
    assertClose(t.update(zero, first.state, params).updates.w, params.w.mul(-0.05));
  });

  it("is the same inside jit, in both dtypes", () => {
    for (const dtype of ["f32", "f64"] as const) {
      const params = tree.map((x: Tensor) => x.cast(dtype), {
        a: normal(1, [4, 6]),
        b: normal(2, [4, 6]),
        c: [normal(3, [6]), normal(4, [6, 2, 2])],
      });
      const t = muon({ weightDecay: 0.1 });
      const step = jit((g: typeof params, s: ReturnType<typeof t.init>, p: typeof params) =>
        t.update(g, s, p),
      );
      let [eager, compiled] = [t.init(params), t.init(params)];
      for (let i = 0; i < 3; i++) {
        const grads = tree.map((x: Tensor) => x.mul(i + 1).sin(), params);
        const [a, b] = [t.update(grads, eager, params), step(grads, compiled, params)];
        const close = dtype === "f64" ? {} : { absolute: 1e-6, relative: 1e-4 };
        assertClose(b.updates, a.updates, close);
        expect(b.updates.a.dtype).toBe(dtype);
        [eager, compiled] = [a.state, b.state];
      }
    }
  });

  it("orthogonalises equal shapes in one product each", () => {
    const params = { a: normal(1, [4, 6]), b: normal(2, [4, 6]), c: normal(3, [4, 6]) };
    const t = muon();
    const plan = lower((g: typeof params, s: ReturnType<typeof t.init>) => t.update(g, s))(
      params,
      t.init(params),
    );
    // Three products in each of five steps.
    expect(plan.match(/cpu {2}dot/g)).toHaveLength(15);
  });
});
