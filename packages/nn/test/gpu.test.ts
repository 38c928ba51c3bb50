import { jit, random, type Tensor, tensor, tree, valueAndGradWithAux } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { expect, test, vi } from "vitest";
import { devices, onEachDevice } from "../../tensor/test/gpu/devices";
import * as nn from "../src/index";
import { type LayerCase, layerCases, openLayer } from "./support/layer-cases";

// Each program compiles its kernels first, for seconds where a CPU plays the GPU's part and has other work.
vi.setConfig({ testTimeout: 240_000 });

const key = random.key(6);
const plain = (apply: (x: Tensor) => Tensor): nn.Layer<object> => ({
  init: () => ({}),
  apply: (_, x) => apply(x),
  dims: {},
});
const labels = tensor([2, 0, 1], { dtype: "i32" });

/** What the contract of layers does not have. */
const more: readonly LayerCase[] = [
  { name: "powerNormV", layer: nn.powerNormV({ features: 4 }), input: [6, 4] },
  {
    name: "instanceNorm with statistics",
    layer: nn.instanceNorm(4, { trackStats: true }) as LayerCase["layer"],
    input: [2, 4, 3, 3],
  },
  { name: "learnedPositions", layer: nn.learnedPositions(6, 4), input: [2, 5, 4] },
  {
    name: "dropout",
    layer: nn.dropout(0.5),
    input: [6, 4],
    call: { train: true, key },
  },
  { name: "rope", layer: plain((x) => nn.rope(x)), input: [2, 5, 4] },
  { name: "timeEmbedding", layer: plain((x) => nn.timeEmbedding(x, 6)), input: [5] },
  { name: "resize, nearest", layer: plain((x) => nn.resize(x, [5, 6])), input: [1, 2, 3, 3] },
  {
    name: "resize, linear",
    layer: plain((x) => nn.resize(x, [5, 6], { method: "linear" })),
    input: [1, 2, 3, 3],
  },
  {
    name: "attention by blocks of keys",
    layer: plain((x) => nn.attention(x, x.mul(0.5), x, { block: 3, causal: true })),
    input: [2, 7, 4],
  },
  { name: "gru", layer: recurrent(nn.gru(4, 3)), input: [2, 5, 4] },
  { name: "lstm", layer: recurrent(nn.lstm(4, 3, { bidirectional: true })), input: [2, 5, 4] },
  ...Object.entries(nn)
    .filter(([name]) => ["mish", "selu", "hardSigmoid", "hardSwish"].includes(name))
    .map(([name, f]) => ({ name, layer: plain(f as (x: Tensor) => Tensor), input: [3, 4] })),
  {
    name: "loss.crossEntropy",
    layer: plain((x) => nn.loss.crossEntropy(x, labels)),
    input: [3, 4],
  },
  {
    name: "loss.ctc",
    layer: plain((x) => nn.loss.ctc(nn.logSoftmax(x), tensor([[1, 2]], { dtype: "i32" }))),
    input: [1, 6, 4],
  },
];

/** The outputs of a recurrent network. */
function recurrent<P>(cell: {
  init(key: Tensor): P;
  apply(params: P, x: Tensor): readonly [Tensor, unknown];
  readonly dims: nn.Dims<P>;
}): nn.Layer<P> {
  return {
    init: (k) => cell.init(k),
    apply: (params, x) => cell.apply(params, x)[0],
    dims: cell.dims,
  };
}

const isFloat = (x: Tensor): boolean => x.dtype === "f32";

/**
 * Layers are up to a hundred operations, each within 4 · 10⁻⁶ of the CPU's on a device, and a normalisation by a small
 * deviation enlarges what came before it. Errors are shares of a tensor's largest element, as sums cancel; a gradient
 * that cancels to nothing, such as that of a bias before a normalisation, keeps the errors of its terms, which are
 * shares of the largest element of all.
 */
const bound = { own: 1e-4, all: 1e-6 };

async function assertNear(actual: unknown, expected: unknown): Promise<void> {
  const a = tree.flatten(actual as tree.Tree<Tensor>);
  const e = tree.flatten(expected as tree.Tree<Tensor>);
  expect(a.structure.key).toBe(e.structure.key);
  const largest = (x: Tensor): number =>
    x.size === 0 ? 0 : Math.max(...Array.from(x.dataSync(), (v) => Math.abs(Number(v))));
  const all = Math.max(...e.leaves.map(largest));
  for (const [i, x] of e.leaves.entries()) {
    const y = await (a.leaves[i] as Tensor).to("cpu");
    assertClose(y, x, { relative: 0, absolute: bound.own * largest(x) + bound.all * all });
  }
}

onEachDevice("every layer", (device) => {
  for (const entry of [...layerCases, ...more]) {
    // Networks are made of the other layers and take most of the time: one backend is enough.
    if ("parts" in entry.layer && device !== devices[0]) continue;
    test(`${entry.name} gives on the device what it gives on the CPU`, async () => {
      const { params, state, x, run } = openLayer(entry, "f32");
      const weights = (y: Tensor): Tensor => random.normal(key, y.shape);
      const loss = (p: unknown, z: Tensor, s: unknown): [Tensor, unknown] => {
        const [y, next] = run(p, s, z);
        return [y.mul(weights(y)).sum(), [y, next]];
      };
      const argnums = isFloat(x) ? [0, 1] : [0];
      const step = valueAndGradWithAux(loss as never, { argnums } as never) as unknown as (
        ...operands: unknown[]
      ) => unknown;
      const expected = step(params, x, state);
      const there = (t: tree.Tree<Tensor>): tree.Tree<Tensor> =>
        tree.map((leaf: Tensor) => leaf.to(device), t) as tree.Tree<Tensor>;
      const operands = [there(params), x.to(device), there(state)];
      const { cpuSteps } = device.counters;
      await assertNear(jit(step, { device })(...operands), expected);
      await assertNear(run(operands[0], operands[2], x.to(device)), run(params, state, x));
      expect(device.counters.cpuSteps, "steps on the CPU").toBe(cpuSteps);
    });
  }

  test("dropout draws there what it draws on the CPU, with a key of each step", async () => {
    const layer = nn.dropout(0.25);
    const step = (k: Tensor, x: Tensor): Tensor =>
      layer.apply({}, x, { train: true, key: random.foldIn(k, 3) });
    const x = random.normal(key, [7, 9]);
    const { cpuSteps } = device.counters;
    const y = await jit(step, { device })(key.to(device), x.to(device)).data();
    expect(device.counters.cpuSteps).toBe(cpuSteps);
    assertClose(tensor(y).reshape([7, 9]), step(key, x), { relative: 1e-6, absolute: 0 });
  });
});
