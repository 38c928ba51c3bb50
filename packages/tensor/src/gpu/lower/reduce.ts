import { type MapProgram, registerTypes } from "../../cpu/lower/map-program";
import type { DType } from "../../dtype";
import type { ReduceKind } from "../../primitives/reduction";
import { sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import { type GpuResult, type GpuView, planesOf } from "../source/view";
import type { GpuLowering } from "./lowering";
import { canMap, mapTexts } from "./map";
import { hasText, instructionText } from "./map-text";
import { splitProgram } from "./split-program";

/** What a reduction does, as the CPU's lowering has it. */
export interface ReduceTask {
  /** Elementwise work on the operands, whose one output is reduced. */
  readonly program: MapProgram;
  readonly kind: ReduceKind;
  readonly domain: readonly number[];
  readonly axes: readonly number[];
}

/** Elements that one thread combines; beyond it several threads share an output, and a further pass joins them. */
const LONGEST = 256;

/** Outputs from which on the device is busy with one thread for each. */
const BUSY = 1 << 14;

const operation = {
  sum: "add",
  prod: "mul",
  max: "max",
  min: "min",
  any: "or",
  all: "and",
} as const satisfies Record<ReduceKind, string>;

/** The value that changes nothing. */
function identity(kind: ReduceKind, dtype: DType): number {
  if (kind === "sum" || kind === "any") return 0;
  if (kind === "prod" || kind === "all") return 1;
  const least: Partial<Record<DType, number>> = { f32: -Infinity, i32: -(2 ** 31) };
  const most: Partial<Record<DType, number>> = {
    f32: Infinity,
    i32: 2 ** 31 - 1,
    u32: 2 ** 32 - 1,
    u8: 255,
    bool: 1,
  };
  return (kind === "max" ? least[dtype] : most[dtype]) ?? 0;
}

/** Elements that each thread combines, so that enough threads work at once. */
export function share(outputs: number, count: number): number {
  if (count <= LONGEST) return count;
  if (outputs >= BUSY && count <= 16 * LONGEST) return count;
  return Math.min(4 * LONGEST, Math.ceil(Math.sqrt(count)));
}

/** A reduction over axes, with the elementwise work before it, in as many passes as it takes. */
export const reduceLowering: GpuLowering<ReduceTask> = (task) => {
  const { program, kind, domain, axes } = task.params;
  const result = task.outputs[0] as GpuResult;
  const { dtype } = result;
  const combine = { op: operation[kind], dtype, args: [0, 1] } as const;
  if (!canMap(program) || !hasText(combine)) return undefined;
  const slots = task.inputs.map((x) => x.slot);
  if (splitProgram(program, slots, task.target.maxInputs).length > 0) return undefined;
  const kept = domain.map((_, i) => i).filter((i) => !axes.includes(i));
  const outputs = sizeOf(kept.map((i) => domain[i] as number));
  let count = sizeOf(axes.map((i) => domain[i] as number));
  const launches: Launch[] = [];
  const register = program.outputs[0] as number;
  const type = registerTypes(program)[register] as DType;

  /** One pass: threads [output, part] combine elements part, part + parts, …. */
  const pass = (element: (k: KernelBuilder, output: string, index: string) => string): number => {
    const each = share(outputs, count);
    const parts = each === 0 ? 1 : Math.ceil(count / each);
    const slot = parts === 1 ? result.slot : task.temporary(dtype, outputs * parts);
    const k = new KernelBuilder(task.target, dtype);
    const size = outputs * parts;
    const output = k.axisIndex(k.x, parts, outputs, size);
    const part = k.axisIndex(k.x, 1, parts, size);
    const sum = k.name("s");
    const start = k.constant(identity(kind, dtype), dtype);
    k.line(`let ${sum} = ${start};`);
    const j = k.name("j");
    k.line(`for (let ${j} = 0; ${j} < ${each}; ${j}++) {`);
    const index =
      parts === 1
        ? j
        : `${k.define(
            [
              ["p", "Integer"],
              ["j", "Integer"],
            ],
            "Integer",
            `return p + j * ${parts};`,
          )}(${part}, ${j})`;
    const ragged = parts * each > count;
    if (ragged) k.line(`if (${index} < ${count}) {`);
    const value = element(k, output, index);
    k.line(`${sum} = ${instructionText(k, combine, [sum, value])};`);
    if (ragged) k.line("}");
    k.line("}");
    launches.push(k.finish(slot, [size], sum));
    count = parts;
    return slot;
  };

  let slot = pass((k, output, index) => {
    const text = mapTexts(k, program, (r) => {
      const view = task.inputs[r];
      return view && k.reader(view, [kept, [...axes]])(output, index);
    })(register);
    return planesOf(type) === planesOf(dtype) ? text : text;
  });
  while (count > 1) {
    const view: GpuView = {
      slot,
      dtype,
      shape: [outputs, count],
      offset: 0,
      strides: [count, 1],
    };
    slot = pass((k, output, index) => k.let(k.reader(view, [[0], [1]])(output, index)));
  }
  return launches;
};
