import { wrap } from "../creation";
import { readConcrete } from "../internal/read";
import { type Concrete, Tensor } from "../tensor";
import type { BuiltKernel, Handle } from "./backend/backend";
import type { GpuBuffer } from "./buffer";
import type { GpuDevice } from "./device";
import type { Plan, PlanStep } from "./plan";
import type { Launch } from "./source/kernel-builder";

/** Issues the steps of a plan. Waits only for kernels that are still being compiled, and for steps on the CPU. */
export function runPlan(
  device: GpuDevice,
  plan: Plan,
  given: ReadonlyMap<number, GpuBuffer>,
  results: ReadonlyMap<number, GpuBuffer>,
): void | Promise<void> {
  const handles: (Handle | undefined)[] = plan.slots.map((_, slot) => given.get(slot)?.handle);
  const unneeded = plan.lastUses();
  const set = (slot: number, handle: Handle): void => {
    handles[slot] = handle;
    const result = results.get(slot);
    if (result !== undefined) device.fill(result, handle);
  };
  const launch = (l: Launch, built: BuiltKernel): void => {
    const args = l.inputs.map((slot) => handles[slot] as Handle);
    device.counters.kernels++;
    set(l.output, built.run(args));
  };
  const free = (slots: readonly number[]): void => {
    for (const slot of slots) {
      const handle = handles[slot];
      handles[slot] = undefined;
      if (handle !== undefined) device.freeHandle(handle);
    }
  };
  const work = plan.steps.flatMap((step, i): (() => void | Promise<void>)[] => {
    if (step.on === "cpu")
      return [
        async () => {
          await runOnCpu(device, plan, step, handles, set);
          free(unneeded[i]?.[0] ?? []);
        },
      ];
    return step.launches.map((l, j) => () => {
      const done = (built: BuiltKernel): void => {
        launch(l, built);
        free(unneeded[i]?.[j] ?? []);
      };
      if (l.kernel.output.some((d) => d === 0)) {
        set(l.output, device.transfers.empty());
        return;
      }
      const built = device.kernel(l.kernel);
      if (built instanceof Promise) return built.then(done);
      done(built);
      return;
    });
  });
  let at = 0;
  const next = (): void | Promise<void> => {
    while (at < work.length) {
      const pending = (work[at++] as () => void | Promise<void>)();
      if (pending !== undefined) return pending.then(next);
    }
    return;
  };
  return next();
}

/** Brings a step's operands to the CPU, runs it there, and takes the results back. */
async function runOnCpu(
  device: GpuDevice,
  plan: Plan,
  step: Extract<PlanStep, { on: "cpu" }>,
  handles: readonly (Handle | undefined)[],
  set: (slot: number, handle: Handle) => void,
): Promise<void> {
  const slots = [...new Set(step.inputs.map((x) => x.slot))];
  const arrays = new Map(
    await Promise.all(
      slots.map(async (slot) => {
        const { dtype, length } = plan.slots[slot] as Plan["slots"][number];
        const elements = await device.transfers.download(handles[slot] as Handle, dtype, length);
        return [slot, wrap(elements, [length], dtype)] as const;
      }),
    ),
  );
  const inputs = step.inputs.map(({ slot, shape, dtype, offset, strides }) => {
    const { storage } = (arrays.get(slot) as Tensor).concrete as Concrete;
    return Tensor.concrete(shape, dtype, { storage, offset, strides });
  });
  const outputs = step.run(inputs);
  device.counters.cpuSteps++;
  step.outputs.forEach(({ slot, shape, dtype }, i) => {
    const y = outputs[i] as Tensor;
    const elements = readConcrete(shape, y.concrete as Concrete, "gpu");
    set(slot, device.transfers.upload(dtype, elements));
  });
}
