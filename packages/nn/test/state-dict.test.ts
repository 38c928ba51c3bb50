import { ArgumentError, ones, random, tensor, tree, zeros } from "@x/tensor";
import { readSafetensors, writeSafetensors } from "@x/tensor/io";
import { assertClose } from "@x/tensor/testing";
import { expect, test } from "vitest";
import {
  batchNorm,
  loadStateDict,
  loadVariables,
  mlp,
  resnet,
  saveStateDict,
  stateDict,
} from "../src/index";

const net = mlp([3, 4, 2]);
const like = net.init(random.key(0));
const other = net.init(random.key(1));

test("stateDict has the names of PyTorch, with the buffers of the state", () => {
  const { params, state } = resnet({
    stem: "cifar",
    widths: [4, 8],
    depths: [1, 1],
    classes: 3,
  }).init(random.key(0));
  const names = Object.keys(stateDict(params, state)).sort();
  const norm = (at: string): string[] =>
    ["bias", "num_batches_tracked", "running_mean", "running_var", "weight"].map(
      (n) => `${at}.${n}`,
    );
  const basic = (at: string): string[] => [
    ...norm(`${at}.bn1`),
    ...norm(`${at}.bn2`),
    `${at}.conv1.weight`,
    `${at}.conv2.weight`,
  ];
  expect(names).toEqual(
    [
      ...norm("bn1"),
      "conv1.weight",
      "fc.bias",
      "fc.weight",
      ...basic("layer1.0"),
      ...basic("layer2.0"),
      "layer2.0.downsample.0.weight",
      ...norm("layer2.0.downsample.1"),
    ].sort(),
  );
  expect(() => stateDict({ a: ones([1]) }, { a: ones([1]) })).toThrow(
    "stateDict: expected other names in the state",
  );
});

test("a file gives back what was saved", () => {
  assertClose(loadStateDict(like, saveStateDict(other)), other);
  const layer = batchNorm(2);
  const { params, state } = layer.init(random.key(0));
  const trained = layer.apply(params, state, random.normal(random.key(3), [5, 2]), {
    train: true,
  })[1];
  const bytes = saveStateDict({ ...params, weight: tensor([3, 4]) }, trained, {
    metadata: { epoch: "3" },
  });
  const back = loadVariables({ params, state }, bytes);
  expect(back.params.weight?.toArray()).toEqual([3, 4]);
  assertClose(back.state, trained);
  expect(back.state.num_batches_tracked.dtype).toBe("i32");
  expect(readSafetensors(bytes).metadata["epoch"]).toBe("3");
});

test("loadStateDict gives values the dtype of the tree", () => {
  const wide = tree.map((x) => x.cast("f64"), stateDict(other));
  const loaded = loadStateDict(like, writeSafetensors(wide));
  expect(loaded.layers[0]?.weight.dtype).toBe("f32");
  assertClose(loaded, other);
});

test("loadStateDict renames, leaves out and transposes", () => {
  const foreign = Object.fromEntries(
    Object.entries(stateDict(other)).map(([name, x]) => [
      `model.${name}`,
      x.shape.length === 2 ? x.T : x,
    ]),
  );
  const loaded = loadStateDict(
    like,
    { ...foreign, step: zeros([]) },
    {
      rename: (name) => (name.startsWith("model.") ? name.slice(6) : null),
      transpose: (name) => name.endsWith("weight"),
    },
  );
  assertClose(loaded, other);
});

test("loadStateDict tells all that does not fit at once, with the nearest names", () => {
  const { "layers.0.weight": first, "layers.1.bias": last, ...rest } = stateDict(other);
  const wrong = {
    ...rest,
    "layer.0.weight": first,
    "layers.1.weight": ones([2, 9]),
    zzz: last,
  } as Record<string, (typeof like.layers)[0]["weight"]>;
  expect(() => loadStateDict(like, wrong)).toThrow(
    "loadStateDict: expected the 4 tensors of the tree; missing: layers.0.weight (nearest: layer.0.weight), layers.1.bias; " +
      "unexpected: layer.0.weight (nearest: layers.0.weight), zzz; " +
      "of another shape: layers.1.weight is [2, 9], the tree has [2, 4]; use rename, transpose or strict: false",
  );
  expect(() => loadStateDict(like, {})).toThrow(ArgumentError);
});

test("loadStateDict keeps the tree's values where not strict, but not other shapes", () => {
  const partial = loadStateDict(
    like,
    { "layers.0.bias": ones([4]), extra: ones([1]) },
    { strict: false },
  );
  expect(partial.layers[0]?.bias?.toArray()).toEqual([1, 1, 1, 1]);
  assertClose(partial.layers[1], like.layers[1]);
  expect(() => loadStateDict(like, { "layers.0.bias": ones([5]) }, { strict: false })).toThrow(
    "of another shape: layers.0.bias is [5], the tree has [4]",
  );
});
