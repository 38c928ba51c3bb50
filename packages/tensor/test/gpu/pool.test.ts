import { expect, it } from "vitest";
import * as t from "../../src/index";
import { maxPool, type PoolParams, poolShape, sumPool } from "../../src/primitives/pool";
import { assertClose } from "../../src/testing";
import { onEachDevice } from "./devices";

/** Few different values, so that windows have ties. */
const values = (seed: number, shape: readonly number[]): t.Tensor =>
  t.sub(t.floor(t.random.uniform(t.random.key(seed), shape, { low: 0, high: 7 })), 3);

interface Case extends Partial<PoolParams> {
  readonly x: readonly number[];
  readonly window: readonly number[];
}

const parametersOf = ({ window, strides, padding, dilation }: Case): PoolParams => ({
  window,
  strides: strides ?? window,
  padding: padding ?? window.map(() => [0, 0] as const),
  dilation: dilation ?? window.map(() => 1),
});

const cases: Readonly<Record<string, Case>> = {
  "a line": { x: [3, 12], window: [3] },
  "a line without leading axes": { x: [7], window: [2] },
  "a line that windows do not fill": { x: [2, 2, 11], window: [4] },
  "overlapping windows": { x: [2, 13], window: [5], strides: [2] },
  "windows with gaps between them": { x: [2, 17], window: [2], strides: [5] },
  "images in windows of two": { x: [2, 3, 8, 10], window: [2, 2] },
  "overlapping, padded windows of images": {
    x: [2, 3, 9, 7],
    window: [3, 3],
    strides: [2, 1],
    padding: [
      [1, 1],
      [1, 2],
    ],
  },
  "spread windows of images": {
    x: [1, 2, 11, 12],
    window: [3, 2],
    strides: [2, 3],
    dilation: [2, 4],
    padding: [
      [2, 1],
      [0, 3],
    ],
  },
  "volumes in uneven windows": {
    x: [2, 5, 6, 7],
    window: [2, 3, 2],
    strides: [2, 1, 3],
    padding: [
      [0, 1],
      [1, 1],
      [1, 0],
    ],
  },
  "one window over everything": { x: [4, 6, 5], window: [6, 5] },
  "many images": { x: [70, 20, 6, 6], window: [2, 2] },
  "no images": { x: [0, 4, 4], window: [2, 2] },
};

onEachDevice("pooling", (device) => {
  /** Whole numbers below 2^24 are exact, in sums as in maxima. */
  const exact = { relative: 0, absolute: 0 };

  const same = async (f: (...x: t.Tensor[]) => t.Tensor, ...x: t.Tensor[]): Promise<void> => {
    const expected = f(...x);
    const steps = device.counters.cpuSteps;
    const actual = t.jit(f, { device })(...x);
    expect(actual.shape).toEqual(expected.shape);
    assertClose(await actual.to("cpu"), expected, exact);
    expect(device.counters.cpuSteps).toBe(steps);
  };

  for (const [title, c] of Object.entries(cases)) {
    const p = parametersOf(c);
    const outputs = poolShape(c.x, p);

    it(`of ${title}: sums are the CPU's, with their gradients`, async () => {
      const sums = (x: t.Tensor): t.Tensor => sumPool(x, p);
      await same(sums, values(1, c.x));
      const weighted = (x: t.Tensor, weight: t.Tensor): t.Tensor => t.sum(t.mul(sums(x), weight));
      await same(t.grad(weighted), values(2, c.x), values(3, outputs));
    });

    it(`of ${title}: maxima and their places are the CPU's, with their gradients`, async () => {
      await same((x) => maxPool(x, p)[0], values(4, c.x));
      await same((x) => maxPool(x, p)[1], values(5, c.x));
      const weighted = (x: t.Tensor, weight: t.Tensor): t.Tensor =>
        t.sum(t.mul(maxPool(x, p)[0], weight));
      await same(t.grad(weighted), values(6, c.x), values(7, outputs));
    });
  }

  it("reads operands that are transposed, reversed and repeated where they are", async () => {
    const views = (x: t.Tensor): t.Tensor =>
      sumPool(t.flip(t.transpose(x), [1]), parametersOf({ x: [], window: [2, 3] }));
    await same(views, values(8, [9, 8]));
    const row = (x: t.Tensor): t.Tensor =>
      maxPool(t.broadcastTo(x, [5, 6]), parametersOf({ x: [], window: [2, 2] }))[1];
    await same(row, values(9, [6]));
  });

  it("takes the first NaN of a window for its maximum, and −∞ where there is nothing more", async () => {
    const p = parametersOf({ x: [], window: [3] });
    const x = t.tensor([
      1,
      Number.NaN,
      7,
      -Infinity,
      -Infinity,
      -Infinity,
      2,
      Infinity,
      Number.NaN,
    ]);
    const [maxima, places] = maxPool(x.to(device), p);
    expect(Array.from(await maxima.data())).toEqual([Number.NaN, -Infinity, Number.NaN]);
    expect(Array.from(await places.data())).toEqual([1, 3, 8]);
  });

  it("maps over a batch of gradients as over each example", async () => {
    const f = (x: t.Tensor): t.Tensor =>
      t.sum(t.square(t.maxPool2d(x, { window: 3, strides: 2, padding: 1 })));
    await same(t.vmap(t.grad(f)), values(10, [4, 2, 9, 8]));
  });

  it("averages windows as the CPU does, padding or not", async () => {
    const x = t.random.normal(t.random.key(11), [2, 3, 9, 10]);
    for (const countPadding of [false, true]) {
      const f = (x: t.Tensor): t.Tensor =>
        t.avgPool2d(x, { window: 3, strides: 2, padding: 1, countPadding });
      // Nine terms of a few units, in the same order.
      assertClose(await t.jit(f, { device })(x).to("cpu"), f(x), {
        relative: 1e-6,
        absolute: 1e-6,
      });
    }
  });
});
