import { availableParallelism } from "node:os";
import type { Jax } from "../kit-types";
import { installWebWorker } from "./web-worker";

/**
 * jax-js on its wasm backend. It looks for workers when it is loaded, so one process has one variant:
 * with `threads`, all processors; without, one, which is what Node (where `Worker` is no global) gives its users.
 */
export async function loadJax({ threads = false }: { threads?: boolean } = {}): Promise<Jax> {
  if (threads) installWebWorker(availableParallelism());
  const jax = await import("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return jax;
}
