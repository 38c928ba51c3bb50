import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Tfjs } from "../kit-types";
import { registerConvGradient } from "./tfjs-conv-gradient";
import { withThreads } from "./tfjs-threads";

const require = createRequire(import.meta.url);

/**
 * TensorFlow.js on its wasm backend (SIMD, XNNPACK). The number of threads is fixed when the backend starts,
 * so one process has one.
 *
 * @throws Error when the backend did not start with that number of threads
 */
export async function loadTfjs({ threads }: { threads: number }): Promise<Tfjs> {
  // The Node builds are CommonJS; importing them as such makes all of them share one core.
  const tf = require("@tensorflow/tfjs-core") as Tfjs;
  const wasm =
    require("@tensorflow/tfjs-backend-wasm") as typeof import("@tensorflow/tfjs-backend-wasm");
  // The core's Node build has no gradients; loading the layers registers them.
  require("@tensorflow/tfjs-layers");
  const folder = dirname(require.resolve("@tensorflow/tfjs-backend-wasm"));
  wasm.setWasmPaths(`${folder}/`);
  const start = async (): Promise<void> => {
    await tf.setBackend("wasm");
    await tf.ready();
  };
  if (threads > 1) {
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
    wasm.setThreadsCount(threads);
    await withThreads(threads, folder, start);
  } else {
    await start();
  }
  const got = wasm.getThreadsCount();
  if (tf.getBackend() !== "wasm" || got !== threads) {
    throw new Error(
      `bench: tfjs-wasm: expected ${threads} threads; got ${got} on ${tf.getBackend()}`,
    );
  }
  registerConvGradient(tf);
  return tf;
}
