import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import * as t from "../../src/index";
import { onEachDevice } from "./devices";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects garbage until a condition holds, or for ten seconds and more. */
async function collectUntil(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) {
    collect();
    // Finalizers run in turns of their own.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

onEachDevice("collection", (device) => {
  it("the memory of tensors that are gone is given back", async () => {
    const kept = t.arange(1000).to(device);
    await kept.data();
    await collectUntil(() => device.memory().buffers <= 1);
    expect(device.memory()).toEqual({ bytes: 4000, buffers: 1 });
    const make = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        const y = kept.add(i);
        await y.data();
        expect(device.memory().buffers).toBeGreaterThan(1);
        expect(y.size).toBe(1000);
      }
    };
    await make();
    await collectUntil(() => device.memory().buffers <= 1);
    expect(device.memory()).toEqual({ bytes: 4000, buffers: 1 });
    // The tensor that is still held kept its elements.
    expect((await kept.data())[999]).toBe(999);
  });

  it("a jitted function that is gone gives back its constants", async () => {
    await collectUntil(() => device.memory().buffers === 0);
    const before = device.memory().bytes;
    const use = async (): Promise<void> => {
      const table = t.arange(5000);
      const f = t.jit((x: t.Tensor) => x.add(table).sum(), { device });
      await f(t.tensor(1)).data();
      expect(device.memory().bytes).toBeGreaterThanOrEqual(before + 20_000);
    };
    await use();
    await collectUntil(() => device.memory().bytes <= before);
    // Less, when what earlier tests left was collected only now.
    expect(device.memory().bytes).toBeLessThanOrEqual(before);
  });
});
