import type { Backend, BuiltKernel } from "./backend/backend";
import { type KernelSpec, specText } from "./source/kernel-spec";

/** Most kernels kept; the least recently used goes first. */
const MOST = 1024;

/** Compiled kernels by their text. */
export class KernelCache {
  readonly #backend: Backend;
  readonly #kernels = new Map<string, BuiltKernel | Promise<BuiltKernel>>();
  /** Texts of specifications, which are long to put together. */
  readonly #texts = new WeakMap<KernelSpec, string>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  get(spec: KernelSpec): BuiltKernel | Promise<BuiltKernel> {
    let text = this.#texts.get(spec);
    if (text === undefined) {
      text = specText(spec);
      this.#texts.set(spec, text);
    }
    const known = this.#kernels.get(text);
    if (known !== undefined) {
      this.#kernels.delete(text);
      this.#kernels.set(text, known);
      return known;
    }
    const key = text;
    const pending = this.#backend.build(spec);
    this.#kernels.set(key, pending);
    pending.then(
      (built) => {
        if (this.#kernels.get(key) === pending) this.#kernels.set(key, built);
      },
      () => this.#kernels.delete(key),
    );
    this.#trim();
    return pending;
  }

  #trim(): void {
    if (this.#kernels.size <= MOST) return;
    for (const [key, kernel] of this.#kernels) {
      // One that is still being compiled is about to be used.
      if (kernel instanceof Promise) continue;
      this.#kernels.delete(key);
      kernel.destroy();
      return;
    }
  }

  clear(): void {
    for (const kernel of this.#kernels.values()) if (!(kernel instanceof Promise)) kernel.destroy();
    this.#kernels.clear();
  }
}
