import { uniformValue } from "../graph/simplify";
import { constant } from "../primitives/constants";
import type { Tensor } from "../tensor";
import type { GpuBuffer } from "./buffer";
import type { GpuDevice } from "./device";
import { contiguous } from "./eager";
import type { GpuProgram } from "./program";

/** Buffers by slot, and the tensors that keep them on the device. */
export type HeldBuffers = ReadonlyMap<
  number,
  { readonly buffer: GpuBuffer; readonly tensor: Tensor }
>;

/** The constants that a program reads from memory, brought to the device. */
export function constantBuffers(device: GpuDevice, program: GpuProgram): HeldBuffers {
  return new Map(
    program.constants().map(([v, slot]) => {
      const x = program.graph.constants.get(v) as Tensor;
      const one = program.isUniform(v) ? constant(uniformValue(x) as number, [1], x.dtype) : x;
      return [slot, contiguous(device, one)] as const;
    }),
  );
}
