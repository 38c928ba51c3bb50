import { sizeOf } from "../../shape";
import { KernelBuilder } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { instructionText } from "./map-text";
import { type Digit, productLaunches } from "./product";

/** Matrix products [B…, m, k] × [B…, k, n] → [B…, m, n]. */
export const dotLowering: GpuLowering = (task) => {
  const [a, b] = task.inputs as readonly [GpuView, GpuView];
  const y = task.outputs[0] as GpuResult;
  if (y.dtype === "f64") return undefined;
  if (y.dtype !== "f32") return plainDot(task);
  const r = y.shape.length;
  const digit = (x: number, w: number, length: number): Digit => ({ length, x, w });
  const batch = y.shape
    .slice(0, -2)
    .map((d, i) => digit(b.strides[i] as number, a.strides[i] as number, d));
  const rows = digit(0, a.strides[r - 2] as number, y.shape[r - 2] as number);
  const columns = digit(b.strides[r - 1] as number, 0, y.shape[r - 1] as number);
  const depth = digit(
    b.strides[r - 2] as number,
    a.strides[r - 1] as number,
    a.shape[r - 1] as number,
  );
  const axes = [...batch, rows, columns].map((d) => ({ length: d.length, digits: [d] }));
  const product = { x: b, w: a, axes, rows, columns, sums: [depth] };
  return productLaunches([product], y.slot, task.target, task.temporary);
};

/** One thread for each element, of any dtype. */
const plainDot: GpuLowering = ({ inputs, outputs, target }) => {
  const [a, b] = inputs as readonly [GpuView, GpuView];
  const y = outputs[0] as GpuResult;
  const rank = y.shape.length;
  const [m, n] = y.shape.slice(-2) as [number, number];
  const axes = y.shape.map((_, i) => i);
  const groups = [axes.slice(0, -2), [rank - 2], [rank - 1]];
  const k = new KernelBuilder(target, y.dtype);
  const left = k.reader(a, groups);
  const right = k.reader(b, groups);
  const [j, sum] = [k.name("j"), k.name("s")];
  k.line(`let ${sum} = ${k.constant(0, y.dtype)};`);
  k.line(`for (let ${j} = 0; ${j} < ${a.shape[rank - 1]}; ${j}++) {`);
  const p = k.let(left("this.thread.z", "this.thread.y", j));
  const q = k.let(right("this.thread.z", j, k.x));
  const apply = (op: "add" | "mul", x: string, y: string, dtype: GpuResult["dtype"]): string =>
    instructionText(k, { op, dtype, args: [0, 1] }, [x, y]);
  const product = k.let(apply("mul", p, q, y.dtype));
  k.line(`${sum} = ${apply("add", sum, product, y.dtype)};`);
  k.line("}");
  return [k.finish(y.slot, [n, m, sizeOf(y.shape.slice(0, -2))], sum)];
};
