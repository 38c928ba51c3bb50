import { describe, expect, it } from "vitest";
import { pairwiseDistances } from "../../src/pairwise";
import { threadExecutor } from "../../src/threads";

const measures = Array.from({ length: 4 }, (_, k) =>
  Array.from({ length: 8 }, (_, i) => [Math.sin(i + k), Math.cos(i * k)]),
);

const worker = () =>
  new Worker(new URL("../../src/worker.ts", import.meta.url), { type: "module" });

describe("threadExecutor in a page", () => {
  it("gives the same bits in module workers as on the caller's thread", async () => {
    const executor = threadExecutor({ threads: 2, worker });
    for (const metric of ["emd", "sinkhorn"] as const) {
      const here = await pairwiseDistances(measures, { metric });
      const there = await pairwiseDistances(measures, { metric, executor });
      expect(there.distances.dataSync()).toEqual(here.distances.dataSync());
    }
    await expect(
      pairwiseDistances(measures, { metric: "sinkhorn", eps: -1, executor }),
    ).rejects.toThrow("expected eps");
    await executor.close();
  });

  it("asks for a worker, and rejects if its program cannot be loaded", async () => {
    await expect(threadExecutor().map("x", [1])).rejects.toThrow("expected a worker outside Node");
    const missing = threadExecutor({
      worker: () => new Worker("/nowhere-at-all.js", { type: "module" }),
    });
    await expect(missing.map("x", [1])).rejects.toThrow("it ended");
  });
});
