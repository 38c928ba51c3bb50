import { afterAll, describe, expect, it } from "vitest";
import { dotLowering } from "../../src/cpu/lower/dot";
import {
  configureCpu,
  cpuRuntime,
  getThreads,
  setThreads,
  shutdownThreads,
} from "../../src/cpu/runtime";
import type { View } from "../../src/cpu/view";
import { ArgumentError, DeviceError } from "../../src/errors";

afterAll(() => shutdownThreads());

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** FNV-1a over all bits: equal arrays have equal texts, and a single different bit shows. */
function fingerprint(words: Uint32Array): string {
  let hash = 0x811c9dc5;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  return `${words.length}:${hash >>> 0}`;
}

/** The fingerprint of a product large enough for several threads, [m, k] × [k, n] of fixed scattered values. */
function largeProduct(m: number, k: number, n: number) {
  const { heap } = cpuRuntime();
  const fill = (length: number, seed: number): number => {
    const pointer = heap.allocate(4 * length);
    for (let i = 0; i < length; i++)
      heap.f32[pointer / 4 + i] = Math.sin((i + 1) * 12.9898 + seed) * 3;
    return pointer;
  };
  const matrix = (pointer: number, rows: number, columns: number): View => ({
    pointer,
    dtype: "f32",
    shape: [rows, columns],
    strides: [columns, 1],
  });
  const inputs = [matrix(fill(m * k, 1), m, k), matrix(fill(k * n, 2), k, n)];
  const out = matrix(heap.allocate(4 * m * n), m, n);
  const scratch = heap.allocate(dotLowering.scratch?.(inputs, [out], {}) ?? 0);
  const launches = dotLowering.launch(inputs, [out], {}, scratch);
  return (): string => {
    const runtime = cpuRuntime();
    for (const { kernel, args, chunks, nanoseconds } of launches) {
      const block = heap.allocate(args.length * 4);
      runtime.write(args, block);
      runtime.call(runtime.kernelIndex(kernel), block, chunks, nanoseconds);
      heap.free(block);
    }
    return fingerprint(heap.u32.subarray(out.pointer / 4, out.pointer / 4 + m * n));
  };
}

describe("cpuRuntime", () => {
  it("is one object for the whole process, kept where another copy of the package finds it", () => {
    const runtime = cpuRuntime();
    expect(cpuRuntime()).toBe(runtime);
    const shared = (globalThis as Record<symbol, unknown>)[Symbol.for("@x/tensor/cpu/1")];
    expect((shared as { runtime: unknown }).runtime).toBe(runtime);
  });

  it("runs WebAssembly on threads where memory can be shared", () => {
    expect(cpuRuntime().backend).toBe("wasm-threads");
    expect(getThreads()).toBeGreaterThanOrEqual(1);
    expect(getThreads()).toBeLessThanOrEqual(16);
  });

  it("names a kernel that does not exist", () => {
    expect(() => cpuRuntime().kernelIndex("dot_f16")).toThrow(DeviceError);
    expect(() => cpuRuntime().kernelIndex("dot_f16")).toThrow(/no kernel "dot_f16"/);
  });

  it("refuses another backend once it is in use", () => {
    expect(() => configureCpu({ backend: "js" })).toThrow(DeviceError);
    expect(() => configureCpu({ backend: "wasm" })).not.toThrow();
  });

  it("refuses thread counts that are none", () => {
    for (const count of [0, -1, 1.5, NaN, 1000])
      expect(() => setThreads(count)).toThrow(ArgumentError);
  });
});

describe("threads", () => {
  it("give the same bits for any number of them", async () => {
    const products = [
      largeProduct(200, 300, 200),
      largeProduct(24, 6000, 40),
      largeProduct(1, 3000, 2000),
    ];
    setThreads(1);
    const alone = products.map((run) => run());
    for (const count of [2, 3, 5]) {
      setThreads(count);
      for (let i = 0; i < 6; i++) {
        expect(products.map((run) => run())).toEqual(alone);
        await pause(4);
      }
    }
  });

  it("start with the first large work and take part in it", async () => {
    const run = largeProduct(256, 256, 256);
    await shutdownThreads();
    setThreads(2);
    expect(cpuRuntime().workers).toBe(0);
    const before = cpuRuntime().workerChunks;
    const end = performance.now() + 40_000;
    while (cpuRuntime().workerChunks === before && performance.now() < end) {
      run();
      await pause(1);
    }
    expect(cpuRuntime().workers).toBe(1);
    expect(cpuRuntime().workerChunks).toBeGreaterThan(before);
  });

  it("can be switched off after use, and on again", async () => {
    const run = largeProduct(256, 256, 256);
    setThreads(2);
    run();
    setThreads(1);
    expect(getThreads()).toBe(1);
    expect(cpuRuntime().workers).toBe(0);
    const before = cpuRuntime().workerChunks;
    const alone = run();
    expect(cpuRuntime().workerChunks).toBe(before);
    setThreads(3);
    expect(run()).toEqual(alone);
    await shutdownThreads();
    expect(cpuRuntime().workers).toBe(0);
    expect(run()).toEqual(alone);
  });
});
