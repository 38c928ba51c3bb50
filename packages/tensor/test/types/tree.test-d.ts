import { type Structure, type Tensor, type Tree, tensor, tree } from "@x/tensor";
import { flattenNames, unflattenNames } from "@x/tensor/io";
import { expectTypeOf, test } from "vitest";

interface Layer {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}
interface Network {
  layers: Layer[];
  next: Network | null;
}
type Flat = { w: Tensor; b: [Tensor, Tensor] };

declare const network: Network;
declare const flat: Flat;
declare const any: Tree<Tensor>;

test("map keeps the type of the tree", () => {
  const doubled = tree.map((x) => x.mul(2), flat);
  expectTypeOf(doubled).toEqualTypeOf<Flat>();
  expectTypeOf(tree.map((x) => x.size, flat)).toEqualTypeOf<{ w: number; b: [number, number] }>();
  const next: Flat = tree.map((p, g) => p.sub(g.mul(0.1)), flat, doubled);
  const negative: Tree<Tensor> = tree.map((x) => x.neg(), any);
  expectTypeOf(tree.map((x) => x + 1, { a: 1, b: [2, null] })).toEqualTypeOf<{
    a: number;
    b: (number | null)[];
  }>();
  void [next, negative];
});

test("map keeps interfaces", () => {
  const doubled: Network = tree.map((x: Tensor) => x.mul(2), network);
  const sum: Network = tree.map((x: Tensor, y: Tensor) => x.add(y), network, doubled);
  const sizes: Layer[] = tree.mapWithName((x: Tensor, name) => x.mul(name.length), network.layers);
  void [sum, sizes];
});

test("map refuses functions and trees that do not fit", () => {
  // @ts-expect-error a leaf is text
  tree.map((x: Tensor) => x.neg(), { w: tensor(1), name: "w" });
  const named: { w: Tensor; name: string } = { w: tensor(1), name: "w" };
  // @ts-expect-error a leaf is text
  tree.map((x: Tensor) => x.neg(), named);
  // @ts-expect-error leaves are numbers
  tree.map((x) => x.neg(), { a: 1 });
  // @ts-expect-error leaves of the second tree are of another type
  tree.map((x: Tensor, y: Tensor) => x.add(y), flat, { w: "1" });
  // @ts-expect-error the tree is missing
  tree.map((x: Tensor) => x);
});

test("leaves and folds see through arrays, objects and null", () => {
  expectTypeOf(tree.leaves(flat)).toEqualTypeOf<Tensor[]>();
  expectTypeOf(tree.leaves(network.layers)).toEqualTypeOf<Tensor[]>();
  expectTypeOf(tree.leaves({ a: 1, b: ["x", null] })).toEqualTypeOf<(string | number)[]>();
  expectTypeOf(tree.reduce((n, x) => n + x.size, flat, 0)).toEqualTypeOf<number>();
  expectTypeOf(tree.names(network)).toEqualTypeOf<string[]>();
  // @ts-expect-error leaves are tensors
  tree.reduce((n: number, x: string) => n + x.length, flat, 0);
});

test("flatten and unflatten are inverse in their types", () => {
  const { leaves, structure } = tree.flatten(any);
  expectTypeOf(leaves).toEqualTypeOf<Tensor[]>();
  expectTypeOf(structure).toEqualTypeOf<Structure>();
  expectTypeOf(tree.unflatten(structure, leaves)).toEqualTypeOf<Tree<Tensor>>();
  // @ts-expect-error leaves come second
  tree.unflatten(leaves, structure);
});

test("named leaves go back into the tree they came from", () => {
  const named = flattenNames(flat);
  expectTypeOf(named).toEqualTypeOf<Record<string, Tensor>>();
  expectTypeOf(unflattenNames(named, flat)).toEqualTypeOf<Flat>();
  const back: Network = unflattenNames(flattenNames(network.layers), network);
  void back;
});
