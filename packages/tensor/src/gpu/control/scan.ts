import type { ScanParams } from "../../control/scan-primitive";
import type { Graph, Var } from "../../graph/graph";
import { sizeOf } from "../../shape";
import type { Handle } from "../backend/backend";
import type { GpuDevice } from "../device";
import { inTurn } from "../in-turn";
import { concatLowering } from "../lower/copy";
import { Plan } from "../plan";
import type { GpuProgram } from "../program";
import { type Handles, issuePlan } from "../run-plan";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { Target } from "../source/target";
import type { GpuView } from "../source/view";
import type { GpuControl } from "./gpu-control";
import { Owned } from "./owned";
import { Subprogram } from "./subprogram";

/** Most steps: the place of a slice is counted in a float on the device. */
const MOST_STEPS = 2 ** 24;

/** One number on the device. */
const counter = (slot: number): GpuView => ({
  slot,
  dtype: "f32",
  shape: [1],
  offset: 0,
  strides: [1],
});

/** A plan that takes the slices of a step at the place that its last slot holds, and moves the place on. */
function slicingPlan(target: Target, slices: readonly Var[], length: number, step: 1 | -1): Plan {
  const plan = new Plan();
  const operands = slices.map((v) => plan.slot(v.dtype, length * sizeOf(v.shape)));
  const place = plan.slot("f32", 1);
  for (const slot of operands) plan.given.add(slot);
  const launches: Launch[] = slices.map((v, i) => {
    const size = sizeOf(v.shape);
    const k = new KernelBuilder(target, v.dtype);
    const at = k.let(k.reader(counter(place))("0"));
    const view: GpuView = {
      slot: operands[i] as number,
      dtype: v.dtype,
      shape: [length, size],
      offset: 0,
      strides: [size, 1],
    };
    return k.finish(plan.slot(v.dtype, size), [size], k.let(k.reader(view, [[0], [1]])(at, k.x)));
  });
  const k = new KernelBuilder(target, "f32");
  const next = k.let(`${k.reader(counter(place))("0")} + ${step}`);
  launches.push(k.finish(plan.slot("f32", 1), [1], next));
  for (const l of launches) plan.results.add(l.output);
  plan.steps.push({ on: "gpu", launches });
  return plan;
}

/** A plan that joins the results of all steps, whose memory it takes over. */
function stackingPlan(target: Target, { shape, dtype }: Var, length: number): Plan {
  const plan = new Plan();
  const size = sizeOf(shape);
  const pieces = Array.from({ length }, () => plan.slot(dtype, size));
  const slot = plan.slot(dtype, length * size);
  plan.results.add(slot);
  if (length === 0) return plan;
  const launches = concatLowering({
    inputs: pieces.map((p) => ({
      slot: p,
      dtype,
      shape: [1, size],
      offset: 0,
      strides: [size, 1],
    })),
    outputs: [{ slot, dtype, shape: [length, size] }],
    params: { axis: 0 },
    target,
    temporary: (type, n) => plan.slot(type, n),
  });
  plan.steps.push({ on: "gpu", launches: launches ?? [] });
  return plan;
}

/** A loop over slices: the host issues the body's kernels for every step; carry, slices and results stay there. */
export function scanOnDevice(
  params: ScanParams,
  target: Target,
  compile: (graph: Graph) => GpuProgram,
): GpuControl | undefined {
  const { body: graph, consts, carry, length, reverse } = params;
  if (length > MOST_STEPS) return undefined;
  const body = new Subprogram(graph, compile, (i) =>
    i < carry ? graph.inputs[consts + i] : undefined,
  );
  const slices = graph.inputs.slice(consts + carry);
  const carried = graph.outputs.slice(0, carry);
  const collected = graph.outputs.slice(carry);
  const k = new KernelBuilder(target, "f32");
  const { kernel: first } = k.finish(0, [1], k.number(reverse ? length - 1 : 0));
  const slicing = slicingPlan(target, slices, length, reverse ? -1 : 1);
  const stacking = collected.map((v) => stackingPlan(target, v, length));

  async function run(device: GpuDevice, inputs: readonly Handle[]): Promise<readonly Handle[]> {
    const owned = new Owned(device);
    const constants = inputs.slice(0, consts);
    const sliced = inputs.slice(consts + carry);
    let state = inputs.slice(consts, consts + carry) as readonly Handle[];
    const results = collected.map((): Handle[] => []);
    let place: Handle | undefined;

    const take = (): readonly Handle[] | Promise<readonly Handle[]> => {
      if (slices.length === 0) return [];
      const handles: Handles = [...sliced, place, ...slices.map(() => undefined), undefined];
      owned.release([place as Handle]);
      return issuePlan(device, slicing, handles, () => {
        const out = handles.slice(slices.length + 1) as Handle[];
        place = out.at(-1);
        return owned.add(out).slice(0, -1);
      });
    };
    const step = (x: readonly Handle[]): void | Promise<void> => {
      const done = (out: readonly Handle[]): void => {
        owned.free(x);
        state = owned.replace(state, out.slice(0, carry));
        owned.add(out.slice(carry)).forEach((y, i) => {
          results[i]?.push(y);
        });
      };
      const out = body.run(device, [...constants, ...state, ...x]);
      return out instanceof Promise ? out.then(done) : done(out);
    };
    try {
      if (slices.length > 0) {
        const built = await device.kernel(first);
        device.counters.kernels++;
        [place] = owned.add([built.run([])]);
      }
      await inTurn(length, () => {
        const x = take();
        return x instanceof Promise ? x.then(step) : step(x);
      });
      const stacked: Handle[] = [];
      for (const [i, plan] of stacking.entries()) {
        const pieces = results[i] as Handle[];
        if (reverse) pieces.reverse();
        if (length === 0) {
          stacked.push(...owned.add([device.transfers.empty()]));
          continue;
        }
        const handles: Handles = plan.slots.map((_, slot) => pieces[slot]);
        owned.release(pieces);
        const [slot] = plan.results as Set<number>;
        stacked.push(
          await issuePlan(device, plan, handles, () => handles[slot as number] as Handle),
        );
        owned.add(stacked);
      }
      const last = await owned.leave(state, carried);
      owned.release(stacked);
      return [...last, ...stacked];
    } finally {
      owned.freeAll();
    }
  }

  return { programs: [{ title: `${length} times`, program: body }], run };
}
