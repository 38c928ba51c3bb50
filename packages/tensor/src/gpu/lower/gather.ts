import { sizeOf } from "../../shape";
import { KernelBuilder } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { sizeAlong, span } from "./spans";

/** Which axis of x is gathered, and how many leading axes x and the indices share. */
export interface GatherTask {
  readonly batchDims: number;
  /** Counts in the full shape of x. */
  readonly axis: number;
}

/** Makes an index from two planes a place on an axis; one outside counts as the nearer end. */
function clampedPlace(k: KernelBuilder, index: GpuView, length: number): string {
  const last = length - 1;
  k.use("lessUnsigned");
  k.use("indexOfPair");
  const negative = index.dtype === "i32" ? "if (p[1] > 32767.5) { return 0; }\n" : "";
  return k.define(
    [["p", "Array(2)"]],
    "Integer",
    `${negative}if (lessUnsigned([${last % 65536}, ${Math.floor(last / 65536)}], p) > 0.5) { return ${last}; }\nreturn indexOfPair(p);`,
  );
}

/**
 * Takes elements or slices along one axis at given places: a thread for each element of the result.
 *
 * x [B…, pre…, n, post…] and indices [B…, I…] give [B…, pre…, I…, post…].
 */
export const gatherLowering: GpuLowering<GatherTask> = (task) => {
  const [x, index] = task.inputs as readonly [GpuView, GpuView];
  const y = task.outputs[0] as GpuResult;
  const { batchDims, axis } = task.params;
  const length = x.shape[axis] as number;
  if (x.dtype === "f64" || !["i32", "u32"].includes(index.dtype)) return undefined;
  const k = new KernelBuilder(task.target, y.dtype);
  const size = sizeOf(y.shape);
  if (size === 0 || length === 0) return [k.finish(y.slot, [size], k.constant(0, y.dtype))];
  const before = span(0, axis);
  const after = span(axis + 1, x.shape.length);
  const own = span(batchDims, index.shape.length);
  const inner = sizeAlong(x.shape, after);
  const places = sizeAlong(index.shape, own);
  const outer = sizeAlong(x.shape, before);
  const between = sizeAlong(x.shape, span(batchDims, axis));

  const readIndex = k.reader(index, [span(0, batchDims), own]);
  const batches = outer / between;
  const batch = k.axisIndex(k.x, between * places * inner, batches, size);
  const place = k.let(readIndex(batch, k.axisIndex(k.x, inner, places, size)));
  const read = k.reader(x, [before, [axis], after]);
  const at = `${clampedPlace(k, index, length)}(${place})`;
  const row = k.axisIndex(k.x, places * inner, outer, size);
  const value = k.let(read(row, at, k.axisIndex(k.x, 1, inner, size)));
  return [k.finish(y.slot, [size], value)];
};
