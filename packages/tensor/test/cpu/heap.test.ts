import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHeap, type Heap, RESERVED } from "../../src/cpu/heap";
import { arrayMemory, LARGEST, type LinearMemory, PAGE } from "../../src/cpu/memory";
import { sizeClass } from "../../src/cpu/size-class";
import { loadKernels } from "../../src/cpu/wasm";
import { ArgumentError, DeviceError } from "../../src/errors";

const memories: { name: string; create: () => LinearMemory }[] = [
  { name: "plain buffer", create: () => arrayMemory(2 * PAGE) },
  { name: "WebAssembly memory", create: () => loadKernels().linear },
];

/** A memory that cannot grow beyond `maximumBytes`. */
function limited(maximumBytes: number): LinearMemory {
  const memory = arrayMemory(2 * PAGE);
  return {
    get buffer() {
      return memory.buffer;
    },
    maximumBytes,
    grow: (bytes) => memory.grow(bytes),
  };
}

describe("sizeClass", () => {
  it("is a multiple of 64, holds the request and wastes at most a quarter", () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(10_000), fc.nat(2 ** 31)), (bytes) => {
        const size = sizeClass(bytes);
        expect(size % 64).toBe(0);
        expect(size).toBeGreaterThanOrEqual(Math.max(1, bytes));
        expect(size).toBeLessThanOrEqual(1.25 * Math.max(64, Math.ceil(bytes / 64) * 64));
        expect(sizeClass(size)).toBe(size);
      }),
    );
  });
});

describe.each(memories)("a heap on a $name", ({ create }) => {
  it("hands out aligned blocks that never overlap, and keeps their contents while it grows", () => {
    const step = fc.record({ bytes: fc.oneof(fc.nat(300), fc.nat(200_000)), drop: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const heap = createHeap(create());
        const live: { pointer: number; bytes: number; mark: number }[] = [];
        let expected = 0;
        steps.forEach(({ bytes, drop }, i) => {
          if (drop % 3 === 0 && live.length > 0) {
            const [old] = live.splice(drop % live.length, 1);
            expected -= sizeClass(old?.bytes as number);
            heap.free(old?.pointer as number);
          }
          const pointer = heap.allocate(bytes);
          expected += sizeClass(bytes);
          expect(pointer % 64).toBe(0);
          expect(pointer).toBeGreaterThanOrEqual(RESERVED);
          expect(pointer + bytes).toBeLessThanOrEqual(heap.capacityBytes);
          expect(heap.liveBytes).toBe(expected);
          heap.u8.fill(i + 1, pointer, pointer + bytes);
          live.push({ pointer, bytes, mark: i + 1 });
        });
        for (const { pointer, bytes, mark } of live) {
          const block = heap.u8.subarray(pointer, pointer + bytes);
          expect(block.every((byte) => byte === mark)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("refreshes its views, and stays the same object, when the memory grows", () => {
    const heap = createHeap(create());
    const before = heap.capacityBytes;
    const pointer = heap.allocate(8);
    heap.f64[pointer / 8] = 1.5;
    heap.allocate(2 * before);
    expect(heap.capacityBytes).toBeGreaterThan(2 * before);
    for (const view of [heap.i32, heap.u32, heap.f32, heap.f64, heap.u8]) {
      expect(view.buffer).toBe(heap.buffer);
      expect(view.byteLength).toBe(heap.capacityBytes);
    }
    expect(heap.f64[pointer / 8]).toBe(1.5);
  });
});

describe("a heap", () => {
  const heap = (): Heap => createHeap(arrayMemory(2 * PAGE));

  it("gives a freed block to the next request of its size", () => {
    const h = heap();
    const first = h.allocate(1000);
    h.allocate(1000);
    h.free(first);
    expect(h.allocate(990)).toBe(first);
  });

  it("does not grow without bound when a thousand different sizes come and go", () => {
    const h = heap();
    let largest = 0;
    for (let i = 0; i < 1000; i++) {
      const sizes = [1000 + 997 * i, 50_000 + 61 * i, 64 * (i % 7)];
      const blocks = sizes.map((bytes) => h.allocate(bytes));
      largest = Math.max(largest, h.liveBytes);
      for (const block of blocks) h.free(block);
    }
    expect(h.liveBytes).toBe(0);
    // One generation of growth may be left over beside the largest set of blocks.
    expect(h.capacityBytes).toBeLessThan(2.5 * largest);
  });

  it("joins freed neighbours into one larger block", () => {
    const h = heap();
    const blocks = Array.from({ length: 64 }, () => h.allocate(4096));
    const before = h.capacityBytes;
    for (const block of blocks) h.free(block);
    const large = h.allocate(64 * 4096);
    expect(h.capacityBytes).toBe(before);
    expect(large).toBeLessThanOrEqual(Math.min(...blocks));
  });

  it("says how much was asked and how much is live when memory is exhausted, and goes on working", () => {
    const h = createHeap(limited(64 * PAGE));
    const half = h.allocate(32 * PAGE);
    expect(() => h.allocate(40 * PAGE)).toThrow(DeviceError);
    expect(() => h.allocate(40 * PAGE)).toThrow(
      /heap: out of memory: asked for 2\.5 MiB; 2\.0 MiB are live.*may grow to 4\.0 MiB/,
    );
    h.free(half);
    expect(h.allocate(40 * PAGE) % 64).toBe(0);
  });

  it("reports an engine that refuses to grow as exhausted memory", () => {
    const memory = limited(LARGEST);
    const h = createHeap({ ...memory, buffer: memory.buffer, grow: () => false });
    expect(() => h.allocate(PAGE * 4)).toThrow(DeviceError);
  });

  it("refuses to free what is not a live block", () => {
    const h = heap();
    const block = h.allocate(10);
    h.free(block);
    expect(() => h.free(block)).toThrow(ArgumentError);
    expect(() => h.free(12)).toThrow(/heap: free needs the address of a live block; 12 came/);
  });

  it("refuses sizes that are no sizes", () => {
    for (const bytes of [-1, NaN, Infinity])
      expect(() => heap().allocate(bytes)).toThrow(ArgumentError);
  });

  it("gives blocks of no bytes addresses of their own", () => {
    const h = heap();
    expect(h.allocate(0)).not.toBe(h.allocate(0));
  });
});
