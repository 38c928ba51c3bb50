import { jit, random, ShapeError, stack, type Tensor, tree, vmap } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import * as nn from "../src/index";
import { layerKey as key, layerCases, openLayer as opened } from "./support/layer-cases";

const isFloat = (x: Tensor): boolean => x.dtype === "f64";
const structure = (t: unknown): string => tree.flatten(t as tree.Tree<unknown>).structure.key;

describe.each(layerCases)("$name", (entry) => {
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
    expect(() => run(params, state, wrong)).toThrow(/^([\w.]+: )?\w+( \w+)?: .*\[.*\d.*\]/);
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
