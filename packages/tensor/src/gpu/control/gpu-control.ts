import type { Handle } from "../backend/backend";
import type { GpuDevice } from "../device";
import type { Subprogram } from "./subprogram";

/** A step that runs programs of its own: a loop or a branch. What they work with stays on the device. */
export interface GpuControl {
  /** Its programs, with what each is to it, for printed plans. */
  readonly programs: readonly { readonly title: string; readonly program: Subprogram }[];
  /**
   * Runs it; waits where a decision has to be read.
   *
   * @returns memory of its own for every result
   */
  run(device: GpuDevice, inputs: readonly Handle[]): readonly Handle[] | Promise<readonly Handle[]>;
}
