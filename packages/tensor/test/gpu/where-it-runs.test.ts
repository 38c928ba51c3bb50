import { expect, it } from "vitest";
import * as t from "../../src/index";
import { onEachDevice } from "./devices";
import { exceptions } from "./where-it-runs";

onEachDevice("what does not run on the device", (device) => {
  for (const { operations, where, example } of exceptions) {
    if (example === undefined) continue;
    const [f, operand] = example;
    it(`${operations}: ${where}`, async () => {
      if (where === "refused") {
        expect(() => f(operand().to(device))).toThrow(t.ArgumentError);
        return;
      }
      const plan = t.lower(f, { device })(operand());
      if (where === "on the CPU") {
        expect(plan).toMatch(/ of them on the CPU|^\s+1 {2}cpu/m);
        return;
      }
      expect(plan).not.toContain("  cpu  ");
      const g = t.jit(f, { device });
      const x = operand().to(device);
      const { downloads, cpuSteps } = device.counters;
      g(x);
      await device.sync();
      expect(device.counters.downloads).toBeGreaterThan(downloads);
      expect(device.counters.cpuSteps).toBe(cpuSteps);
    });
  }

  it("a scan is issued without waiting", async () => {
    const f = t.jit(
      (x: t.Tensor) =>
        t.scan((c: t.Tensor, v: t.Tensor): [t.Tensor, t.Tensor] => [c.add(v), c], t.tensor(0), x),
      { device },
    );
    const x = t.arange(5).to(device);
    const { downloads, kernels } = device.counters;
    f(x);
    await device.sync();
    expect(device.counters.downloads).toBe(downloads);
    expect(device.counters.kernels).toBeGreaterThan(kernels);
  });
});
