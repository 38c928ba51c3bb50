import type { IndexWindows, ScatterParams } from "../../primitives/indexing";
import { poolShape } from "../../primitives/pool";
import { contiguousStrides, sizeOf } from "../../shape";
import { KernelBuilder } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { eachCover, windowAxes } from "./window-text";

/**
 * Updates added where a pooling found its maxima, [B…, pre…, windows] at [B…, windows] → [B…, pre…, elements]:
 * each element looks at the few windows that hold it, where a scatter would search them all.
 */
export const maxPoolTransposeLowering: GpuLowering<ScatterParams> = (task) => {
  const [updates, index] = task.inputs as readonly [GpuView, GpuView];
  const y = task.outputs[0] as GpuResult;
  const { batchDims, size } = task.params;
  const windows = task.params.windows as IndexWindows;
  // Places are compared as floats.
  if (y.dtype !== "f32" || index.dtype !== "i32" || size > 2 ** 24) return undefined;
  if (sizeOf(y.shape) === 0) return [];
  const { input } = windows;
  const output = poolShape(input, windows);
  const k = new KernelBuilder(task.target, "f32");
  const lead = y.shape.slice(0, -1);
  const total = sizeOf(y.shape);
  const own = k.let(k.axisIndex(k.x, 1, size, total));
  const steps = contiguousStrides(input);
  const at = input.map((d, i) => k.let(k.axisIndex(own, steps[i] as number, d, size)));
  const outer = k.axisIndex(k.x, size, sizeOf(lead), total);
  const inside = sizeOf(lead.slice(batchDims));
  const batch = k.axisIndex(k.x, size * inside, sizeOf(lead.slice(0, batchDims)), total);
  const axes = updates.shape.map((_, i) => i);
  const update = k.reader(updates, [axes.slice(0, -1), axes.slice(-1)]);
  const place = k.reader(index, [axes.slice(0, batchDims), [batchDims]]);
  const flat = k.define(
    output.map((_, i) => [`i${i}`, "Integer"] as const),
    "Integer",
    `return ${contiguousStrides(output)
      .map((step, i) => `i${i} * ${step}`)
      .join(" + ")};`,
  );
  const sum = k.name("s");
  k.line(`let ${sum} = 0;`);
  if (sizeOf(output) > 0) {
    eachCover(k, windowAxes(windows, input, output), at, (places) => {
      const window = `${flat}(${places.join(", ")})`;
      const found = k.let(k.call("indexOfPair", k.let(place(batch, window))));
      const distance = k.let(`${found} - ${own}`);
      k.line(`if (${distance} * ${distance} < 0.5) {`);
      k.line(`${sum} = ${sum} + ${k.let(update(outer, window))};`);
      k.line("}");
    });
  }
  return [k.finish(y.slot, [total], sum)];
};
