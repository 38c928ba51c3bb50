import { expect, it } from "vitest";
import * as t from "../../src/index";
import { threefry2x32 } from "../../src/internal/threefry";
import * as random from "../../src/random";
import { deriveKeys } from "../../src/random/derive-keys";
import { streams } from "../../src/random/streams";
import { onEachDevice } from "./devices";

const keys = [0, 0, 1, 2, 0xffffffff, 0xffffffff, 0x13198a2e, 0x03707344];
const counters = [0, 1, 0xffff, 0x10000, 2 ** 24 + 1, 0x7fffffff, 0x80000000, 0xffffffff];

const u32 = (values: readonly number[], shape: readonly number[]): t.Tensor =>
  t.tensor(Uint32Array.from(values), { shape });

/** Keys of the counters, from the definition. */
const derived = (k0: number, k1: number, from: readonly number[], stream: number): number[] =>
  from.flatMap((c) => threefry2x32(k0, k1, c, stream));

const key = random.key(-5);

onEachDevice("keys from keys", (device) => {
  const { split, fold } = streams;
  for (const stream of [0, split, fold, 0xfffffffe]) {
    it(`derives the blocks of stream ${stream} for counters up to 2^32 − 1`, async () => {
      const steps = device.counters.cpuSteps;
      const parent = u32(keys.slice(6), [2]).to(device);
      const y = deriveKeys(parent, u32(counters, [8]).to(device), stream);
      expect([y.shape, y.dtype]).toEqual([[8, 2], "u32"]);
      const expected = derived(keys[6] as number, keys[7] as number, counters, stream);
      expect(Array.from(await y.data())).toEqual(expected);
      expect(device.counters.cpuSteps).toBe(steps);
    });
  }

  // One counter for each key, or several, need index arithmetic of their own.
  for (const each of [1, 2, 3]) {
    it(`${each} of each of four keys, with counters of their own`, async () => {
      const steps = device.counters.cpuSteps;
      const own = [0, 1, 2, 3].map((row) =>
        Array.from({ length: each }, (_, i) => counters[(3 * row + i) % 8] as number),
      );
      const parents = u32(keys, [2, 2, 2]).to(device);
      const y = deriveKeys(parents, u32(own.flat(), [2, 2, each]).to(device), fold);
      expect(y.shape).toEqual([2, 2, each, 2]);
      const expected = own.flatMap((row, i) =>
        derived(keys[2 * i] as number, keys[2 * i + 1] as number, row, fold),
      );
      expect(Array.from(await y.data())).toEqual(expected);
      expect(device.counters.cpuSteps).toBe(steps);
    });
  }

  it("reads keys and counters whose words lie apart or are repeated", async () => {
    const parents = u32(keys, [2, 4]);
    const run = (p: t.Tensor, c: t.Tensor): t.Tensor =>
      deriveKeys(p.T, t.flip(t.broadcastTo(c, [4, 8]), 1), split);
    const steps = device.counters.cpuSteps;
    const y = await run(parents.to(device), u32(counters, [8]).to(device)).data();
    expect(Array.from(y)).toEqual(Array.from(run(parents, u32(counters, [8])).dataSync()));
    expect(device.counters.cpuSteps).toBe(steps);
  });

  it("no counters give no keys", async () => {
    const y = deriveKeys(key.to(device), t.zeros([0], { dtype: "u32" }).to(device), split);
    expect(y.shape).toEqual([0, 2]);
    expect((await y.data()).length).toBe(0);
  });

  it("split, foldIn and vmap over keys inside jit are the CPU's, without a step there", async () => {
    const f = (k: t.Tensor, step: t.Tensor): t.Tensor => {
      const [a, b, c] = random.split(random.foldIn(k, step), 3);
      const each = t.vmap((x: t.Tensor) => random.foldIn(x, 2 ** 32 - 1))(t.stack([a, b]));
      return t.concat([each, c.reshape([1, 2])], 0);
    };
    const g = t.jit(f, { device });
    expect(t.lower(f, { device })(key, t.tensor(3, { dtype: "i32" }))).not.toContain("  cpu  ");
    for (const n of [0, 70000, 2 ** 31 - 1]) {
      const step = t.tensor(n, { dtype: "i32" });
      const { cpuSteps } = device.counters;
      const y = await g(key, step).data();
      expect(Array.from(y)).toEqual(Array.from(f(key, step).dataSync()));
      expect(device.counters.cpuSteps).toBe(cpuSteps);
    }
  });

  it("a training step with dropout keeps its key on the device", async () => {
    const x = random.normal(random.key(1), [16, 8]);
    const loss = (w: t.Tensor, k: t.Tensor): t.Tensor => {
      const kept = t.less(random.uniform(k, [16, 8]), 0.75);
      return t
        .matmul(t.where(kept, x.div(0.75), 0), w)
        .sub(1)
        .square()
        .mean();
    };
    const step = (w: t.Tensor, k: t.Tensor, i: t.Tensor): [t.Tensor, t.Tensor] => [
      w.sub(t.grad(loss)(w, random.foldIn(k, i)).mul(0.1)),
      i.add(1),
    ];
    const here = t.jit(step);
    const there = t.jit(step, { device });
    const start = (): [t.Tensor, t.Tensor] => [t.zeros([8]), t.tensor(0, { dtype: "i32" })];
    let [w, i] = start();
    let [v, j] = start();
    const { cpuSteps } = device.counters;
    const k = key.to(device);
    [v, j] = there(v, k, j);
    await device.sync();
    const { downloads, uploads } = device.counters;
    for (let n = 1; n < 5; n++) [v, j] = there(v, k, j);
    await device.sync();
    const copies = [device.counters.downloads - downloads, device.counters.uploads - uploads];
    expect([device.counters.cpuSteps - cpuSteps, ...copies]).toEqual([0, 0, 0]);
    for (let n = 0; n < 5; n++) [w, i] = here(w, key, i);
    const expected = Array.from(w.dataSync());
    // Other elements dropped would move the weights by tenths; sums of 16 floats differ by some 1e-7.
    for (const [n, value] of Array.from(await v.data()).entries()) {
      expect(Math.abs(value - (expected[n] as number))).toBeLessThan(1e-5);
    }
  });
});
