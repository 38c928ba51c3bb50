import { expect, it, vi } from "vitest";
import { fallbackKernels } from "../../src/cpu/fallback/index";
import { decode, kernelNames, loadKernels } from "../../src/cpu/wasm";
import { kernelsWasm } from "../../src/generated/kernels";

it("every kernel exists in WebAssembly and in plain JavaScript under the same name", () => {
  const compiled = kernelNames(loadKernels().module);
  expect(compiled.toSorted()).toEqual(Object.keys(fallbackKernels).toSorted());
});

it("the kernels need nothing but their memory", () => {
  expect(WebAssembly.Module.imports(loadKernels().module)).toEqual([
    { module: "env", name: "memory", kind: "memory" },
  ]);
});

it("the kernels work on unshared memory where a page may not share any", () => {
  vi.stubGlobal("SharedArrayBuffer", undefined);
  try {
    const { memory, shared } = loadKernels();
    expect(shared).toBe(false);
    expect(memory.buffer).toBeInstanceOf(ArrayBuffer);
  } finally {
    vi.unstubAllGlobals();
  }
});

it("the kernel module brings no data, which each new thread would write over the others'", () => {
  const bytes = decode(kernelsWasm);
  const sections: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    sections.push(bytes[at++] as number);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += length;
  }
  const [code, data, start] = [10, 11, 8];
  expect(sections).toContain(code);
  expect(sections).not.toContain(data);
  expect(sections).not.toContain(start);
});
