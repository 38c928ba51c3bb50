import { expect, it } from "vitest";
import * as t from "../../src/index";
import { assertClose } from "../../src/testing";
import { onEachDevice } from "./devices";

const uniform = (seed: number, shape: readonly number[]): t.Tensor =>
  t.random.uniform(t.random.key(seed), shape).sub(0.5);

/** Shapes [batch…, m, k, n] that fill blocks of four and groups of threads, and that do not. */
const shapes: readonly (readonly [string, readonly number[]])[] = [
  ["a single product", [1, 1, 1]],
  ["two vectors", [1, 700, 1]],
  ["a column by a row", [5, 1, 9]],
  ["whole blocks", [16, 16, 16]],
  ["one more than whole blocks", [17, 17, 17]],
  ["one less than whole blocks", [15, 7, 31]],
  ["few elements with long sums, in parts that differ", [3, 5003, 6]],
  ["more parts than one kernel adds", [2, 20000, 2]],
  ["a tall matrix", [300, 9, 2]],
  ["a wide matrix", [2, 9, 300]],
  ["many threads", [70, 12, 130]],
  ["a batch", [3, 5, 6, 7]],
  ["two batch axes", [2, 3, 4, 33, 8]],
];

onEachDevice("matrix products", (device) => {
  /** Sums of products of ½ at most: some units in the last place of the sum of their sizes. */
  const bound = (depth: number): { absolute: number } => ({ absolute: 3e-8 * depth + 1e-6 });

  for (const [title, shape] of shapes) {
    const [m, k, n] = shape.slice(-3) as [number, number, number];
    const batch = shape.slice(0, -3);
    it(`of ${title} are the CPU's`, async () => {
      const a = uniform(1, [...batch, m, k]);
      const b = uniform(2, [...batch, k, n]);
      const steps = device.counters.cpuSteps;
      const y = t.matmul(a.to(device), b.to(device));
      assertClose(await y.to("cpu"), t.matmul(a, b), bound(k));
      expect(device.counters.cpuSteps).toBe(steps);
    });

    it(`of ${title} have the CPU's gradients`, async () => {
      const a = uniform(3, [...batch, m, k]);
      const b = uniform(4, [...batch, k, n]);
      const weight = uniform(5, [...batch, m, n]);
      const f = (a: t.Tensor, b: t.Tensor, weight: t.Tensor): t.Tensor =>
        t.matmul(a, b).mul(weight).sum();
      const gradient = t.grad(f, { argnums: [0, 1] });
      const expected = gradient(a, b, weight);
      const actual = t.jit(gradient, { device })(a, b, weight);
      for (const [i, depth] of [n, m].entries())
        assertClose(await actual[i]!.to("cpu"), expected[i]!, bound(depth));
    });
  }

  it("read operands that are transposed, reversed, strided and repeated where they are", async () => {
    const views = (a: t.Tensor, b: t.Tensor): t.Tensor[] => [
      t.matmul(a.transpose(), b),
      t.matmul(t.flip(a, 0).transpose(), t.at(b, t.range(), t.range(undefined, undefined, 3))),
      t.matmul(t.broadcastTo(t.at(a, t.range(0, 1)), [7, 12]), t.matmul(a.transpose(), b)),
    ];
    const [a, b] = [uniform(6, [20, 12]), uniform(7, [20, 31])];
    const expected = views(a, b);
    const actual = t.jit(views, { device })(a, b);
    for (const [i, y] of actual.entries()) assertClose(await y.to("cpu"), expected[i]!, bound(200));
  });

  it("without terms are zero, and without elements empty", async () => {
    const y = t.matmul(t.zeros([3, 0]).to(device), t.zeros([0, 4]).to(device));
    expect(Array.from(await y.data())).toEqual(new Array(12).fill(0));
    const empty = t.matmul(t.zeros([0, 5]).to(device), t.zeros([5, 4]).to(device));
    expect(empty.shape).toEqual([0, 4]);
    expect((await empty.data()).length).toBe(0);
  });

  it("of whole numbers are exact", async () => {
    const at = (seed: number, shape: number[]): t.Tensor =>
      t.random.randint(t.random.key(seed), shape, { low: -30000, high: 30000 });
    const [a, b] = [at(1, [5, 40]), at(2, [40, 7])];
    const y = t.matmul(a.to(device), b.to(device));
    expect(Array.from(await y.data())).toEqual(Array.from(await t.matmul(a, b).data()));
  });

  it("keep NaN and infinity to the elements that they reach", async () => {
    const a = t.eye(9).add(0).to(device);
    const b = t.tensor(Array.from({ length: 9 }, (_, i) => [i === 4 ? Number.NaN : i, i]));
    const y = Array.from(await t.matmul(a, b.to(device)).data());
    expect(y.filter((_, i) => i % 2 === 1)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(y.filter((_, i) => i % 2 === 0).every(Number.isNaN)).toBe(true);
  });
});
