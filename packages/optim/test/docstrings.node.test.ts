import * as tensors from "@x/tensor";
import { expect, test } from "vitest";
import {
  docstringExamples,
  expectShown,
  runExample,
} from "../../../tooling/testing/docstring-examples";
import * as optim from "../src/index";

const { matmul, ones, random, tensor, zeros } = tensors;

/** What an example speaks of without making it. */
const given = () => {
  const params = {
    w: tensor([
      [1, 2, 0],
      [3, 4, 1],
    ]),
    b: tensor([0.5, -1]),
  };
  const loss = (p: typeof params) => p.w.square().sum().add(p.b.square().sum());
  const key = random.key(0);
  return {
    key,
    params,
    grads: params,
    loss,
    problem: {
      upper: (_: tensors.Tensor, y: tensors.Tensor) => y.sub(0.5).square(),
      lower: (x: tensors.Tensor, y: tensors.Tensor) => y.sub(x).square(),
    },
    x: tensor(3),
    y: tensor(0),
    batches: [null, null],
    batch: { size: 8 },
    evaluate: () => {},
  };
};

const rows = { x: random.normal(random.key(0), [40, 3]), y: ones([40]) };
const layers = [1, 2, 3].map((seed) => random.normal(random.key(seed), [4, 4]));
const blockLoss = (ws: tensors.Tensor[], x: tensors.Tensor) =>
  ws
    .reduce((h, w) => matmul(h, w), x)
    .square()
    .mean();
const blocks = (path: readonly string[]) => 1 + Number(path[0]);
const twoLayers = (_key: tensors.Tensor, width: number) => ({
  hidden: zeros([width, width]),
  head: zeros([10, width]),
});

/** By source file, where the above will not do. */
const special: Readonly<Record<string, () => Readonly<Record<string, unknown>>>> = {
  "batch-size/adaptive-batches.ts": () => ({
    ...rows,
    params: null,
    controller: optim.batchSizeController({ max: 40, growthCap: 1000, eta: 0.01 }),
    gradients: (_: null, { x }: typeof rows) => x,
  }),
  "train/train.ts": () => rows,
  "drop-muon/truncated-backward.ts": () => ({
    loss: blockLoss,
    w1: layers[0],
    w2: layers[1],
    w3: layers[2],
    x: ones([2, 4]),
  }),
  "drop-muon/drop-muon.ts": () => ({
    loss: blockLoss,
    blocks,
    params: layers,
    x: ones([2, 4]),
    before: optim.dropMuon({ blocks, numBlocks: 3 }).init(layers),
  }),
  "mup/mup.ts": () => ({ init: twoLayers }),
  "baselines/lbfgs.ts": () => ({ state: optim.lbfgs().init(given().params) }),
  "baselines/sophia.ts": () => ({ state: optim.sophia(1e-3).init(given().params) }),
  "baselines/sam.ts": () => ({
    state: optim.sam(optim.sgd(0.1, { momentum: 0.9 })).init(given().params),
  }),
  "baselines/schedule-free.ts": () => ({
    state: optim.scheduleFree(optim.sgd(1)).init(given().params),
  }),
  "baselines/weight-average.ts": () => ({ state: optim.weightMean().init(given().params) }),
  "scale-by-samples.ts": () => ({
    state: optim.chain(optim.scaleByAdagradNorm(), optim.scaleBySamples(0.05)).init(given().params),
  }),
  "elr-loss.ts": () => ({
    logits: zeros([2, 10]),
    labels: tensor([3, 4], { dtype: "i32" }),
    indices: tensor([0, 1], { dtype: "i32" }),
  }),
};

/** These show lines of a larger program. */
const fragments = [
  "network(width, seed)",
  "{ muon: …, adam: … }",
  "= deserialize(bytes)",
  'mapLeaves("freeze"',
];

const examples = docstringExamples(new URL("../src/", import.meta.url)).filter(
  ({ code }) => !fragments.some((part) => code.includes(part)),
);

test("there are examples in the docstrings", () => {
  expect(examples.length).toBeGreaterThan(70);
});

test.each(examples)("$file: $code", async (example) => {
  const scope = {
    ...tensors,
    ...optim,
    ...optim.bilevelProblems,
    ...given(),
    ...special[example.file]?.(),
  };
  for (const shown of await runExample(example, scope)) expectShown(shown);
});
