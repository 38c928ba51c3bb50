import { type MapProgram, registerTypes } from "../../cpu/lower/map-program";
import type { DType } from "../../dtype";
import { contiguousStrides, sizeOf } from "../../shape";
import { KernelBuilder, type Launch } from "../source/kernel-builder";
import type { GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { hasText, instructionText } from "./map-text";
import { splitProgram } from "./split-program";

/**
 * A program's registers as texts: each is computed where it is first asked for, and once.
 *
 * @param load - text that reads a register from memory; `undefined` if it has to be computed
 */
export function mapTexts(
  k: KernelBuilder,
  program: MapProgram,
  load: (register: number) => string | undefined,
): (register: number) => string {
  const { inputs, constants, code } = program;
  const types = registerTypes(program);
  const known = new Map<number, string>();
  const text = (r: number): string => {
    const loaded = load(r);
    if (loaded !== undefined) return k.let(loaded);
    const c = r - inputs.length;
    const constant = constants[c];
    if (constant !== undefined) return k.constant(constant.value, types[r] as DType);
    const instruction = code[c - constants.length] as MapProgram["code"][number];
    return k.let(instructionText(k, instruction, instruction.args.map(register)));
  };
  const register = (r: number): string => {
    const found = known.get(r) ?? text(r);
    known.set(r, found);
    return found;
  };
  return register;
}

/** True when the device can run a program. */
export const canMap = (program: MapProgram): boolean =>
  program.code.every(hasText) && registerTypes(program).every((t) => t !== "f64");

/**
 * A fused elementwise program: one kernel for each output, and, where an output needs more buffers than a kernel
 * can read, others before it that compute parts of it.
 */
export const mapLowering: GpuLowering<{ readonly program: MapProgram }> = (task) => {
  const { program } = task.params;
  if (!canMap(program)) return undefined;
  const types = registerTypes(program);
  const shape = task.outputs[0]?.shape ?? [];
  const views = new Map<number, GpuView>(task.inputs.map((view, i) => [i, view]));
  const launches: Launch[] = [];
  const emit = (register: number, slot: number): void => {
    const k = new KernelBuilder(task.target, types[register] as DType);
    const texts = mapTexts(k, program, (r) => {
      const view = views.get(r);
      return view && k.reader(view)(k.x);
    });
    launches.push(k.finish(slot, [sizeOf(shape)], texts(register)));
  };
  const slots = task.inputs.map((view) => view.slot);
  for (const register of splitProgram(program, slots, task.target.maxInputs)) {
    const dtype = types[register] as DType;
    const slot = task.temporary(dtype, sizeOf(shape));
    emit(register, slot);
    views.set(register, { slot, dtype, shape, offset: 0, strides: contiguousStrides(shape) });
  }
  program.outputs.forEach((register, i) => {
    emit(register, (task.outputs[i] as { slot: number }).slot);
  });
  return launches;
};
