import { JOB_ADDRESS } from "./control";
import * as job from "./job-words";
import * as line from "./line-words";

/** Looks at the state this long before going to sleep: the usual gap between two launches of a program. */
const SPIN_MILLISECONDS = 0.05;

/**
 * The program of a worker thread, as text: `run({ module, memory, lineAddress, scratch })` returns when told to stop.
 *
 * It is written in plain JavaScript, because a bundler must be able to carry it along without knowing of workers. The
 * state is read before the word to stop, which is written before the state changes: a worker that has missed the one sees
 * the other, and does not go to sleep.
 */
export const workerSource: string = `
"use strict";
const run = ({ module, memory, lineAddress, scratch }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = WebAssembly.Module.exports(module)
    .filter((e) => e.kind === "function")
    .map((e) => exports[e.name]);
  const job = new Int32Array(memory.buffer, ${JOB_ADDRESS}, ${job.words});
  const mine = new Int32Array(memory.buffer, lineAddress, ${line.words});
  const pause = Atomics.pause ?? (() => {});
  const work = () => {
    const kernel = kernels[job[${job.kernel}]];
    const args = job[${job.args}];
    const chunks = job[${job.chunks}];
    let ran = 0;
    try {
      for (let i; (i = Atomics.add(job, ${job.next}, 1)) < chunks; ran++) kernel(args, i, scratch);
    } catch {
      Atomics.store(job, ${job.failed}, 1);
    }
    mine[${line.ran}] += ran;
  };
  const changes = (state) => {
    const end = performance.now() + ${SPIN_MILLISECONDS};
    do {
      for (let i = 0; i < 100; i++) {
        if (Atomics.load(job, ${job.state}) !== state) return true;
        pause();
      }
    } while (performance.now() < end);
    return false;
  };
  Atomics.store(mine, ${line.ready}, 1);
  let done = 0;
  let state = Atomics.load(job, ${job.state});
  while (Atomics.load(mine, ${line.stop}) === 0) {
    if (state % 2 !== 0 && state !== done) {
      Atomics.store(mine, ${line.active}, 1);
      const current = Atomics.load(job, ${job.state});
      if (current % 2 !== 0) {
        done = current;
        work();
      }
      Atomics.store(mine, ${line.active}, 0);
      if (Atomics.load(job, ${job.mainSleeps}) !== 0) Atomics.notify(mine, ${line.active});
    } else if (!changes(state)) {
      Atomics.add(job, ${job.sleepers}, 1);
      Atomics.wait(job, ${job.state}, state);
      Atomics.sub(job, ${job.sleepers}, 1);
    }
    state = Atomics.load(job, ${job.state});
  }
};
`;

/** The whole program of a thread of `node:worker_threads`; the thread ends when `run` returns. */
export const nodeProgram = (source: string): string =>
  `${source}\nrun(require("node:worker_threads").workerData);`;

/** The whole program of a browser's worker; a message says that `run` returned. */
export const browserProgram = (source: string): string =>
  `${source}\nonmessage = ({ data }) => {\n  run(data);\n  postMessage("ended");\n};`;
