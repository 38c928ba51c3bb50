import { jit, random, ShapeError, stack, type Tensor, tensor, tree, vmap } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import * as nn from "../src/index";

type AnyLayer = nn.Layer<unknown, unknown> | nn.StatefulLayer<unknown, unknown, unknown>;

interface Case {
  readonly name: string;
  readonly layer: AnyLayer;
  /** Shape of the input, or tokens. */
  readonly input: readonly number[] | Tensor;
  /** Options of the call. */
  readonly call?: object;
  /** The axis that has the features, for refusals; default 1. */
  readonly axis?: number;
  /** False where the backward pass is not the derivative, by design. */
  readonly exact?: boolean;
}

const tokens = tensor(
  [
    [1, 0, 3],
    [2, 2, 4],
  ],
  { dtype: "i32" },
);
const image = [2, 4, 6, 6] as const;

// A new layer or network joins by a line.
const cases: readonly Case[] = [
  { name: "linear", layer: nn.linear(4, 3), input: [5, 4] },
  { name: "conv1d", layer: nn.conv1d(4, 3, 3), input: [2, 4, 7] },
  { name: "conv2d", layer: nn.conv2d(4, 6, 3, { stride: 2, padding: 1, groups: 2 }), input: image },
  { name: "conv3d", layer: nn.conv3d(2, 3, 2), input: [1, 2, 3, 3, 3] },
  { name: "convTranspose1d", layer: nn.convTranspose1d(4, 3, 3, { stride: 2 }), input: [2, 4, 5] },
  { name: "convTranspose2d", layer: nn.convTranspose2d(4, 3, 2, { stride: 2 }), input: image },
  { name: "convTranspose3d", layer: nn.convTranspose3d(2, 3, 2), input: [1, 2, 3, 3, 3] },
  { name: "embedding", layer: nn.embedding(5, 4), input: tokens },
  { name: "batchNorm", layer: nn.batchNorm(4), input: image },
  {
    name: "ghostBatchNorm",
    layer: nn.ghostBatchNorm({ features: 4, ghostSize: 2 }),
    input: [4, 4],
  },
  { name: "layerNorm", layer: nn.layerNorm(4), input: [2, 3, 4], axis: 2 },
  { name: "groupNorm", layer: nn.groupNorm(2, 4), input: image },
  { name: "instanceNorm", layer: nn.instanceNorm(4, { affine: true }) as AnyLayer, input: image },
  { name: "rmsNorm", layer: nn.rmsNorm(4), input: [2, 3, 4], axis: 2 },
  { name: "powerNorm", layer: nn.powerNorm({ features: 4 }), input: [6, 4] },
  {
    name: "powerNorm after its warm-up",
    layer: nn.powerNorm({ features: 4, warmup: 0 }),
    input: [6, 4],
    exact: false,
  },
  { name: "multiHeadAttention", layer: nn.multiHeadAttention(4, 2), input: [2, 5, 4], axis: 2 },
  { name: "prelu", layer: nn.prelu(4), input: [2, 4] },
  { name: "mlp", layer: nn.mlp([4, 5, 2], { activation: nn.silu }), input: [3, 4] },
  { name: "residual", layer: nn.residual(nn.linear(4, 4)), input: [3, 4] },
  { name: "basicBlock", layer: nn.basicBlock(4, 6, { stride: 2 }), input: image },
  {
    name: "invertedBottleneck",
    layer: nn.invertedBottleneck(4, 4, { expansion: 2 }),
    input: image,
  },
  {
    name: "resnet",
    layer: nn.resnet({ inChannels: 4, stem: "cifar", widths: [3, 4], depths: [1, 1], classes: 3 }),
    input: [2, 4, 5, 5],
  },
  { name: "encoderLayer", layer: nn.encoderLayer(4, 2), input: [2, 5, 4], axis: 2 },
  {
    name: "encoder",
    layer: nn.encoder(4, 2, 1),
    input: [2, 5, 4],
    call: { causal: true },
    axis: 2,
  },
  {
    name: "statefulEncoder",
    layer: nn.statefulEncoder(4, 2, 1, { norm: (features) => nn.powerNorm({ features }) }),
    input: [2, 5, 4],
    axis: 2,
  },
  {
    name: "transformer",
    layer: nn.transformer({ vocabulary: 5, positions: 4, features: 4, layers: 1, heads: 2 }),
    input: tokens,
  },
  {
    name: "unet",
    layer: nn.unet({ inChannels: 4, channels: [4, 4], layersPerLevel: 1, headChannels: 2 }),
    input: [2, 4, 4, 4],
    call: { time: 0.5 },
  },
];

const key = random.key(3);

/** A layer of either kind as (params, state, x) → [y, state]. */
function opened({ layer, call = {}, input }: Case): {
  readonly params: tree.Tree<Tensor>;
  readonly state: tree.Tree<Tensor>;
  readonly x: Tensor;
  run(p: unknown, s: unknown, x: Tensor, train?: boolean): [Tensor, unknown];
} {
  const made = layer.init(key, { dtype: "f64" }) as { params?: unknown; state?: unknown };
  const stateful = made.params !== undefined && made.state !== undefined;
  const x = Array.isArray(input)
    ? random.normal(random.key(1), input, { dtype: "f64" })
    : (input as Tensor);
  return {
    params: (stateful ? made.params : made) as tree.Tree<Tensor>,
    state: (stateful ? made.state : null) as tree.Tree<Tensor>,
    x,
    run: (p, s, z, train = true) =>
      stateful
        ? (layer as nn.StatefulLayer<unknown, unknown, object>).apply(p, s, z, { ...call, train })
        : [(layer as nn.Layer<unknown, object>).apply(p, z, call), null],
  };
}

