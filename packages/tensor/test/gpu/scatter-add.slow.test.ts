import { expect, it } from "vitest";
import * as t from "../../src/index";
import { isWebGl1, onEachDevice } from "./devices";

onEachDevice("scatterAdd to very many places", (device) => {
  // The second list is sorted first, as so many outputs could not look at all of it.
  for (const extra of [0, 70]) {
    it(`places beyond 2^24 are told apart among ${3 + extra} updates`, async () => {
      if (isWebGl1(device)) return;
      const steps = device.counters.cpuSteps;
      const size = 2 ** 24 + 7;
      const list = [2 ** 24 + 1, 2 ** 24, 2 ** 24 + 1, ...new Array<number>(extra).fill(size)];
      const updates = t.arange(1, 1 + list.length).to(device);
      const index = t.tensor(list, { dtype: "i32" }).to(device);
      const y = t.scatterAdd(updates, index, size);
      const end = y.at(t.range(2 ** 24 - 2, size));
      expect(Array.from(await end.add(0).data())).toEqual([0, 0, 2, 4, 0, 0, 0, 0, 0]);
      expect(device.counters.cpuSteps).toBe(steps);
    });
  }
});
