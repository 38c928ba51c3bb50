import { describe, expect, test } from "vitest";
import { takeSamples } from "../src/sampling";

describe("takeSamples", () => {
  test("takes the two sides in turns, ours first, as often as asked", async () => {
    const order: string[] = [];
    const side = (name: string): { sample: () => number } => ({ sample: () => order.push(name) });
    const samples = await takeSamples(side("ours"), side("peer"), "MB", { seconds: 1, rounds: 3 });
    expect(order).toEqual(["ours", "peer", "ours", "peer", "ours", "peer"]);
    expect(samples).toEqual({ ours: [1, 3, 5], peer: [2, 4, 6] });
  });

  test("makes at least five rounds, however little time there is", async () => {
    const { ours, peer } = await takeSamples({ sample: () => 1 }, undefined, "kB", {
      seconds: 1e-6,
    });
    expect(ours).toHaveLength(5);
    expect(peer).toEqual([]);
  });

  test("waits for one call of an asynchronous function before it makes the next", async () => {
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    await takeSamples(work, work, "ms", { seconds: 0.01, rounds: 2 });
    expect(most).toBe(1);
    expect(running).toBe(0);
  });

  test("states the time of a function in the row's unit", async () => {
    const busy = (): void => {
      const end = performance.now() + 2;
      while (performance.now() < end);
    };
    const { ours } = await takeSamples(busy, undefined, "µs", { seconds: 0.01, rounds: 1 });
    expect(ours[0]).toBeGreaterThanOrEqual(2000);
  });

  test("refuses to time a function in a unit that is no time", async () => {
    const attempt = takeSamples(() => {}, undefined, "MB", { seconds: 1 });
    await expect(attempt).rejects.toThrow("bench: a function cannot be timed in MB");
  });

  test("passes on what a side throws", async () => {
    const broken = async (): Promise<never> => {
      throw new Error("broken kernel");
    };
    const attempt = takeSamples(broken, undefined, "ms", { seconds: 0.01 });
    await expect(attempt).rejects.toThrow("broken kernel");
  });
});
