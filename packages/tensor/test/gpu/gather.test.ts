import { expect, it } from "vitest";
import * as t from "../../src/index";
import { gather } from "../../src/primitives/indexing";
import { isWebGl1, onEachDevice } from "./devices";

/** Lists in place of typed arrays, whose equality tells −0 from 0. */
const list = async (x: t.Tensor): Promise<number[]> => Array.from(await x.data(), (v) => v + 0);

onEachDevice("gather", (device) => {
  /** The device's result and the CPU's, with the steps that the CPU had to run. */
  const both = async (
    x: t.Tensor,
    index: t.Tensor,
    batchDims: number,
    axis: number,
  ): Promise<void> => {
    const steps = device.counters.cpuSteps;
    const expected = gather(x, index, batchDims, axis);
    const actual = gather(x.to(device), index.to(device), batchDims, axis);
    expect([actual.shape, actual.dtype]).toEqual([expected.shape, expected.dtype]);
    expect(await list(actual)).toEqual(await list(expected));
    expect(device.counters.cpuSteps).toBe(steps);
  };
  const numbers = (shape: number[], dtype: t.DType = "f32"): t.Tensor =>
    t.cast(
      t
        .arange(
          0,
          shape.reduce((n, d) => n * d, 1),
        )
        .reshape(shape),
      dtype,
    );

  for (const dtype of ["f32", "i32", "u32", "u8", "bool"] as const) {
    it(`takes elements of ${dtype}`, async () => {
      const x = t.cast(t.tensor([70001, -3, 0, 250, 2], { dtype: "i32" }), dtype);
      await both(x, t.tensor([4, 0, 1, 1, 3, 2], { dtype: "i32" }), 0, 0);
    });
  }

  it("takes slices along every axis, with shared leading axes or none", async () => {
    const x = numbers([2, 3, 4, 5]);
    const index = t.tensor(
      [
        [2, 0, 1],
        [1, 1, 0],
      ],
      { dtype: "i32" },
    );
    for (const axis of [0, 1, 2, 3]) await both(x, index, 0, axis);
    for (const axis of [1, 2, 3]) await both(x, index, 1, axis);
    const two = t.tensor(
      [
        [[1], [0], [2]],
        [[3], [3], [1]],
      ],
      { dtype: "i32" },
    );
    for (const axis of [2, 3]) await both(x, two, 2, axis);
  });

  it("a scalar index drops the axis", async () => {
    await both(numbers([3, 4]), t.tensor(1, { dtype: "i32" }), 0, 1);
  });

  it("an index out of range counts as the nearer end", async () => {
    const x = numbers([5]);
    const wild = [-1, 5, -2147483648, 2147483647, 65536, -65536, 65540, 4];
    await both(x, t.tensor(wild, { dtype: "i32" }), 0, 0);
    await both(x, t.cast(t.tensor(wild, { dtype: "i32" }), "u32"), 0, 0);
  });

  it("reads views: turned, reversed and repeated operands", async () => {
    const x = numbers([4, 6]);
    const index = t.tensor([3, 1, 2], { dtype: "i32" });
    await both(x.T, index, 0, 0);
    await both(
      x.at(t.range(undefined, undefined, -1), t.range(1, 6, 2)),
      index.at(t.range(undefined, undefined, -1)),
      0,
      0,
    );
    await both(t.broadcastTo(t.tensor([1, 2, 3, 4]), [3, 4]), index, 0, 1);
  });

  it("an empty list of places takes nothing", async () => {
    const y = gather(numbers([3, 4]).to(device), t.zeros([0], { dtype: "i32" }).to(device), 0, 1);
    expect(y.shape).toEqual([3, 0]);
    expect(await list(y)).toEqual([]);
  });

  it("finds elements beyond 2^24, which a float index would miss", async () => {
    if (isWebGl1(device)) return;
    const size = 2 ** 24 + 4099;
    const data = Uint8Array.from({ length: size }, (_, i) => i % 251);
    const places = [0, 2 ** 24 - 1, 2 ** 24, 2 ** 24 + 1, 2 ** 24 + 4097, size - 1, size, -5];
    const x = t.tensor(data, { dtype: "u8" }).to(device);
    const y = gather(x, t.tensor(places, { dtype: "i32" }).to(device), 0, 0);
    const inside = (i: number): number => Math.min(Math.max(i, 0), size - 1) % 251;
    expect(await list(y)).toEqual(places.map(inside));
  });

  it("a jitted lookup and its gradient stay on the device", async () => {
    const table = numbers([7, 3]);
    const index = t.tensor([6, 0, 6, 2], { dtype: "i32" });
    const loss = (w: t.Tensor, i: t.Tensor): t.Tensor => t.take(w, i, 0).square().sum();
    const step = t.jit(t.grad(loss), { device });
    const steps = device.counters.cpuSteps;
    expect(await list(step(table, index) as t.Tensor)).toEqual(
      await list(t.grad(loss)(table, index) as t.Tensor),
    );
    expect(device.counters.cpuSteps).toBe(steps);
  });
});
