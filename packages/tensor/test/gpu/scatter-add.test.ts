import { expect, it } from "vitest";
import * as t from "../../src/index";
import { scatterAdd } from "../../src/primitives/indexing";
import { assertClose } from "../../src/testing";
import { onEachDevice } from "./devices";

/** Whole numbers 0 … n − 1 without a pattern. */
const scrambled = (count: number, n: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * 7919 + (i % 13) * 104729) % n);

const places = (list: readonly number[], shape: number[] = [list.length]): t.Tensor =>
  t.tensor(Int32Array.from(list), { shape });

onEachDevice("scatterAdd", (device) => {
  /** The device's sums and the CPU's, made without a step on the CPU. */
  const both = async (
    updates: t.Tensor,
    index: t.Tensor,
    batchDims: number,
    axis: number,
    size: number,
  ): Promise<readonly [t.Tensor, t.Tensor]> => {
    const steps = device.counters.cpuSteps;
    const expected = scatterAdd(updates, index, batchDims, axis, size);
    const actual = scatterAdd(updates.to(device), index.to(device), batchDims, axis, size);
    const read = await actual.to("cpu");
    expect([read.shape, read.dtype]).toEqual([expected.shape, expected.dtype]);
    expect(device.counters.cpuSteps).toBe(steps);
    return [read, expected];
  };
  /** Sums of whole numbers, which are exact in any order. */
  const same = async (...args: Parameters<typeof both>): Promise<void> => {
    const [actual, expected] = await both(...args);
    expect(Array.from(actual.dataSync())).toEqual(Array.from(expected.dataSync()));
  };
  const numbers = (shape: number[], dtype: t.DType = "f32"): t.Tensor =>
    t.cast(t.arange(1, 1 + shape.reduce((n, d) => n * d, 1)).reshape(shape), dtype);

  for (const dtype of ["f32", "i32", "u32"] as const) {
    it(`adds elements of ${dtype}, and drops those out of range`, async () => {
      const index = places([3, 0, -1, 3, 4, 2147483647, -2147483648, 3]);
      await same(numbers([8], dtype), index, 0, 0, 4);
      await same(numbers([8], dtype), t.cast(index, "u32"), 0, 0, 4);
    });
  }

  it("adds slices along every axis, with shared leading axes or none", async () => {
    const index = places([2, 0, 1, 1, 1, 0], [2, 3]);
    await same(numbers([2, 3, 4]), index, 0, 0, 3);
    await same(numbers([4, 2, 3]), index, 0, 1, 5);
    await same(numbers([2, 4, 3, 2]), index, 1, 2, 4);
  });

  it("reads turned and repeated updates", async () => {
    await same(numbers([3, 5]).T, places([1, 0, 1, 6, 6]), 0, 0, 7);
    await same(t.broadcastTo(t.tensor(2), [6]), places([1, 0, 1, 2, 2, 2]), 0, 0, 4);
  });

  it("sums in the order of the updates while one thread makes an output: the CPU's bits", async () => {
    const updates = t.sin(numbers([200, 3]));
    await same(updates, places(scrambled(200, 17)), 0, 0, 17);
  });

  it("many updates of few places are summed in parts", async () => {
    const count = 30011;
    await same(numbers([count], "i32"), places(scrambled(count, 11)), 0, 0, 10);
  });

  for (const dtype of ["f32", "i32"] as const) {
    it(`many updates of ${dtype} to many places are sorted first`, async () => {
      const [count, size] = [3001, 2503];
      // Sums stay below 2^24, so floats are exact as well.
      const updates = t.cast(t.tensor(scrambled(count * 4, 999)).reshape([count, 4]), dtype);
      await same(updates, places(scrambled(count, size + 5)), 0, 0, size);
    });
  }

  it("sorted updates may all fall on one place, or in one block of places", async () => {
    const [count, size] = [5003, 3511];
    const ones = t.ones([count], { dtype: "f32" });
    for (const at of [0, size - 1, size, 1024]) {
      await same(ones, places(new Array<number>(count).fill(at)), 0, 0, size);
    }
    // Ranges that begin and end anywhere in the blocks of the tree.
    const steps = scrambled(count, count).map((i) => Math.floor(Math.sqrt(i)));
    await same(numbers([count], "i32"), places(steps), 0, 0, size);
  });

  it("sorted updates with shared leading axes, and others around the places", async () => {
    const [count, size] = [1501, 1009];
    const index = places(scrambled(2 * count, size), [2, count]);
    const updates = t.tensor(scrambled(2 * 3 * count * 2, 99)).reshape([2, 3, count, 2]);
    await same(updates, index, 1, 2, size);
  });

  it("sums of many fractions are as near as sums in f64 would have them", async () => {
    const [count, size] = [40000, 600];
    const updates = t.sin(numbers([count]));
    const index = scrambled(count, size);
    const values = updates.dataSync();
    const exact = new Float64Array(size);
    index.forEach((k, i) => {
      exact[k] = (exact[k] as number) + (values[i] as number);
    });
    const [actual] = await both(updates, places(index), 0, 0, size);
    // 67 numbers up to 1 in each sum, which stays below 67: 2^-24 of it for each of a few levels.
    assertClose(actual, t.tensor(exact, { dtype: "f32" }), { relative: 0, absolute: 2e-5 });
  });

  it("counts and sums by segment have kernels throughout", async () => {
    const steps = device.counters.cpuSteps;
    const ids = places([2, 0, 2, 5]);
    const count = t.jit((i: t.Tensor) => t.bincount(i, { length: 6 }), { device });
    expect(Array.from(await count(ids).data())).toEqual([1, 0, 2, 0, 0, 1]);
    const sums = t.jit((x: t.Tensor, i: t.Tensor) => t.segmentSum(x, i, 6), { device });
    expect(Array.from(await sums(t.tensor([1, 2, 3, 4]), ids).data())).toEqual([2, 0, 4, 0, 0, 4]);
    expect(device.counters.cpuSteps).toBe(steps);
  });

  it("nothing to add gives zeros", async () => {
    const y = scatterAdd(t.zeros([0]).to(device), places([]).to(device), 0, 0, 3);
    expect(Array.from(await y.data())).toEqual([0, 0, 0]);
  });
});
