import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { random } from "@x/tensor";
import { build } from "tsup";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pairwiseDistances } from "../../src/pairwise";
import type * as Threads from "../../src/threads";

// Workers cannot load TypeScript: they run the built program, which is what users run.
const folder = mkdtempSync(join(tmpdir(), "ot-threads-"));
let threads: typeof Threads;

beforeAll(async () => {
  const source = join(import.meta.dirname, "../../src");
  await build({
    entry: [join(source, "threads.ts"), join(source, "worker.ts")],
    outDir: folder,
    format: "esm",
    outExtension: () => ({ js: ".mjs" }),
    noExternal: [/./],
    platform: "node",
    esbuildOptions: (options) => {
      options.conditions = ["@x/source"];
    },
    silent: true,
    config: false,
  });
  threads = await import(pathToFileURL(join(folder, "threads.mjs")).href);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const measures = Array.from({ length: 6 }, (_, k) =>
  random.normal(random.key(k), [30, 3], { dtype: "f64" }).add(k / 4),
);

describe("threadExecutor", () => {
  it("gives the same bits as the caller's thread, for one worker and three", async () => {
    for (const metric of ["emd", "sinkhorn", "divergence", "sliced", "bures"] as const) {
      const here = await pairwiseDistances(measures, { metric });
      for (const count of [1, 3]) {
        const executor = threads.threadExecutor({ threads: count });
        const seen: number[] = [];
        const there = await pairwiseDistances(measures, {
          ...{ metric, executor },
          onProgress: ({ done }) => seen.push(done),
        });
        expect(there.distances.dataSync()).toEqual(here.distances.dataSync());
        expect(seen.at(-1)).toBe(metric === "sinkhorn" ? 21 : 15);
        await executor.close();
      }
    }
  });

  it("rejects with the text of a task's error, and goes on with the next map", async () => {
    const executor = threads.threadExecutor({ threads: 2 });
    await expect(
      pairwiseDistances(measures, { metric: "sinkhorn", eps: -1, executor }),
    ).rejects.toThrow(/measures\[\d\] and measures\[\d\]: sinkhorn.*expected eps/);
    const { distances } = await pairwiseDistances(measures, { metric: "sliced", executor });
    expect(distances.shape).toEqual([6, 6]);
    await executor.close();
  });

  it("stops when the signal is aborted, also with two maps at once", async () => {
    const executor = threads.threadExecutor({ threads: 2 });
    const controller = new AbortController();
    const large = Array.from({ length: 4 }, (_, k) => random.normal(random.key(k), [700, 3]));
    const stopped = pairwiseDistances(large, {
      metric: "emd",
      executor,
      signal: controller.signal,
    });
    const other = pairwiseDistances(measures, { metric: "emd", executor });
    controller.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    const { distances } = await pairwiseDistances(measures, { metric: "emd" });
    expect((await other).distances.dataSync()).toEqual(distances.dataSync());
    await executor.close();
  });

  it("rejects when workers end, cannot be started, or are closed", async () => {
    const dead = threads.threadExecutor({
      threads: 1,
      worker: () => new Worker("process.exit(3)", { eval: true }),
    });
    await expect(dead.map("x", [1])).rejects.toThrow("it ended: exit code 3");
    const missing = threads.threadExecutor({ worker: () => new Worker("./nowhere.mjs") });
    await expect(missing.map("x", [1])).rejects.toThrow("nowhere.mjs");
    const closed = threads.threadExecutor({ threads: 1 });
    const running = pairwiseDistances(measures, { metric: "emd", executor: closed });
    await Promise.all([
      expect(running).rejects.toThrow("it was closed"),
      Promise.resolve().then(() => closed.close()),
    ]);
    expect(() => threads.threadExecutor({ threads: 0 })).toThrow("threads ≥ 1; got 0");
    expect(() => threads.threadExecutor({ workers: 2 } as never)).toThrow(
      "threadExecutor: expected options threads, worker; got workers; use worker",
    );
  });

  it("does not serve outside a worker, and lets the process end", async () => {
    const file = join(folder, "program.mjs");
    const program = `
import { serveTasks, threadExecutor } from "./threads.mjs";
const executor = threadExecutor({ threads: 1 });
const point = (x) => ({ index: 0, points: [x], columns: 1, weights: [1] });
const payload = { metric: { metric: "emd" }, measures: [point(0), point(3)], pairs: [0, 1] };
const [result] = await executor.map("@x/ot/pairs/1", [payload]);
console.log(JSON.stringify([serveTasks(), result.values]));
`;
    writeFileSync(file, program);
    const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 50_000 });
    expect(JSON.parse(stdout)).toEqual([false, [9]]);
  });
});
