import type { DType } from "../dtype";
import type { Tensor } from "../tensor";
import type { GpuControl } from "./control/gpu-control";
import type { Launch } from "./source/kernel-builder";
import type { GpuResult, GpuView } from "./source/view";

/** What runs where: kernels on the device, a loop or branch of such, or a function of tensors on the CPU. */
export type PlanStep =
  | { readonly on: "gpu"; readonly launches: readonly Launch[] }
  | {
      readonly on: "control";
      /** All of their slots, in order. */
      readonly inputs: readonly GpuResult[];
      readonly outputs: readonly GpuResult[];
      readonly control: GpuControl;
    }
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

/** What is issued at a time: one kernel, or a step that is not one of kernels. */
export interface PlanItem {
  readonly work: Launch | Exclude<PlanStep, { on: "gpu" }>;
  /** Slots that nothing reads afterwards. */
  readonly unneeded: readonly number[];
}

/** Steps over numbered buffers. */
export class Plan {
  readonly slots: PlanSlot[] = [];
  readonly steps: PlanStep[] = [];
  /** Slots that are filled from outside, and stay with their owners. */
  readonly given: Set<number> = new Set();
  /** Slots that go to the caller in the end. */
  readonly results: Set<number> = new Set();
  #items: readonly PlanItem[] | undefined;

  slot(dtype: DType, length: number): number {
    return this.slots.push({ dtype, length }) - 1;
  }

  /** Everything that is issued, in order. Steps are not to be added afterwards. */
  items(): readonly PlanItem[] {
    if (this.#items !== undefined) return this.#items;
    const seen = new Set<number>([...this.given, ...this.results]);
    const work = this.steps.flatMap((step): PlanItem["work"][] =>
      step.on === "gpu" ? [...step.launches] : [step],
    );
    const items: PlanItem[] = [];
    for (let i = work.length - 1; i >= 0; i--) {
      const item = work[i] as PlanItem["work"];
      const uses =
        "kernel" in item
          ? [...item.inputs, item.output]
          : [...item.inputs, ...item.outputs].map((v) => v.slot);
      const unneeded = [...new Set(uses)].filter((slot) => !seen.has(slot));
      for (const slot of unneeded) seen.add(slot);
      items.push({ work: item, unneeded });
    }
    this.#items = items.reverse();
    return this.#items;
  }
}
