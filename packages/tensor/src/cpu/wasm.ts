import { kernelsWasm } from "../generated/kernels";
import { LARGEST, type LinearMemory, PAGE } from "./memory";

/** The kernel module, its memory, and an instance for the calling thread. */
export interface LoadedKernels {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly linear: LinearMemory;
  readonly shared: boolean;
  readonly instance: WebAssembly.Instance;
}

/** Names of the kernels in a compiled module, in the order that every thread sees. */
export const kernelNames = (module: WebAssembly.Module): string[] =>
  WebAssembly.Module.exports(module)
    .filter((e) => e.kind === "function")
    .map((e) => e.name);

/**
 * Compiles kernels and creates their memory: shared between threads where the engine allows it.
 *
 * @param hex - the module in hexadecimal digits; default this package's own
 * @throws whatever the engine throws when WebAssembly is missing or forbidden
 */
export function loadKernels(hex: string = kernelsWasm): LoadedKernels {
  const shared = createMemory(true);
  if (shared !== undefined) return instantiate(hex, shared, true);
  const memory = createMemory(false);
  if (memory === undefined) throw new RangeError("no WebAssembly.Memory could be reserved");
  // The kernels use no atomic instruction, so the same code is valid on an unshared memory.
  return instantiate(hex.replace(`${memoryImport}03`, `${memoryImport}01`), memory, false);
}

/** The module's import of a memory "env" "memory" in hexadecimal; flags follow: 1 for a maximum, 2 for shared. */
const memoryImport = "03656e76066d656d6f727902";

function instantiate(
  hex: string,
  { memory, maximumBytes }: { memory: WebAssembly.Memory; maximumBytes: number },
  shared: boolean,
): LoadedKernels {
  const module = new WebAssembly.Module(decode(hex));
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const linear: LinearMemory = {
    get buffer() {
      return memory.buffer;
    },
    maximumBytes,
    grow(wanted) {
      try {
        memory.grow(Math.ceil((wanted - memory.buffer.byteLength) / PAGE));
        return true;
      } catch {
        return false;
      }
    },
  };
  return { module, memory, linear, shared, instance };
}

/** The largest memory that the engine reserves: phones and small containers refuse 4 GiB of addresses. */
function createMemory(
  shared: boolean,
): { memory: WebAssembly.Memory; maximumBytes: number } | undefined {
  if (shared && typeof SharedArrayBuffer === "undefined") return undefined;
  for (let maximum = 65536; maximum >= 1024; maximum /= 2) {
    try {
      const memory = new WebAssembly.Memory({ initial: 16, maximum, shared });
      return { memory, maximumBytes: Math.min(maximum * PAGE, LARGEST) };
    } catch {
      // Try to reserve less.
    }
  }
  return undefined;
}

/** Bytes of hexadecimal digits: they compress to two thirds of what base64 does. */
export function decode(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  // '0' … '9' are 48 … 57, 'a' … 'f' are 97 … 102.
  const digit = (at: number): number => {
    const code = hex.charCodeAt(at);
    return code < 97 ? code - 48 : code - 87;
  };
  for (let i = 0; i < bytes.length; i++) bytes[i] = 16 * digit(2 * i) + digit(2 * i + 1);
  return bytes;
}
