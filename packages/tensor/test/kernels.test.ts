import { afterAll, describe, expect, it } from "vitest";
import { dotLowering } from "../src/cpu/lower/dot";
import { cpuRuntime, setThreads, shutdownThreads } from "../src/cpu/runtime";
import type { View } from "../src/cpu/view";
import { DeviceError } from "../src/errors";
import { kernelsWasm } from "../src/generated/kernels";
import { grad, jit, range, type Tensor, tensor } from "../src/index";
import { elementsOf, type KernelModule, kernelModule } from "../src/kernels";

afterAll(() => shutdownThreads());

/** The package's own kernels, as if they were another package's. */
const load = kernelModule("@x/tensor/test/1", kernelsWasm);

const size = 320;

/** Bytes of a product of two f32 matrices, computed by the module's kernels in its memory. */
function product(kernels: KernelModule): Uint8Array {
  const blocks: number[] = [];
  const allocate = (bytes: number): number => {
    const address = kernels.allocate(bytes);
    blocks.push(address);
    return address;
  };
  const matrix = (seed: number): View => {
    const pointer = allocate(4 * size * size);
    for (let i = 0; i < size * size; i++) kernels.f32[pointer / 4 + i] = Math.sin(i + seed);
    return { pointer, dtype: "f32", shape: [size, size], strides: [size, 1] };
  };
  const [x, y, out] = [matrix(1), matrix(2), matrix(3)];
  const scratch = allocate(dotLowering.scratch?.([x, y], [out], {}) ?? 0);
  for (const launch of dotLowering.launch([x, y], [out], {}, scratch))
    kernels.call(launch.kernel, launch.args, launch.chunks, launch.nanoseconds);
  const bytes = kernels.u8.slice(out.pointer, out.pointer + 4 * size * size);
  for (const block of blocks) kernels.free(block);
  return bytes;
}

/** FNV-1a: a single different bit shows. */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("kernelModule", () => {
  it("computes a product like a plain loop, in a memory of its own", () => {
    const before = cpuRuntime().heap.liveBytes;
    const values = new Float32Array(product(load()).buffer);
    expect(cpuRuntime().heap.liveBytes).toBe(before);
    for (const [i, j] of [
      [0, 0],
      [17, 301],
      [319, 319],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < size; k++)
        sum += Math.fround(Math.sin(i * size + k + 1)) * Math.fround(Math.sin(k * size + j + 2));
      // 320 roundings of partial sums below 320 in f32.
      expect(Math.abs((values[i * size + j] as number) - sum)).toBeLessThan(320 * 320 * 6e-8);
    }
  });

  it("gives back what calls allocate", () => {
    product(load());
    const before = load().liveBytes;
    product(load());
    expect(load().liveBytes).toBe(before);
  });

  it("has the same bits for any number of threads, and follows setThreads", async () => {
    setThreads(1);
    expect(load().threads).toBe(1);
    const alone = fingerprint(product(load()));
    setThreads(3);
    // Where memory cannot be shared there is one thread.
    expect([1, 3]).toContain(load().threads);
    product(load());
    await pause(200);
    expect(fingerprint(product(load()))).toBe(alone);
    await shutdownThreads();
    expect(fingerprint(product(load()))).toBe(alone);
  });

  it("is one module for each name in a process", () => {
    expect(kernelModule("@x/tensor/test/1", kernelsWasm)()).toBe(load());
    expect(kernelModule("@x/tensor/test/2", kernelsWasm)()).not.toBe(load());
  });

  it("refuses a kernel that is not there", () => {
    expect(() => load().call("nothing", [])).toThrow(DeviceError);
    expect(() => load().call("nothing", [])).toThrow(/no kernel "nothing"/);
  });

  it("says what a module that cannot be compiled needs", () => {
    expect(kernelModule("@x/tensor/test/broken", "00")).toThrow(
      /^@x\/tensor\/test\/broken: expected WebAssembly, .*wasm-unsafe-eval/s,
    );
  });
});

describe("elementsOf", () => {
  it("shows a tensor's own memory, and of a part of it that part", () => {
    const values = Float64Array.of(1, 2, 3, 4, 5, 6);
    const x = tensor(values, { shape: [3, 2], copy: false });
    const seen = elementsOf(x);
    expect(seen).toEqual(values);
    expect(seen.buffer).toBe(values.buffer);
    expect([...elementsOf(x.at(1))]).toEqual([3, 4]);
  });

  it("copies where elements are not side by side", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect([...elementsOf(x.T)]).toEqual([1, 3, 2, 4]);
  });

  it("keeps what it shows, whatever the tensor is used for later", () => {
    const x = tensor(Float32Array.from({ length: 1 << 17 }, (_, i) => i));
    const seen = elementsOf(x);
    const before = seen.slice();
    for (let k = 0; k < 3; k++) x.mul(2).add(x);
    const step = jit((s: Tensor) => s.add(1), { donate: [0] });
    step(step(x));
    expect(seen).toEqual(before);
    expect(() => elementsOf(x)).toThrow(/donated/);
  });

  it("copies what lies in the memory of the kernels", () => {
    const x = tensor(Float64Array.from({ length: 1 << 18 }, (_, i) => i)).add(0.5);
    expect(x.concrete?.storage.block).toBeDefined();
    expect(elementsOf(x)).toEqual(x.dataSync());
    const part = x.at(range(100, 200));
    expect(elementsOf(part)).toEqual(part.dataSync());
  });

  it("refuses what is only traced", () => {
    expect(() => jit((s: Tensor) => s.mul(elementsOf(s)[0] as number))(tensor([1]))).toThrow(
      /traced/,
    );
    expect([
      ...grad((s: Tensor) => s.mul(elementsOf(s)[0] as number).sum())(tensor([3])).dataSync(),
    ]).toEqual([3]);
  });
});
