import { expect, it } from "vitest";
import * as t from "../../src/index";
import { isWebGl1, onEachDevice } from "./devices";

onEachDevice("argmax and argmin", (device) => {
  /** Both operations give the CPU's places, without a step on the CPU. */
  const both = async (x: t.Tensor, axis: number): Promise<void> => {
    const steps = device.counters.cpuSteps;
    for (const f of [t.argmax, t.argmin]) {
      const [actual, expected] = [f(x.to(device), axis), f(x, axis)];
      expect([actual.shape, actual.dtype]).toEqual([expected.shape, "i32"]);
      expect(Array.from(await actual.data())).toEqual(Array.from(expected.dataSync()));
    }
    expect(device.counters.cpuSteps).toBe(steps);
  };
  const scrambled = (count: number, n: number): number[] =>
    Array.from({ length: count }, (_, i) => ((i * 7919) % n) - Math.floor(n / 3));

  for (const dtype of ["f32", "i32", "u32", "u8", "bool"] as const) {
    it(`finds places along every axis of ${dtype}`, async () => {
      const x = t.cast(t.tensor(scrambled(120, 101), { dtype: "i32" }), dtype).reshape([4, 5, 6]);
      for (const axis of [0, 1, 2]) await both(x, axis);
      await both(x.T, 1);
    });
  }

  it("integers are compared in all their bits", async () => {
    const wild = [16777217, 16777216, -16777217, 2147483646, 2147483647, -2147483648, -2147483647];
    const x = t.tensor(wild, { dtype: "i32" });
    await both(x, 0);
    await both(t.cast(x, "u32"), 0);
  });

  it("the first among equals is found, and the first NaN before everything", async () => {
    await both(t.tensor([1, 3, 3, 0, 0, 3]), 0);
    await both(t.tensor([2, Number.NaN, Infinity, Number.NaN, -Infinity]), 0);
    await both(t.tensor([Infinity, -Infinity, Infinity, -Infinity]), 0);
    await both(t.tensor([-Infinity, -Infinity]), 0);
  });

  it("long axes take several passes, whose parts agree on the first among equals", async () => {
    const count = 70001;
    // Few values: each is met in every part.
    const x = t.tensor(scrambled(count, 7));
    await both(x, 0);
    const list = scrambled(count, 7);
    list[41234] = Number.NaN;
    list[69999] = Number.NaN;
    await both(t.tensor(list), 0);
    await both(t.tensor(scrambled(3 * 1500, 11)).reshape([3, 1500]), 1);
    await both(t.tensor(scrambled(3 * 1500, 11)).reshape([1500, 3]), 0);
  });

  it("places beyond 2^24 are exact", async () => {
    if (isWebGl1(device)) return;
    const data = new Uint8Array(2 ** 24 + 77);
    data[2 ** 24 + 1] = 5;
    data[2 ** 24 + 3] = 5;
    const x = t.tensor(data, { dtype: "u8" }).to(device);
    expect(await t.argmax(x, 0).data()).toEqual(Int32Array.of(2 ** 24 + 1));
  });
});
