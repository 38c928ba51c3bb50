import { sizeOf } from "../../shape";
import { KernelBuilder } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { LONGEST_ROW, precedes } from "./merge";

/** Insertion points: a thread for each query searches its row by halves. */
export const searchSortedLowering: GpuLowering<{ readonly side: "left" | "right" }> = (task) => {
  const [sorted, queries] = task.inputs as readonly [GpuView, GpuView];
  const y = task.outputs[0] as GpuResult;
  const n = sorted.shape.at(-1) as number;
  if (sorted.dtype === "f64" || n > LONGEST_ROW) return undefined;
  const k = new KernelBuilder(task.target, y.dtype);
  const size = sizeOf(y.shape);
  if (n === 0 || size === 0) return [k.finish(y.slot, [size], k.constant(0, y.dtype))];
  const axes = sorted.shape.map((_, i) => i);
  const read = k.reader(sorted, [axes.slice(0, -1), axes.slice(-1)]);
  const perRow = y.shape.at(-1) as number;
  const row = k.axisIndex(k.x, perRow, size / perRow, size);
  const query = k.let(k.reader(queries)(k.x));
  const [low, high, j] = ["s", "s", "j"].map((p) => k.name(p)) as [string, string, string];
  k.line(`let ${low} = 0;\nlet ${high} = ${n};`);
  k.line(`for (let ${j} = 0; ${j} < ${Math.ceil(Math.log2(n + 1))}; ${j}++) {`);
  k.line(`if (${low} < ${high}) {`);
  const middle = k.let(`Math.floor((${low} + ${high}) * 0.5)`);
  const value = k.let(read(row, middle));
  const { dtype } = sorted;
  const goesRight =
    task.params.side === "left"
      ? `${precedes(k, dtype, value, query)} > 0.5`
      : `${precedes(k, dtype, query, value)} < 0.5`;
  k.line(`if (${goesRight}) { ${low} = ${middle} + 1; } else { ${high} = ${middle}; }\n}\n}`);
  return [k.finish(y.slot, [size], k.call("pairOfIndex", low))];
};
