import { wrap } from "../creation";
import { readConcrete } from "../internal/read";
import { type Concrete, Tensor } from "../tensor";
import type { BuiltKernel, Handle } from "./backend/backend";
import type { GpuBuffer } from "./buffer";
import type { GpuDevice } from "./device";
import { after, inTurn } from "./in-turn";
import type { Plan, PlanStep } from "./plan";
import type { Launch } from "./source/kernel-builder";

/** Memory by slot. */
export type Handles = (Handle | undefined)[];

/** Issues the steps of a plan and hands its results to their buffers. */
export function runPlan(
  device: GpuDevice,
  plan: Plan,
  given: ReadonlyMap<number, GpuBuffer>,
  results: ReadonlyMap<number, GpuBuffer>,
): void | Promise<void> {
  const handles: Handles = plan.slots.map((_, slot) => given.get(slot)?.handle);
  const finish = (): void => {
    // Nothing is written where there are no elements.
    for (const [slot, buffer] of results)
      device.fill(buffer, handles[slot] ?? device.transfers.empty());
  };
  return issuePlan(device, plan, handles, finish);
}

/**
 * Issues the steps of a plan. Waits only for kernels that are still being compiled, for decisions of loops and
 * branches, and for steps on the CPU. If a step fails, all memory but that of given slots is freed.
 *
 * @param handles - memory of the slots that are filled before; in the end also of results
 * @param finish - called when everything was issued
 */
export function issuePlan<T>(
  device: GpuDevice,
  plan: Plan,
  handles: Handles,
  finish: () => T,
): T | Promise<T> {
  const items = plan.items();
  const free = (slot: number): void => {
    const handle = handles[slot];
    handles[slot] = undefined;
    if (handle !== undefined) device.freeHandle(handle);
  };
  return after(
    () =>
      inTurn(items.length, (i) => {
        const { work, unneeded } = items[i] as (typeof items)[number];
        const done = (): void => unneeded.forEach(free);
        const pending = issue(device, plan, work, handles);
        if (pending !== undefined) return pending.then(done);
        return done();
      }),
    finish,
    () => {
      handles.forEach((_, slot) => {
        if (!plan.given.has(slot)) free(slot);
      });
    },
  );
}

function issue(
  device: GpuDevice,
  plan: Plan,
  work: ReturnType<Plan["items"]>[number]["work"],
  handles: Handles,
): void | Promise<void> {
  if ("kernel" in work) return launch(device, work, handles);
  if (work.on === "cpu") return runOnCpu(device, plan, work, handles);
  const set = (list: readonly Handle[]): void => {
    work.outputs.forEach(({ slot }, i) => {
      handles[slot] = list[i];
    });
  };
  const outputs = work.control.run(
    device,
    work.inputs.map(({ slot }) => handles[slot] as Handle),
  );
  if (outputs instanceof Promise) return outputs.then(set);
  return set(outputs);
}

function launch(device: GpuDevice, l: Launch, handles: Handles): void | Promise<void> {
  if (l.kernel.output.some((d) => d === 0)) {
    handles[l.output] = device.transfers.empty();
    return;
  }
  const run = (built: BuiltKernel): void => {
    const args = l.inputs.map((slot) => handles[slot] as Handle);
    device.counters.kernels++;
    handles[l.output] = built.run(args);
  };
  const built = device.kernel(l.kernel);
  if (built instanceof Promise) return built.then(run);
  return run(built);
}

/** Brings a step's operands to the CPU, runs it there, and takes the results back. */
async function runOnCpu(
  device: GpuDevice,
  plan: Plan,
  step: Extract<PlanStep, { on: "cpu" }>,
  handles: Handles,
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
    handles[slot] = device.transfers.upload(dtype, elements);
  });
}
