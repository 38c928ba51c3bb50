import type { Primitive } from "../internal/primitive";
import type { LinkedProgram } from "./program";
import type { View } from "./view";

/** How a primitive with sub-programs (a loop, a branch) runs inside a compiled program. */
export interface ControlLowering {
  /** Memory that its sub-programs need while it runs. */
  readonly frameBytes: number;
  /** Binds it to contiguous operands and results. */
  link(inputs: readonly View[], outputs: readonly View[], frame: number): LinkedProgram;
  /** Steps of its sub-programs, for printed plans. */
  describe(): readonly { readonly title: string; readonly lines: readonly string[] }[];
  dispose(): void;
}

/** A primitive that brings its own lowering for the CPU. */
interface Control {
  lowerToCpu(params: unknown): ControlLowering;
}

/** The control lowering of a primitive, if it has one. */
export const controlOf = (primitive: Primitive, params: unknown): ControlLowering | undefined =>
  "lowerToCpu" in primitive ? (primitive as unknown as Control).lowerToCpu(params) : undefined;
