import type { DType } from "../dtype";
import type { Tensor } from "../tensor";
import type { Launch } from "./source/kernel-builder";
import type { GpuResult, GpuView } from "./source/view";

/** What runs where: kernels on the device, or a function of tensors on the CPU. */
export type PlanStep =
  | { readonly on: "gpu"; readonly launches: readonly Launch[] }
  | {
      readonly on: "cpu";
      readonly inputs: readonly GpuView[];
      readonly outputs: readonly GpuResult[];
      readonly run: (inputs: readonly Tensor[]) => readonly Tensor[];
    };

/** A buffer that a plan works with. */
export interface PlanSlot {
  readonly dtype: DType;
  readonly length: number;
}

/** Steps over numbered buffers. */
export class Plan {
  readonly slots: PlanSlot[] = [];
  readonly steps: PlanStep[] = [];
  /** Slots that live on after the plan; given from outside or results. */
  readonly kept: Set<number> = new Set();

  slot(dtype: DType, length: number): number {
    return this.slots.push({ dtype, length }) - 1;
  }

  /** For every step, and within it every kernel, the slots that nothing reads afterwards. */
  lastUses(): readonly (readonly (readonly number[])[])[] {
    const seen = new Set<number>(this.kept);
    const out = this.steps.map((step): number[][] =>
      step.on === "gpu" ? step.launches.map(() => []) : [[]],
    );
    for (let i = this.steps.length - 1; i >= 0; i--) {
      const step = this.steps[i] as PlanStep;
      const uses =
        step.on === "gpu"
          ? step.launches.map((l) => [...l.inputs, l.output])
          : [[...step.inputs, ...step.outputs].map((v) => v.slot)];
      for (let j = uses.length - 1; j >= 0; j--) {
        for (const slot of uses[j] as number[]) {
          if (seen.has(slot)) continue;
          seen.add(slot);
          ((out[i] as number[][])[j] as number[]).push(slot);
        }
      }
    }
    return out;
  }
}
