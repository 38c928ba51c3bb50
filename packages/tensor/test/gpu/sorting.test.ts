import { describe, expect, it, vi } from "vitest";
import * as t from "../../src/index";
import { isWebGl1, onEachDevice } from "./devices";

// Drivers that compute on a busy CPU take seconds to compile the kernels of a sort.
vi.setConfig({ testTimeout: 180_000 });

const dtypes = ["f32", "i32", "u32", "u8", "bool"] as const;

/** Values with many ties, from a generator of its own (Lehmer's), so that nothing under test makes them. */
function values(dtype: t.DType, size: number, kinds: number): number[] {
  let state = 12345 + size;
  return Array.from({ length: size }, () => {
    state = (state * 48271) % 2147483647;
    const v = state % kinds;
    if (dtype === "f32") {
      if (v === 0) return Number.NaN;
      if (v === 1) return Infinity;
      if (v === 2) return -Infinity;
      return (v - kinds / 2) / 3;
    }
    if (dtype === "i32") return v === 0 ? -(2 ** 31) : v === 1 ? 2 ** 31 - 1 : v * 65537 - 90000;
    if (dtype === "u32") return v === 0 ? 2 ** 32 - 1 : v * 65537;
    return dtype === "bool" ? v % 2 : v % 256;
  });
}

const make = (dtype: t.DType, shape: readonly number[], kinds = 23): t.Tensor =>
  t.tensor(
    values(
      dtype,
      shape.reduce((n, d) => n * d, 1),
      kinds,
    ),
    { dtype, shape: [...shape] },
  );

onEachDevice("sorting", (device) => {
  /** Exactly the CPU's result, without a step there. */
  async function same(f: (...xs: t.Tensor[]) => t.Tensor, ...xs: t.Tensor[]): Promise<void> {
    const steps = device.counters.cpuSteps;
    const y = f(...xs.map((x) => x.to(device)));
    const expected = f(...xs);
    expect(y.dtype).toBe(expected.dtype);
    expect(y.shape).toEqual(expected.shape);
    expect(Array.from(await y.data())).toEqual(Array.from(expected.dataSync()));
    expect(device.counters.cpuSteps).toBe(steps);
  }

  describe.each(dtypes)("%s", (dtype) => {
    it("sort and argsort are the CPU's for rows of short and odd lengths", async () => {
      for (const n of [0, 1, 2, 3, 5, 8, 17]) {
        const x = make(dtype, [3, n], 7);
        await same((v) => t.sort(v), x);
        await same((v) => t.argsort(v), x);
      }
    });

    it("long rows, other axes, windows and descending order too, ties in order", async () => {
      const x = make(dtype, [2, 101]);
      await same((v) => t.sort(v), x);
      await same((v) => t.argsort(v), x);
      await same((v) => t.argsort(v, -1, { descending: true }), x);
      const y = make(dtype, [4, 9, 5]);
      await same((v) => t.argsort(v, 1), y);
      await same((v) => t.sort(t.flip(v, 1), 0), y);
      await same((v) => t.argsort(t.broadcastTo(v.at(1), [3, 9, 5]), 2), y);
    });

    it("topK is the CPU's for every k of short rows, and for few of long ones", async () => {
      for (const n of [1, 3, 8])
        for (let k = 0; k <= n; k++) {
          const x = make(dtype, [3, n], 7);
          await same((v) => t.topK(v, k).values, x);
          await same((v) => t.topK(v, k).indices, x);
        }
      const x = make(dtype, [300], 400);
      for (const k of [1, 20]) {
        await same((v) => t.topK(v, k).values, x);
        await same((v) => t.topK(v, k).indices, x);
      }
    });

    it("searchSorted is the CPU's on both sides, for one row and for rows of their own", async () => {
      const rows = t.sort(make(dtype, [4, 37], 11));
      const queries = make(dtype, [4, 29], 13);
      for (const side of ["left", "right"] as const) {
        await same((a, b) => t.searchSorted(a, b, side), rows.at(2), queries);
        await same((a, b) => t.searchSorted(a, b, side), rows, queries);
        await same((a, b) => t.searchSorted(a, b, side), rows, queries.at(0));
        await same((a, b) => t.searchSorted(a, b, side), t.zeros([0], { dtype }), queries);
      }
    });
  });

  it("rows whose elements lie beyond 2^24 are sorted exactly", async () => {
    // WebGL 1 refuses buffers of this length.
    if (isWebGl1(device)) return;
    const [rows, n] = [2 ** 23 + 3, 2];
    const data = Uint8Array.from({ length: rows * n }, (_, i) => (i * 7) % 251);
    const y = t.sort(t.tensor(data, { shape: [rows, n], dtype: "u8" }).to(device));
    const tail = t.range(rows - 300, rows);
    const expected = Array.from({ length: 300 }, (_, i) => {
      const from = (rows - 300 + i) * n;
      return Array.from(data.subarray(from, from + n)).sort((a, b) => a - b);
    });
    expect(Array.from(await y.at(tail).add(0).data())).toEqual(expected.flat());
  });

  it("takes no more kernels than the row's length has binary digits", async () => {
    const x = make("f32", [1000]).to(device);
    const before = device.counters.kernels;
    await t.sort(x).data();
    expect(device.counters.kernels - before).toBe(10);
  });

  it("the gradient of a sort runs on the device", async () => {
    const x = t.tensor([3, 1, 2, 1]);
    const f = (v: t.Tensor): t.Tensor => t.sort(v).mul([1, 2, 3, 4]).sum();
    const g = await t.grad(f)(x.to(device)).data();
    expect(Array.from(g)).toEqual([4, 1, 3, 2]);
  });
});
