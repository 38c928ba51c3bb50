// Workers load from the installed package: by themselves, and named by the user where a bundler has made one file.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { pairwiseDistances } from "@x/ot";
import { threadExecutor } from "@x/ot/threads";

const measures = [[[0, 0]], [[3, 4]], [[6, 8]]];
const file = createRequire(`${process.cwd()}/`).resolve("@x/ot/worker");
const executors = [threadExecutor({ threads: 2, worker: () => new Worker(file) })];
if (!import.meta.url.includes("/bundled/")) {
  executors.push(threadExecutor({ threads: 2 }));
  const { threadExecutor: fromRequire } = createRequire(import.meta.url)("@x/ot/threads");
  executors.push(fromRequire({ threads: 2 }));
}
for (const executor of executors) {
  const { distances } = await pairwiseDistances(measures, { metric: "emd", executor });
  assert.deepEqual(distances.toArray(), [
    [0, 25, 100],
    [25, 0, 25],
    [100, 25, 0],
  ]);
}
