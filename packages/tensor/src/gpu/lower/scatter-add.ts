import type { DType } from "../../dtype";
import { sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering, Task } from "./lowering";
import { LONGEST_ROW } from "./merge";
import { reduceLowering, share } from "./reduce";
import { scatterSorted } from "./scatter-sorted";
import { sizeAlong, span } from "./spans";

/** Which axis is scattered to, its length, and how many leading axes the updates and the indices share. */
export interface ScatterTask {
  readonly batchDims: number;
  /** Counts in the full shape of the result. */
  readonly axis: number;
  readonly size: number;
}

/** A scatter with its axes in groups: updates [outer, count, inner], result [outer, size, inner]. */
export interface Scatter {
  readonly task: Task;
  readonly updates: GpuView;
  /** Axes of the updates before the index axes, index axes, axes after them. */
  readonly groups: readonly [readonly number[], readonly number[], readonly number[]];
  /** Places [batches, count]; one out of range is `size`. */
  readonly keys: GpuView;
  readonly result: GpuResult;
  readonly outer: number;
  readonly batches: number;
  readonly count: number;
  readonly inner: number;
  readonly size: number;
}

/** Comparisons of places up to which every output looks at every update; beyond it the updates are sorted. */
const MOST = 2 ** 24;

/** Updates so few that sorting them is not worth its passes. */
const FEW = 64;

/**
 * Zeros plus updates at given places; the sum has the same bits every time.
 *
 * updates [B…, pre…, I…, post…] at indices [B…, I…] give [B…, pre…, size, post…]; an index out of range is dropped.
 */
export const scatterAddLowering: GpuLowering<ScatterTask> = (task) => {
  const [updates, index] = task.inputs as readonly [GpuView, GpuView];
  const result = task.outputs[0] as GpuResult;
  const { batchDims, axis, size } = task.params;
  if (!["f32", "i32", "u32"].includes(updates.dtype)) return undefined;
  if (!["i32", "u32"].includes(index.dtype)) return undefined;
  const own = index.shape.length - batchDims;
  const rank = updates.shape.length;
  const groups = [span(0, axis), span(axis, axis + own), span(axis + own, rank)] as const;
  const [outer, count, inner] = groups.map((axes) => sizeAlong(updates.shape, axes)) as [
    number,
    number,
    number,
  ];
  const outputs = sizeOf(result.shape);
  if (outputs === 0 || count === 0) {
    const k = new KernelBuilder(task.target, result.dtype);
    return [k.finish(result.slot, [outputs], k.constant(0, result.dtype))];
  }
  const direct = count <= FEW || outputs * count <= MOST;
  if (!direct && count > LONGEST_ROW) return undefined;
  const batches = sizeAlong(index.shape, span(0, batchDims));
  const slot = task.temporary(keyType(size), batches * count);
  const keys: GpuView = {
    slot,
    dtype: keyType(size),
    shape: [batches, count],
    offset: 0,
    strides: [count, 1],
  };
  const s = { task, updates, groups, keys, result, outer, batches, count, inner, size };
  return [keysLaunch(s, index), ...(direct ? scatterDirect(s) : scatterSorted(s))];
};

/** Places as floats where these hold them. */
const keyType = (size: number): DType => (size < 2 ** 24 ? "f32" : "u32");

/** Indices as places in one number each where it holds them; what is negative is large without its sign. */
function keysLaunch({ task, keys, batches, count, size }: Scatter, index: GpuView): Launch {
  const k = new KernelBuilder(task.target, keys.dtype);
  const place = k.let(k.reader(index)(k.x));
  const key =
    keys.dtype === "f32"
      ? `Math.min(${k.call("floatOfUnsigned", place)}, ${size})`
      : k.call("minUnsigned", place, k.constant(size, "u32"));
  return k.finish(keys.slot, [batches * count], key);
}

/** Every output looks at all updates, in their order; in parts where threads would be few. */
function scatterDirect(s: Scatter): readonly Launch[] {
  const { task, updates, groups, keys, result, outer, batches, count, inner, size } = s;
  const { dtype } = result;
  const outputs = outer * size * inner;
  const each = share(outputs, count);
  const parts = Math.ceil(count / each);
  const slot = parts === 1 ? result.slot : task.temporary(dtype, outputs * parts);
  const k = new KernelBuilder(task.target, dtype);
  const threads = outputs * parts;
  const axis = (inside: number, length: number): string =>
    k.axisIndex(k.x, inside, length, threads);
  const column = axis(parts, inner);
  const target = axis(parts * inner, size);
  const row = axis(parts * inner * size, outer);
  const batch = axis(parts * inner * size * (outer / batches), batches);
  const own = k.let(keys.dtype === "f32" ? target : k.call("pairOfIndex", target));
  const at = k.define(
    [
      ["p", "Integer"],
      ["j", "Integer"],
    ],
    "Integer",
    // Past the end the last update is looked at again, and left out.
    `if (p + j * ${parts} >= ${count}) { return ${count - 1}; }\nreturn p + j * ${parts};`,
  );
  const sum = k.name("s");
  const j = k.name("j");
  const part = k.let(axis(1, parts));
  const place = `${at}(${part}, ${j})`;
  k.line(`let ${sum} = ${k.constant(0, dtype)};`);
  k.line(`for (let ${j} = 0; ${j} < ${each}; ${j}++) {`);
  const key = k.let(k.reader(keys, [[0], [1]])(batch, place));
  const same = keys.dtype === "f32" ? `${key} === ${own}` : `${k.call("sameBits", key, own)} > 0.5`;
  const inside = parts * each > count ? ` && ${part} + ${j} * ${parts} < ${count}` : "";
  k.line(`if (${same}${inside}) {`);
  const value = k.let(k.reader(updates, groups)(row, place, column));
  k.line(
    `${sum} = ${dtype === "f32" ? `${sum} + ${value}` : k.call("addPair", sum, value)};\n}\n}`,
  );
  const launch = k.finish(slot, [threads], sum);
  if (parts === 1) return [launch];
  const domain = [outputs, parts];
  const rest = reduceLowering({
    ...task,
    inputs: [{ slot, dtype, shape: domain, offset: 0, strides: [parts, 1] }],
    outputs: [result],
    params: {
      program: { inputs: [dtype], constants: [], code: [], outputs: [0] },
      kind: "sum",
      domain,
      axes: [1],
    },
  });
  return [launch, ...(rest as readonly Launch[])];
}
