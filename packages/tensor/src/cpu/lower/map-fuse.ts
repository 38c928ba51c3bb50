import { bytesOf, type DType } from "../../dtype";
import type { View } from "../view";
import type { LoopAxis } from "./axes";
import { type MapBuilder, mapBuilder, type Step } from "./map-builder";
import { contract } from "./map-contract";
import { loadOp, move, storeOp } from "./map-opcodes";
import { applyInstruction, castRegister } from "./map-operations";
import { type MapProgram, registerTypes } from "./map-program";

/** A view that is read block by block. */
export interface FusedInput {
  readonly register: number;
  readonly pointer: number;
  readonly elementBytes: number;
  /** Its elements follow each other as those of the domain do. */
  readonly inPlace: boolean;
  readonly strides: readonly number[];
}

/** A view that is written block by block. */
export interface FusedOutput {
  readonly register: number;
  readonly pointer: number;
  readonly elementBytes: number;
}

/** A program as kernel operations over a collapsed domain. */
export interface Fused {
  readonly builder: MapBuilder;
  /** Axes of the domain with the byte strides of every input view. */
  readonly axes: readonly LoopAxis[];
  readonly inputs: readonly FusedInput[];
  readonly outputs: readonly FusedOutput[];
  /** Register of every output of the program, as lanes. */
  readonly results: readonly number[];
}

/**
 * Translates a program.
 *
 * Inputs without any varying axis are loaded, and everything that follows from them alone is computed,
 * once per chunk.
 *
 * @param axes - the domain, collapsed, with byte strides in the order of `inputs`
 * @param outputs - contiguous views that the program's outputs are stored to; none for a reduction
 */
export function fuse(
  program: MapProgram,
  width: 4 | 8,
  axes: readonly LoopAxis[],
  inputs: readonly View[],
  outputs: readonly View[],
): Fused {
  const builder = mapBuilder(width);
  const types = registerTypes(program);
  const fused: FusedInput[] = [];
  const registers = inputs.map((view, k) => {
    const { lanes, input } = loadView(builder, view, axes, k);
    if (input !== undefined) fused.push(input);
    return castRegister(builder, lanes, view.dtype, types[k] as DType);
  });
  for (const { dtype, value } of program.constants) registers.push(builder.constant(dtype, value));
  for (const instruction of program.code) {
    const args = instruction.args.map((r) => registers[r] as number);
    registers.push(applyInstruction(builder, instruction, args));
  }
  contract(
    builder,
    program.outputs.map((r) => registers[r] as number),
  );
  const results = program.outputs.map((r, k) => {
    const value = registers[r] as number;
    const view = outputs[k];
    return view === undefined ? value : castRegister(builder, value, types[r] as DType, view.dtype);
  });
  return {
    builder,
    axes,
    inputs: fused,
    outputs: storeViews(builder, fused, outputs, results, axes),
    results,
  };
}

function loadView(
  builder: MapBuilder,
  { pointer, dtype }: View,
  axes: readonly LoopAxis[],
  k: number,
): { lanes: number; input?: FusedInput } {
  const elementBytes = bytesOf(dtype);
  const strides = axes.map((axis) => axis.strides[k] as number);
  const load = loadOp(builder.width, dtype);
  if (strides.every((s) => s === 0)) {
    const raw = builder.scalar(elementBytes, pointer);
    return { lanes: load === undefined ? raw : builder.emit(load, raw) };
  }
  let step = elementBytes;
  let inPlace = true;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    if (strides[axis] !== step) inPlace = false;
    step *= (axes[axis] as LoopAxis).size;
  }
  const register = builder.register(
    load === undefined ? { kind: "input" } : { kind: "input", elementBytes },
  );
  const input = { register, pointer, elementBytes, inPlace, strides };
  return { lanes: load === undefined ? register : builder.emit(load, register), input };
}

/** Appends what stores the results, and lets results be computed in place where nothing is lost by it. */
function storeViews(
  builder: MapBuilder,
  inputs: readonly FusedInput[],
  outputs: readonly View[],
  results: readonly number[],
  axes: readonly LoopAxis[],
): FusedOutput[] {
  const size = axes.reduce((n, axis) => n * axis.size, 1);
  const overlaps = (input: FusedInput, output: View): boolean =>
    input.inPlace &&
    input.pointer < output.pointer + size * bytesOf(output.dtype) &&
    output.pointer < input.pointer + size * input.elementBytes;
  // An input that is only moved to an output, while another output may overwrite it before that.
  const kept = results.map((r, k) => {
    const input = inputs.find((i) => i.register === r);
    const endangered =
      input !== undefined && outputs.some((view, other) => other !== k && overlaps(input, view));
    return endangered ? builder.emit(move.copy, r) : r;
  });
  const registers = outputs.map((view) => {
    const elementBytes = bytesOf(view.dtype);
    const convert = storeOp(builder.width, view.dtype) !== undefined;
    return builder.register(convert ? { kind: "output", elementBytes } : { kind: "output" });
  });
  const inPlace = new Map<number, number>();
  const moved: [op: number, d: number, value: number][] = [];
  outputs.forEach((view, k) => {
    const value = kept[k] as number;
    const d = registers[k] as number;
    const store = storeOp(builder.width, view.dtype);
    const sharing = inputs.filter((input) => overlaps(input, view));
    if (store === undefined && computeInPlace(builder, value, d, sharing)) inPlace.set(value, d);
    else moved.push([store ?? move.copy, d, value]);
  });
  for (const [op, d, value] of moved) builder.append(op, d, inPlace.get(value) ?? value);
  return outputs.map((view, k) => ({
    register: registers[k] as number,
    pointer: view.pointer,
    elementBytes: bytesOf(view.dtype),
  }));
}

/**
 * Makes the operation that computes `value` write to the output's register instead, unless an input that
 * shares the output's memory is still to be read after that.
 */
function computeInPlace(
  { each, registers }: MapBuilder,
  value: number,
  output: number,
  sharing: readonly FusedInput[],
): boolean {
  const at = each.findIndex((step) => step.d === value);
  if (at < 0 || registers[value]?.kind !== "each") return false;
  const later = each.slice(at + 1);
  if (sharing.some(({ register }) => later.some((step) => step.args.includes(register))))
    return false;
  (each[at] as Step).d = output;
  for (const step of later) step.args = step.args.map((r) => (r === value ? output : r));
  return true;
}
