import { matmul, type Tensor, tensor, zeros } from "@x/tensor";
import { expect, test } from "vitest";
import { checkSameLayout } from "../../src/core/same-layout";
import {
  adam,
  type GradientTransformation,
  Optimizer,
  sgd,
  skipNonFinite,
  train,
} from "../../src/index";
import { optimizers } from "../contract/optimizers";
import { begin, stepOf } from "../contract/run";

interface Params {
  readonly layers: readonly { readonly weight: Tensor }[];
}

const network = (inputs: number, dtype: "f32" | "f64" = "f32"): Params => ({
  layers: [{ weight: zeros([inputs, 8], { dtype }) }],
});

const run = async (params: Params, optimizer: GradientTransformation, resume?: Uint8Array) => {
  let bytes: Uint8Array = new Uint8Array();
  const result = await train({
    params,
    loss: ({ layers: [first] }: Params, x: Tensor) =>
      matmul(x, (first as { weight: Tensor }).weight)
        .sub(1)
        .square()
        .mean(),
    optimizer,
    batch: () => tensor([Array(params.layers[0]?.weight.shape[0]).fill(1)]),
    steps: resume === undefined ? 2 : 4,
    checkpoint: {
      every: 100,
      save: (saved) => {
        bytes = saved;
      },
    },
    ...(resume && { resume }),
  });
  return { bytes, result };
};

test("train goes on only with the parameters of the checkpoint, naming the leaf that differs", async () => {
  const { bytes } = await run(network(16), adam(0.1));
  expect((await run(network(16), adam(0.1), bytes)).result.step).toBe(4);
  await expect(run(network(17), adam(0.1), bytes)).rejects.toThrow(
    "train: resume holds another training: layers.0.weight is [16, 8] there, [17, 8] in params; go on with",
  );
  await expect(run(network(16, "f64"), adam(0.1), bytes)).rejects.toThrow(
    "layers.0.weight is f32 there, f64 in params",
  );
  const deeper = { layers: [...network(16).layers, { weight: zeros([8]) }] };
  await expect(run(deeper, adam(0.1), bytes)).rejects.toThrow(
    "layers.1.weight is missing there, [8] in params",
  );
  const { bytes: deep } = await run(deeper, adam(0.1));
  await expect(run(network(16), adam(0.1), deep)).rejects.toThrow(
    "layers.1.weight is [8] there, missing in params",
  );
});

test("train goes on only with the optimiser of the checkpoint", async () => {
  const { bytes } = await run(network(3), adam(0.1));
  for (const other of [sgd(0.1, { momentum: 0.9 }), skipNonFinite(adam(0.1))]) {
    await expect(run(network(3), other, bytes)).rejects.toThrow(
      /train: resume holds another training: .* the optimizer's state; go on with/,
    );
  }
});

test("Optimizer.restore refuses what another network or optimiser saved", () => {
  const saved = new Optimizer(adam(0.1), network(16)).save();
  new Optimizer(adam(0.2), network(16)).restore(saved);
  expect(() => new Optimizer(adam(0.1), network(17)).restore(saved)).toThrow(
    "Optimizer.restore: the bytes hold another training: layers.0.weight is [16, 8] there, [17, 8] in params",
  );
  const other = new Optimizer(sgd(0.1, { momentum: 0.9 }), network(16));
  const before = other.state;
  expect(() => other.restore(saved)).toThrow("Optimizer.restore: the bytes hold another training");
  expect(other.state).toBe(before);
});

test.each(optimizers)("the state of $name after a step may stand for a fresh one", ({ make }) => {
  const t = make(0.01);
  const start = begin(t, {
    w: tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    v: tensor([1, -1]),
  });
  const next = stepOf(t, ({ w, v }) =>
    (w as Tensor)
      .square()
      .sum()
      .add((v as Tensor).square().sum()),
  )(start);
  checkSameLayout(next.state, start.state, { refusal: "test", name: "a fresh state" });
});
