import { sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import { copyLaunch } from "./copy";
import type { GpuLowering, Task } from "./lowering";
import { LONGEST_ROW, mergeSort } from "./merge";

/** The last axis of an operand that can be sorted here. */
const canSort = ({ dtype, shape }: GpuView): boolean =>
  dtype !== "f64" && (shape.at(-1) as number) <= LONGEST_ROW;

/** A kernel that writes 0 everywhere: places in rows of one element. */
function zeros({ target }: Task, { slot, dtype, shape }: GpuResult): Launch {
  const k = new KernelBuilder(target, dtype);
  return k.finish(slot, [sizeOf(shape)], k.constant(0, dtype));
}

/** Sorts the last axis, by as many passes as its length has binary digits. */
export const sortLowering: GpuLowering = (task) => {
  const [x] = task.inputs as readonly [GpuView];
  const y = task.outputs[0] as GpuResult;
  if (!canSort(x)) return undefined;
  const keep = x.shape.at(-1) as number;
  if (keep <= 1 || sizeOf(x.shape) === 0) return [copyLaunch(task.target, x, y.slot)];
  return mergeSort(task, x, { keep, descending: false, holds: "elements" }, y, (_, value) => value);
};

/** The places that sort the last axis. */
export const argsortLowering: GpuLowering = (task) => {
  const [x] = task.inputs as readonly [GpuView];
  const y = task.outputs[0] as GpuResult;
  if (!canSort(x)) return undefined;
  const keep = x.shape.at(-1) as number;
  if (keep <= 1 || sizeOf(x.shape) === 0) return [zeros(task, y)];
  return mergeSort(task, x, { keep, descending: false, holds: "places" }, y, (k, place) =>
    k.call("pairOfIndex", place),
  );
};

/** The first of the last axis in descending order: runs are cut to so many elements as soon as they are longer. */
export const topKLowering: GpuLowering<{ readonly k: number }> = (task) => {
  const [x] = task.inputs as readonly [GpuView];
  const [values, indices] = task.outputs as readonly [GpuResult, GpuResult];
  if (!canSort(x)) return undefined;
  const keep = task.params.k;
  if (x.shape.at(-1) === 1 || sizeOf(values.shape) === 0) {
    const row = { ...x, shape: values.shape };
    return [copyLaunch(task.target, row, values.slot), zeros(task, indices)];
  }
  const slot = task.temporary("f32", sizeOf(values.shape));
  const places = mergeSort(
    task,
    x,
    { keep, descending: true, holds: "places" },
    { slot, dtype: "f32" },
    (_, place) => place,
  );
  const rows = sizeOf(x.shape.slice(0, -1));
  const held: GpuView = { slot, dtype: "f32", shape: [rows, keep], offset: 0, strides: [keep, 1] };
  const finish = (y: GpuResult, text: (k: KernelBuilder, place: string) => string): Launch => {
    const k = new KernelBuilder(task.target, y.dtype);
    const place = k.let(k.reader(held)(k.x));
    return k.finish(y.slot, [rows * keep], text(k, place));
  };
  const axes = x.shape.map((_, i) => i);
  return [
    ...places,
    finish(values, (k, place) => {
      const row = k.axisIndex(k.x, keep, rows, rows * keep);
      return k.let(k.reader(x, [axes.slice(0, -1), axes.slice(-1)])(row, place));
    }),
    finish(indices, (k, place) => k.call("pairOfIndex", place)),
  ];
};
