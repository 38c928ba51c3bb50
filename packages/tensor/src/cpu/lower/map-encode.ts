import { ShapeError } from "../../errors";
import { THREAD_SCRATCH } from "../control";
import { ArgumentBlock } from "../launch";
import type { MapBuilder, Step } from "./map-builder";
import type { Fused } from "./map-fuse";
import { changesSize, costOf } from "./map-opcodes";

/** Bytes of a block of lanes, at most: longer ones cost fewer calls for each element. */
const longestBlock = 4096;
/** Bytes that the blocks should share: about what the first-level cache holds. */
const cacheBytes = 28672;

/** Where things lie in a thread's scratch memory, and how long blocks are. */
export interface ScratchPlan {
  /** Lanes of a block. */
  readonly block: number;
  /** Offset of every register. */
  readonly places: readonly number[];
  /** Offset of the words of state. */
  readonly state: number;
  /** Offsets of the additional blocks asked for. */
  readonly extra: readonly number[];
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/**
 * Places every register in scratch memory; computed blocks share places when they do not live at once.
 *
 * @param kept - registers that are read after the last operation
 * @param extra - how many lanes' worth of bytes each additional block has per lane of a block
 */
export function planScratch(
  { builder, axes, inputs }: Fused,
  kept: readonly number[],
  extra: readonly number[] = [],
): ScratchPlan {
  const { registers, each, width } = builder;
  const state = align(registers.length * 4);
  const fixed = align(state + (axes.length + inputs.length) * 4);
  const last = new Map<number, number>(kept.map((r) => [r, each.length]));
  each.forEach((step, i) => {
    for (const r of step.args) if (last.get(r) !== each.length) last.set(r, i);
  });
  const shared = shareSlots(builder, last);
  const blocks = registers.map((r, i) => shared.slot[i] === undefined && r.kind !== "once");
  const total = blocks.filter((b) => b).length + shared.count;
  const longest = total * longestBlock > cacheBytes ? longestBlock / 2 : longestBlock;
  for (let bytes = longest; bytes >= 64; bytes /= 2) {
    const block = bytes / width;
    let at = fixed;
    const take = (size: number): number => {
      const here = at;
      at += align(size);
      return here;
    };
    const slots = Array.from({ length: shared.count }, () => take(bytes));
    const places = registers.map((r, i) => {
      const slot = shared.slot[i];
      if (slot !== undefined) return slots[slot] as number;
      return take(r.kind === "once" ? 128 : Math.max(bytes, block * (r.elementBytes ?? 0)));
    });
    const offsets = extra.map((lanes) => take(lanes * block));
    if (at <= THREAD_SCRATCH) return { block, places, state, extra: offsets };
  }
  throw new ShapeError(
    `map: a fused program must fit in ${THREAD_SCRATCH} bytes of scratch memory; this one has ${total} blocks; split it`,
    { registers: registers.length },
  );
}

/** Which computed blocks share a place: a register's is free again after its last use. */
function shareSlots(
  { registers, each }: MapBuilder,
  last: ReadonlyMap<number, number>,
): { slot: (number | undefined)[]; count: number } {
  const slot = new Array<number | undefined>(registers.length).fill(undefined);
  const free: number[] = [];
  let count = 0;
  each.forEach(({ op, d, args }, i) => {
    const release = (): void => {
      for (const r of new Set(args)) {
        const s = slot[r];
        if (s !== undefined && last.get(r) === i) free.push(s);
      }
    };
    // Operations work lane by lane, so a result may take its operand's place if their lanes coincide.
    if (!changesSize(op)) release();
    if (registers[d]?.kind === "each") {
      slot[d] = free.pop() ?? count++;
      if (last.get(d) === undefined) free.push(slot[d] as number);
    }
    if (changesSize(op)) release();
  });
  return { slot, count };
}

/** Rough nanoseconds of a program for one element of the domain. */
export function costOfProgram({ builder, inputs, outputs }: Fused): number {
  let cost = 0.02;
  for (const { op } of builder.each) cost += costOf(op);
  for (const { inPlace, elementBytes } of inputs) cost += inPlace ? 0.03 * elementBytes : 0.5;
  for (const { elementBytes } of outputs) cost += 0.03 * elementBytes;
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
  const words = new ArgumentBlock();
  const { registers, once, each, width } = builder;
  const sections = [
    places,
    inputs.flatMap((i) => [
      i.inPlace ? 0 : 1,
      i.register * 4,
      i.pointer,
      Math.log2(i.elementBytes),
      ...i.strides,
    ]),
    outputs.flatMap((o) => [o.register * 4, o.pointer, Math.log2(o.elementBytes)]),
    once.flatMap((step) => encodeStep(step, block * width)),
    each.flatMap((step) => encodeStep(step, 0)),
  ];
  words.i32(elements, perChunk, block, width === 8 ? 3 : 2);
  words.i32(axes.length, inputs.length, outputs.length, registers.length);
  let at = 64 + axes.length * 4;
  for (const section of sections) {
    words.i32(at);
    at += section.length * 4;
  }
  words.i32(at, Math.ceil(at / 8) * 8, state);
  words.i32(...axes.map((axis) => axis.size));
  for (const section of sections) words.i32(...section);
  if (words.words.length % 2 === 1) words.i32(0);
  return words.i32(...more).words;
}

const FIRST_IMMEDIATE = 32;
const LAST_IMMEDIATE = 63;

/** Five words; immediate operations have plain numbers for b and c, and `bytes` where they fill a block. */
function encodeStep({ op, d, args }: Step, bytes: number): number[] {
  const [a = 0, b = 0, c = 0] = args;
  if (op < FIRST_IMMEDIATE || op > LAST_IMMEDIATE) return [op, d * 4, a * 4, b * 4, c * 4];
  return [op, d * 4, a * 4, args.length === 1 ? bytes : b, c];
}
