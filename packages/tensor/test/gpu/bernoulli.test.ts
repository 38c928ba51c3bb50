import { expect, it } from "vitest";
import * as t from "../../src/index";
import * as random from "../../src/random";
import { onEachDevice } from "./devices";

const key = random.key(11);

/** Truth values from the words themselves, which other tests compare with the definition of Threefry. */
const expected = (p: readonly number[]): number[] =>
  Array.from(random.bits(key, [p.length]).dataSync(), (w, i) =>
    Number(w * 2 ** -32 < (p[i] as number)),
  );

onEachDevice("bernoulli", (device) => {
  it("has the CPU's bits, also for a word next to the probability, without a step there", async () => {
    const here = key.to(device);
    const words = Array.from(random.bits(key, [64]).dataSync());
    const { cpuSteps } = device.counters;
    for (const p of [
      0.5,
      0.1,
      0,
      1,
      2 ** -32,
      1 - 2 ** -32,
      ...words.slice(0, 3).flatMap((w) => [w * 2 ** -32, (w + 1) * 2 ** -32]),
    ]) {
      const y = random.bernoulli(here, [64], { p });
      expect([y.dtype, y.shape]).toEqual(["bool", [64]]);
      expect(Array.from(await y.data()), `p = ${p}`).toEqual(expected(words.map(() => p)));
    }
    expect(device.counters.cpuSteps).toBe(cpuSteps);
  });

  it("takes probabilities that live there, one for each element: 0 is never, 1 always", async () => {
    const { cpuSteps } = device.counters;
    const floats = [0, 1, 0.3, 1 - 2 ** -24, 2 ** -30, 0.75].map(Math.fround);
    const p = t.tensor(floats).to(device);
    const y = random.bernoulli(key.to(device), [50, 6], { p });
    const all = Array.from({ length: 300 }, (_, i) => floats[i % 6] as number);
    expect(Array.from(await y.data())).toEqual(expected(all));
    expect(device.counters.cpuSteps).toBe(cpuSteps);
  });

  it("works inside jit, with a traced key and a traced probability, and under vmap", async () => {
    const { cpuSteps } = device.counters;
    const mask = t.jit(
      (k: t.Tensor, p: t.Tensor) => [
        random.bernoulli(k, [100], { p }),
        random.bernoulli(k, [100], { p: 0.9 }),
        t.vmap((q: t.Tensor) => random.bernoulli(k, [3], { p: q }))(t.stack([p, p.mul(2)])),
      ],
      { device },
    );
    const float = Math.fround(0.2);
    const [traced, fixed, mapped] = mask(key, t.tensor(float));
    expect(Array.from(await (traced as t.Tensor).data())).toEqual(
      expected(new Array<number>(100).fill(float)),
    );
    expect(Array.from(await (fixed as t.Tensor).data())).toEqual(
      expected(new Array<number>(100).fill(0.9)),
    );
    expect(Array.from(await (mapped as t.Tensor).data())).toEqual([
      ...expected([float, float, float]),
      ...expected([2 * float, 2 * float, 2 * float]),
    ]);
    expect(device.counters.cpuSteps).toBe(cpuSteps);
  });

  it("works in a branch", async () => {
    const f = (k: t.Tensor, x: t.Tensor): t.Tensor =>
      t.cond(
        x.sum().greater(0),
        () => t.where(random.bernoulli(k, [40], { p: 0.1 }), 1, 2),
        () => t.zeros([40]),
      );
    const x = t.tensor([1, 2]);
    const y = t.jit(f, { device })(key, x);
    expect(await y.data()).toEqual(f(key, x).dataSync());
    expect(t.lower(f, { device })(key, x)).not.toContain("  cpu  ");
  });
});
