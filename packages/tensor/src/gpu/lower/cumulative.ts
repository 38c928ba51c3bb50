import { sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { instructionText } from "./map-text";
import { type Along, scanLaunches } from "./scan-blocks";
import { sizeAlong, span } from "./spans";

/** What is accumulated along which axis, and whether from its end. */
export interface CumulativeTask {
  readonly kind: "sum" | "prod" | "max" | "min";
  readonly axis: number;
  readonly reverse: boolean;
}

const operations = { sum: "add", prod: "mul", max: "max", min: "min" } as const;

/** A view with its axes in groups around one of them, which is walked from its end if `reverse`. */
function along(x: GpuView, axis: number, reverse: boolean): Along {
  const step = x.strides[axis] as number;
  const last = Math.max(0, (x.shape[axis] as number) - 1);
  const turned = {
    ...x,
    offset: x.offset + last * step,
    strides: x.strides.map((s, a) => (a === axis ? -s : s)),
  };
  return {
    view: reverse ? turned : x,
    groups: [span(0, axis), [axis], span(axis + 1, x.shape.length)],
  };
}

/** The lengths of the three groups. */
const lengths = ({ shape }: GpuView, axis: number): readonly [number, number, number] => [
  sizeAlong(shape, span(0, axis)),
  shape[axis] as number,
  sizeAlong(shape, span(axis + 1, shape.length)),
];

const nothing = (target: KernelBuilder["target"], { slot, dtype }: GpuResult): Launch[] => {
  const k = new KernelBuilder(target, dtype);
  return [k.finish(slot, [0], k.constant(0, dtype))];
};

/** Running sum, product, maximum or minimum along an axis; sums are in f32, over blocks and then over their sums. */
export const cumulativeLowering: GpuLowering<CumulativeTask> = (task) => {
  const x = task.inputs[0] as GpuView;
  const y = task.outputs[0] as GpuResult;
  const { kind, axis, reverse } = task.params;
  if (!["f32", "i32", "u32"].includes(x.dtype)) return undefined;
  if (sizeOf(x.shape) === 0) return nothing(task.target, y);
  const instruction = { op: operations[kind], dtype: x.dtype, args: [0, 1] } as const;
  return scanLaunches(
    task,
    {
      values: along(x, axis, reverse),
      next: (k, sum, value) => instructionText(k, instruction, [sum, value]),
    },
    lengths(x, axis),
    y,
    reverse,
  );
};

/**
 * First-order linear recurrence y_i = a_i y_{i−1} + b_i along an axis from y = 0, in f32.
 *
 * Blocks are joined by the products of their a, which overflow where 32 of them exceed the range of f32.
 */
export const recurrenceLowering: GpuLowering<Omit<CumulativeTask, "kind">> = (task) => {
  const [a, b] = task.inputs as readonly [GpuView, GpuView];
  const y = task.outputs[0] as GpuResult;
  const { axis, reverse } = task.params;
  if (b.dtype !== "f32") return undefined;
  if (sizeOf(b.shape) === 0) return nothing(task.target, y);
  return scanLaunches(
    task,
    {
      values: along(b, axis, reverse),
      factors: along(a, axis, reverse),
      next: (_, sum, value, factor) => `${factor} * ${sum} + ${value}`,
    },
    lengths(b, axis),
    y,
    reverse,
  );
};
