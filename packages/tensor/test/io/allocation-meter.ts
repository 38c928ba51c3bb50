import { vi } from "vitest";

/** Runs `work` and returns the bytes of the largest typed array that it asked for by length. */
export function largestAllocation(work: () => void): number {
  let largest = 0;
  const metered = [Uint8Array, Int32Array, Uint32Array, Float32Array, Float64Array] as const;
  try {
    for (const type of metered) {
      const counting: object = new Proxy(type, {
        construct(target, args, newTarget): object {
          if (typeof args[0] === "number") {
            largest = Math.max(largest, args[0] * target.BYTES_PER_ELEMENT);
          }
          return Reflect.construct(target, args, newTarget === counting ? target : newTarget);
        },
      });
      vi.stubGlobal(type.name, counting);
    }
    work();
  } finally {
    vi.unstubAllGlobals();
  }
  return largest;
}
