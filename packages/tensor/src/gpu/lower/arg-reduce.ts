import type { DType } from "../../dtype";
import { sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { share } from "./reduce";
import { sizeAlong, span } from "./spans";

/** Whether the place of the greatest or of the least element is wanted, and along which axis. */
export interface ArgReduceTask {
  readonly kind: "max" | "min";
  readonly axis: number;
}

/** Text that is 1 where x is a better choice than y, wherever they stand: NaN is the best. */
function beats(k: KernelBuilder, { kind }: ArgReduceTask, dtype: DType): string {
  if (dtype === "i32" || dtype === "u32") {
    const less = k.use(dtype === "i32" ? "lessSigned" : "lessUnsigned");
    return k.define(
      [
        ["x", "Array(2)"],
        ["y", "Array(2)"],
      ],
      "Number",
      kind === "max" ? `return ${less}(y, x);` : `return ${less}(x, y);`,
    );
  }
  const better = kind === "max" ? "x > y" : "x < y";
  return k.define(
    [
      ["x", "Number"],
      ["y", "Number"],
    ],
    "Number",
    `
if (y === y) {
  if (x === x) {
    if (${better}) { return 1; }
    return 0;
  }
  return 1;
}
return 0;`.trim(),
  );
}

/**
 * Place (i32) of the greatest or least element along an axis: the first among equals, the first NaN if there is one.
 *
 * Passes over ever fewer candidates, of which only the places are stored.
 */
export const argReduceLowering: GpuLowering<ArgReduceTask> = (task) => {
  const x = task.inputs[0] as GpuView;
  const y = task.outputs[0] as GpuResult;
  const { axis } = task.params;
  const outputs = sizeOf(y.shape);
  const length = x.shape[axis] as number;
  if (x.dtype === "f64") return undefined;
  if (outputs === 0 || length === 0) {
    const k = new KernelBuilder(task.target, y.dtype);
    return [k.finish(y.slot, [outputs], k.constant(0, y.dtype))];
  }
  const rank = x.shape.length;
  const groups = [span(0, axis), [axis], span(axis + 1, rank)];
  const outer = sizeAlong(x.shape, span(0, axis));
  const inner = outputs / outer;
  // Places as floats where these hold them.
  const type: DType = length <= 2 ** 24 ? "f32" : "u32";
  const launches: Launch[] = [];
  let candidates: GpuView | undefined;
  for (let count = length; ; ) {
    const each = share(outputs, count);
    const parts = Math.ceil(count / each);
    const isLast = parts === 1;
    const k = new KernelBuilder(task.target, isLast ? y.dtype : type);
    const threads = outputs * parts;
    const at = (inside: number, n: number): string => k.axisIndex(k.x, inside * parts, n, threads);
    const part = k.let(k.axisIndex(k.x, 1, parts, threads));
    const read = k.reader(x, groups);
    const stored = candidates && k.reader(candidates, [[0], [1]]);
    const step = k.define(
      [
        ["p", "Integer"],
        ["j", "Integer"],
      ],
      "Integer",
      // Past the end the last candidate is seen again, which changes nothing.
      `if (p + j * ${parts} >= ${count}) { return ${count - 1}; }\nreturn p + j * ${parts};`,
    );
    const candidate = (j: string): { place: string; value: string } => {
      const index = `${step}(${part}, ${j})`;
      const place = k.let(
        stored?.(at(1, outputs), index) ?? (type === "f32" ? index : k.call("pairOfIndex", index)),
      );
      const address = type === "f32" ? place : k.call("indexOfPair", place);
      return { place, value: k.let(read(at(inner, outer), address, at(1, inner))) };
    };
    const better = beats(k, task.params, x.dtype);
    const first = candidate("0");
    const [best, found, j] = ["s", "s", "j"].map((p) => k.name(p)) as [string, string, string];
    k.line(`let ${best} = ${first.value};\nlet ${found} = ${first.place};`);
    k.line(`for (let ${j} = 1; ${j} < ${each}; ${j}++) {`);
    const next = candidate(j);
    const wins = k.let(`${better}(${next.value}, ${best})`);
    // Among stored candidates an equal one may stand before.
    const before =
      type === "f32"
        ? `${next.place} < ${found} ? 1 : 0`
        : k.call("lessUnsigned", next.place, found);
    const tie = stored ? `(${better}(${best}, ${next.value}) < 0.5 ? (${before}) : 0)` : "0";
    const takes = k.let(`(${wins} > 0.5 ? 1 : ${tie})`);
    k.line(`if (${takes} > 0.5) { ${best} = ${next.value}; ${found} = ${next.place}; }\n}`);
    const slot = isLast ? y.slot : task.temporary(type, threads);
    const value = isLast && type === "f32" ? k.call("pairOfIndex", found) : found;
    launches.push(k.finish(slot, [threads], value));
    if (isLast) return launches;
    candidates = { slot, dtype: type, shape: [outputs, parts], offset: 0, strides: [parts, 1] };
    count = parts;
  }
};
