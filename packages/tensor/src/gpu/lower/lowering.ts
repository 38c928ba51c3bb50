import type { Launch } from "../source/kernel-builder";
import type { Target } from "../source/target";
import type { GpuResult, GpuView } from "../source/view";

/** A step for which kernels are wanted. */
export interface Task<P = unknown> {
  /** Operands: windows on the buffers of slots 0, 1, …. */
  readonly inputs: readonly GpuView[];
  /** Results, each in a slot of its own. */
  readonly outputs: readonly GpuResult[];
  readonly params: P;
  readonly target: Target;
  /** A fresh slot for an intermediate of so many elements of a dtype. */
  temporary(dtype: GpuResult["dtype"], length: number): number;
}

/**
 * Turns a step into kernels, which run in order. `undefined`: not on this device (a dtype or parameter that it
 * cannot do); the CPU then runs the step.
 */
export type GpuLowering<P = unknown> = (task: Task<P>) => readonly Launch[] | undefined;
