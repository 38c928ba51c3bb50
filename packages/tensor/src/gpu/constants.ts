import { uniformValue } from "../graph/simplify";
import { storageArray } from "../internal/read";
import type { Storage } from "../internal/storage";
import { constant } from "../primitives/constants";
import type { Concrete, Tensor } from "../tensor";
import type { GpuBuffer } from "./buffer";
import type { GpuDevice } from "./device";
import { contiguous } from "./eager";
import type { GpuProgram } from "./program";

/** Buffers by slot, with claims of their own: who donates a tensor takes nothing from functions that read it. */
export type HeldBuffers = ReadonlyMap<
  number,
  { readonly buffer: GpuBuffer; readonly claim: Storage }
>;

/**
 * The constants that a program reads from memory, brought to the device.
 *
 * @param name - of the function
 * @throws ArgumentError when one was donated before
 */
export function constantBuffers(device: GpuDevice, program: GpuProgram, name: string): HeldBuffers {
  return new Map(
    program.constants().map(([v, slot]) => {
      const x = program.graph.constants.get(v) as Tensor;
      const one = program.isUniform(v) ? constant(uniformValue(x) as number, [1], x.dtype) : x;
      const { storage } = one.concrete as Concrete;
      if (storage.donatedTo !== undefined) storageArray(storage, name);
      const { buffer } = contiguous(device, one);
      return [slot, { buffer, claim: buffer.storage() }] as const;
    }),
  );
}
