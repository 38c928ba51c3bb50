import { expect, it } from "vitest";
import * as t from "../../src/index";
import { threefry2x32 } from "../../src/internal/threefry";
import { randomBits } from "../../src/primitives/random-bits";
import * as random from "../../src/random";
import { onEachDevice } from "./devices";

const keys = [0, 0, 1, 2, 0xffffffff, 0xffffffff, 0x13198a2e, 0x03707344];

/** Words of the stream of a key, from the definition. */
const words = (k0: number, k1: number, count: number): number[] =>
  Array.from(
    { length: count },
    (_, i) => threefry2x32(k0, k1, Math.floor(i / 2), 0)[i % 2] as number,
  );

onEachDevice("random bits", (device) => {
  // Odd and even counts have kernels of their own.
  for (const count of [1, 2, 7, 64, 1001]) {
    it(`${count} words of each of four keys are those of Threefry`, async () => {
      const steps = device.counters.cpuSteps;
      const key = t.tensor(Uint32Array.from(keys), { shape: [4, 2] });
      const y = randomBits(key.to(device), count);
      expect([y.shape, y.dtype]).toEqual([[4, count], "u32"]);
      const expected = [0, 2, 4, 6].flatMap((i) =>
        words(keys[i] as number, keys[i + 1] as number, count),
      );
      expect(Array.from(await y.data())).toEqual(expected);
      expect(device.counters.cpuSteps).toBe(steps);
    });
  }

  it("counters above 2^16 carry into the upper half of the counter's word", async () => {
    const count = 2 ** 17 + 6;
    const y = await randomBits(t.tensor(Uint32Array.from([5, 6])).to(device), count).data();
    expect(Array.from(y.slice(-8))).toEqual(words(5, 6, count).slice(-8));
  });

  it("reads keys whose words lie apart", async () => {
    const turned = t.tensor(Uint32Array.from(keys), { shape: [2, 4] }).T;
    const y = await randomBits(turned.to(device), 4).data();
    expect(Array.from(y)).toEqual(Array.from(randomBits(turned, 4).dataSync()));
  });

  it("uniform numbers are the CPU's, bit for bit, without a step on the CPU", async () => {
    const draw = (key: t.Tensor): t.Tensor => random.uniform(key, [33]);
    const key = random.key(7);
    const steps = device.counters.cpuSteps;
    const y = await t.jit(draw, { device })(key).data();
    expect(Array.from(y)).toEqual(Array.from(draw(key).dataSync()));
    expect(device.counters.cpuSteps).toBe(steps);
  });
});
