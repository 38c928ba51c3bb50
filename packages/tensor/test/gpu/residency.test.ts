import { expect, it } from "vitest";
import * as t from "../../src/index";
import { onEachDevice } from "./devices";

interface State {
  readonly weight: t.Tensor;
  readonly velocity: t.Tensor;
}

/** Gradient descent with momentum on a linear model: one upload, one number back. */
function step({ weight, velocity }: State, x: t.Tensor): { state: State; loss: t.Tensor } {
  const [loss, slope] = t.valueAndGrad((w: t.Tensor) => x.matmul(w).sub(1).square().mean())(weight);
  const next = velocity.mul(0.9).add(slope);
  return { state: { weight: weight.sub(next.mul(0.01)), velocity: next }, loss };
}

onEachDevice("residency", (device) => {
  it("200 steps hold what one step holds, and move a batch there and a loss back", async () => {
    const f = t.jit(step, { donate: [0], device });
    const rng = t.random.rng(1);
    const batch = (): t.Tensor =>
      t.tensor(
        Float32Array.from({ length: 8 * 16 }, () => rng.uniform()),
        { shape: [8, 16] },
      );
    const state: State = { weight: t.zeros([16, 4]), velocity: t.zeros([16, 4]) };
    let { state: s, loss } = f(state, batch());
    const first = (await loss.data())[0] as number;
    await device.sync();
    const before = { ...device.counters };
    const { bytes, buffers } = device.memory();
    // What the collector has not freed yet of a step: its batch and its loss. State is freed by donation.
    const left = 4 * (8 * 16 + 1);
    let largest = 0;
    for (let i = 1; i <= 200; i++) {
      ({ state: s, loss } = f(s, batch()));
      await loss.data();
      largest = Math.max(largest, device.memory().bytes - bytes - i * left);
    }
    // One step's batch and loss were resident when the count began.
    expect(largest).toBeLessThanOrEqual(0);
    expect(device.memory().buffers - buffers).toBeLessThanOrEqual(200 * 2);
    expect((await loss.data())[0]).toBeLessThan(first / 4);
    const after = device.counters;
    expect(after.uploads - before.uploads).toBe(200);
    expect(after.uploadedBytes - before.uploadedBytes).toBe(200 * 4 * 8 * 16);
    // The loss was read once more above.
    expect(after.downloads - before.downloads).toBe(201);
    expect(after.downloadedBytes - before.downloadedBytes).toBe(201 * 4);
    expect(after.cpuSteps - before.cpuSteps).toBe(0);
  });

  it("intermediates are not resident when a call has ended", async () => {
    const f = t.jit((x: t.Tensor) => x.matmul(x).tanh().matmul(x).exp().matmul(x).sum(), {
      device,
    });
    const x = t.eye(32).to(device);
    await f(x).data();
    await device.sync();
    const { bytes } = device.memory();
    const y = f(x);
    await y.data();
    // The result; the collector may have freed tensors of earlier tests.
    expect(device.memory().bytes - bytes).toBeLessThanOrEqual(4);
  });
});