const isFloat = (x: Tensor): boolean => x.dtype === "f64";
const structure = (t: unknown): string => tree.flatten(t as tree.Tree<unknown>).structure.key;

describe.each(cases)("$name", (entry) => {
  const { params, state, x, run } = opened(entry);

  test("begins the same for one key, in the dtype that is asked for", () => {
    const again = opened(entry);
    assertClose(again.params, params, { absolute: 0, relative: 0 });
    for (const leaf of tree.leaves(params)) expect(leaf.dtype).toBe("f64");
    const plain = entry.layer.init(key) as tree.Tree<Tensor>;
    for (const leaf of tree.leaves(plain)) expect(leaf.dtype).not.toBe("f64");
    // In f32 the layer computes in f32.
    const narrow = (t: tree.Tree<Tensor>): tree.Tree<Tensor> =>
      tree.map((leaf: Tensor) => (isFloat(leaf) ? leaf.cast("f32") : leaf), t) as tree.Tree<Tensor>;
    expect(run(narrow(params), narrow(state), isFloat(x) ? x.cast("f32") : x)[0].dtype).toBe("f32");
  });

  test("tells the roles of its axes, in the structure of its parameters", () => {
    const leaves = tree.leaves(params);
    const names = tree.names(params);
    const roles = names.map((name) =>
      name
        .split(".")
        .reduce((at, part) => (at as Record<string, unknown>)[part], entry.layer.dims as unknown),
    ) as nn.AxisRoles[];
    roles.forEach((role, i) => {
      const axes = [role.out ?? [], role.in ?? []].flat();
      const rank = leaves[i]?.shape.length ?? 0;
      // A matrix names every axis once; vectors name none.
      expect([names[i], [...axes].sort()]).toEqual([
        names[i],
        rank < 2 ? [] : [...Array(rank).keys()],
      ]);
    });
  });

  test("gives its parameters and state back from a file", () => {
    const bytes = nn.saveStateDict(params, state);
    const loaded = nn.loadVariables({ params, state }, bytes);
    assertClose(loaded.params, params, { absolute: 0, relative: 0 });
    assertClose(loaded.state, state, { absolute: 0, relative: 0 });
  });

  test("keeps the structure of its state in training, and the state itself otherwise", () => {
    const [, next] = run(params, state, x);
    expect(structure(next)).toBe(structure(state));
    const [, same] = run(params, next, x, false);
    assertClose(same, next, { absolute: 0, relative: 0 });
  });

  test("has the right derivatives", () => {
    if (entry.exact === false) return;
    checkGradients((p: unknown, z: Tensor) => run(p, state, z)[0], [params, x], {
      modes: ["reverse"],
      directions: 1,
    });
  });

  test("computes the same in jit and, for several inputs or parameters, in vmap", () => {
    // Fusion and batching may change the order of sums.
    const close = { relative: 1e-11, absolute: 1e-11 };
    const f = (p: unknown, z: Tensor): Tensor => run(p, state, z)[0];
    assertClose(jit(f)(params, x), f(params, x), close);
    const other = isFloat(x) ? x.mul(0.5) : x.flip(0);
    const mapped = vmap(f, { inAxes: [null, 0] } as never)(
      params as never,
      stack([x, other]) as never,
    );
    assertClose(mapped, stack([f(params, x), f(params, other)]), close);
    const scaled = tree.map((leaf: Tensor) => leaf.mul(1.25), params) as tree.Tree<Tensor>;
    const both = tree.map((a: Tensor, b: Tensor) => stack([a, b]), params, scaled);
    const byParams = vmap(f, { inAxes: [0, null] } as never)(both as never, x as never);
    assertClose(byParams, stack([f(params, x), f(scaled, x)]), close);
  });

  test("refuses inputs of other features in words", () => {
    if (!Array.isArray(entry.input)) return;
    const axis = entry.axis ?? 1;
    const wrong = random.normal(
      key,
      entry.input.map((n, i) => (i === axis ? n + 1 : n)),
    );
    expect(() => run(params, state, wrong)).toThrow(ShapeError);
    expect(() => run(params, state, wrong)).toThrow(/^\w+( \w+)?: .*\[.*\d.*\]/);
  });

  test("refuses lists, operands in another order and silence about training in words", () => {
    const apply = entry.layer.apply as (...operands: unknown[]) => unknown;
    const lead = state === null ? [params] : [params, state];
    const options = { ...entry.call, train: true };
    expect(() => apply(...lead, [[1, 2]], options)).toThrow(
      /^\w+( \w+)?: expected a tensor; got an array; wrap it in tensor\(\)$/,
    );
    expect(() => apply(...lead, params, options)).toThrow(
      /: expected a tensor; got an object; apply takes the parameters first$/,
    );
    if (state === null) return;
    expect(() => apply(...lead, x)).toThrow(/: expected { train: true } or { train: false }/);
  });

  test("is counted by summary", () => {
    const shape = Array.isArray(entry.input) ? entry.input : (entry.input as Tensor).shape;
    const found = nn.summary(entry.layer, shape, {
      dtype: Array.isArray(entry.input) ? "f32" : "i32",
      call: entry.call ?? {},
    });
    expect(found.parameters).toBe(tree.leaves(params).reduce((sum, leaf) => sum + leaf.size, 0));
    expect(found.rows.reduce((sum, r) => sum + r.parameters, 0)).toBe(found.parameters);
    expect(found.rows.at(-1)?.outputShape).toEqual(run(params, state, x)[0].shape);
  });
});
