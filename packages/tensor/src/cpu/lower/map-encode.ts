import type { Step } from "./map-builder";
import type { Fused } from "./map-fuse";
import { costOf } from "./map-opcodes";
import type { ScratchPlan } from "./map-scratch";

/** Rough nanoseconds of a program for one element of the domain. */
export function costOfProgram({ builder, inputs, outputs }: Fused): number {
  let cost = 0.02;
  for (const { op } of builder.each) cost += costOf(op);
  for (const { inPlace, elementBytes } of inputs) cost += inPlace ? 0.015 * elementBytes : 0.3;
  for (const { elementBytes } of outputs) cost += 0.015 * elementBytes;
  return cost;
}

/** The argument words of a fused program; `more` are the words of a reduction. */
export function encode(
  fused: Fused,
  { block, places, state }: ScratchPlan,
  elements: number,
  perChunk: number,
  more: readonly number[] = [],
): number[] {
  const { builder, axes, inputs, outputs } = fused;
  const { registers, once, each, width } = builder;
  const words = [elements, perChunk, block, width === 8 ? 3 : 2];
  words.push(axes.length, inputs.length, outputs.length, registers.length);
  words.push(0, 0, 0, 0, 0, 0, 0, state);
  let section = 8;
  const mark = (): void => {
    words[section++] = words.length * 4;
  };
  for (const { size } of axes) words.push(size);
  mark();
  for (const place of places) words.push(place);
  mark();
  for (const { inPlace, register, pointer, elementBytes, strides } of inputs) {
    words.push(inPlace ? 0 : 1, register * 4, pointer | 0, Math.log2(elementBytes));
    for (const stride of strides) words.push(stride);
  }
  mark();
  for (const { register, pointer, elementBytes } of outputs)
    words.push(register * 4, pointer | 0, Math.log2(elementBytes));
  mark();
  for (const step of once) pushStep(words, step, block * width);
  mark();
  for (const step of each) pushStep(words, step, 0);
  mark();
  if (words.length % 2 === 1) words.push(0);
  mark();
  for (const word of more) words.push(word);
  return words;
}

const FIRST_IMMEDIATE = 32;
const LAST_IMMEDIATE = 63;

/** Five words; immediate operations have plain numbers for b and c, and `bytes` where they fill a block. */
function pushStep(words: number[], { op, d, args }: Step, bytes: number): void {
  const [a = 0, b = 0, c = 0] = args;
  if (op < FIRST_IMMEDIATE || op > LAST_IMMEDIATE) words.push(op, d * 4, a * 4, b * 4, c * 4);
  else words.push(op, d * 4, a * 4, args.length === 1 ? bytes : b | 0, c);
}
