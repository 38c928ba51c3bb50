import { random, type Tensor, tree } from "@x/tensor";
import { expect, test } from "vitest";
import {
  type AxisRoles,
  init,
  learnedPositions,
  mlp,
  resnet,
  transformer,
  withInit,
} from "../src/index";

const key = random.key(0);

/** Names of parameters whose dims say a role, with it. */
const rolesOf = (dims: unknown, params: unknown): string[] =>
  tree.names(params as tree.Tree<Tensor>).flatMap((name) => {
    const found = name.split(".").reduce((at, part) => (at as Record<string, unknown>)[part], dims);
    const { role } = found as AxisRoles;
    return role === undefined ? [] : [`${name}: ${role}`];
  });

test("dims say which matrices are embeddings and output layers", () => {
  const plain = mlp([3, 4, 4, 2]);
  expect(rolesOf(plain.dims, plain.init(key))).toEqual(["layers.2.weight: output"]);
  const images = resnet({ stem: "cifar", widths: [4], depths: [1], classes: 2 });
  expect(rolesOf(images.dims, images.init(key).params)).toEqual(["fc.weight: output"]);
  const sizes = { vocabulary: 5, positions: 4, features: 4, layers: 1, heads: 1 };
  const text = transformer(sizes);
  expect(rolesOf(text.dims, text.init(key))).toEqual([
    "wpe.weight: embedding",
    "wte.weight: embedding",
  ]);
  expect(learnedPositions(4, 2).dims.weight.role).toBe("embedding");
});

test("initialisers reach matrices whose dims say a role", () => {
  const net = withInit(mlp([3, 4, 2]), (_, shape) => random.normal(key, shape).mul(0).add(7));
  const params = net.init(key);
  expect(params.layers.map(({ weight }) => weight.mean().item())).toEqual([7, 7]);
  expect(params.layers[1]?.bias?.abs().toArray()).toEqual([0, 0]);
  const orthogonal = withInit(mlp([4, 4]), init.orthogonal).init(key).layers[0]?.weight as Tensor;
  expect(orthogonal.square().sum().item()).toBeCloseTo(4, 5);
});
