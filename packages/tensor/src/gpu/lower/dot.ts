import { sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { instructionText } from "./map-text";

/** Matrix products [B…, m, k] × [B…, k, n] → [B…, m, n]. */
export const dotLowering: GpuLowering = ({ inputs, outputs, target }) => {
  const [a, b] = inputs as readonly [GpuView, GpuView];
  const y = outputs[0] as GpuResult;
  if (y.dtype === "f64") return undefined;
  const rank = y.shape.length;
  const [m, n] = y.shape.slice(-2) as [number, number];
  const depth = a.shape[rank - 1] as number;
  const batch = sizeOf(y.shape.slice(0, -2));
  const axes = y.shape.map((_, i) => i);
  const groups = [axes.slice(0, -2), [rank - 2], [rank - 1]];
  // Neighbouring threads have neighbouring columns, so they read neighbouring elements of b.
  const wide = target.vectors && y.dtype === "f32" && n % 4 === 0;
  const k = new KernelBuilder(target, y.dtype, wide ? 4 : 1);
  const left = k.reader(a, groups);
  const right = k.reader(b, groups);
  const j = k.name("j");
  const loop = `for (let ${j} = 0; ${j} < ${depth}; ${j}++) {`;
  if (!wide) {
    const sum = k.name("s");
    k.line(`let ${sum} = ${k.constant(0, y.dtype)};`);
    k.line(loop);
    const p = k.let(left("this.thread.z", "this.thread.y", j));
    const q = k.let(right("this.thread.z", j, k.x));
    const product = k.let(instructionText(k, { op: "mul", dtype: y.dtype, args: [0, 1] }, [p, q]));
    const next = instructionText(k, { op: "add", dtype: y.dtype, args: [0, 1] }, [sum, product]);
    k.line(`${sum} = ${next};`);
    k.line("}");
    return launch(k, y.slot, [n, m, batch], sum);
  }
  const sums = [0, 1, 2, 3].map(() => k.name("s"));
  for (const s of sums) k.line(`let ${s} = 0;`);
  k.line(loop);
  const p = k.let(left("this.thread.z", "this.thread.y", j));
  sums.forEach((s, i) => {
    const q = k.let(right("this.thread.z", j, `(this.thread.x * 4 + ${i})`));
    k.line(`${s} = ${s} + ${p} * ${q};`);
  });
  k.line("}");
  return launch(k, y.slot, [n / 4, m, batch], `[${sums.join(", ")}]`);
};

const launch = (
  k: KernelBuilder,
  slot: number,
  threads: readonly number[],
  value: string,
): readonly Launch[] => [k.finish(slot, threads, value)];
