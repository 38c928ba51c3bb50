import { ShapeError } from "../../errors";
import { THREAD_SCRATCH } from "../control";
import type { MapBuilder } from "./map-builder";
import type { Fused } from "./map-fuse";
import { changesSize } from "./map-opcodes";

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

const align = (bytes: number): number => (bytes + 63) & -64;

/**
 * Places every register in scratch memory; computed blocks share places when they do not live at once.
 *
 * @param kept - registers that are read after the last operation
 * @param extra - how many bytes each additional block has per lane of a block
 * @throws ShapeError if the program has too many values for the scratch memory of a thread
 */
export function planScratch(
  { builder, axes, inputs }: Fused,
  kept: readonly number[],
  extra: readonly number[] = [],
): ScratchPlan {
  const { registers, width } = builder;
  const state = align(registers.length * 4);
  const { slot, count } = shareSlots(builder, kept);
  let blocks = count;
  registers.forEach((r, i) => {
    if (slot[i] === -1 && r.kind !== "once") blocks++;
  });
  const longest = blocks * longestBlock > cacheBytes ? longestBlock / 2 : longestBlock;
  for (let bytes = longest; bytes >= 64; bytes /= 2) {
    const block = bytes / width;
    const shared = align(state + (axes.length + inputs.length) * 4);
    let at = shared + count * bytes;
    const take = (size: number): number => {
      const here = at;
      at += align(size);
      return here;
    };
    const places = registers.map(({ kind, elementBytes = 0 }, i) => {
      const s = slot[i] as number;
      if (s >= 0) return shared + s * bytes;
      return take(kind === "once" ? 128 : Math.max(bytes, block * elementBytes));
    });
    const offsets = extra.map((lanes) => take(lanes * block));
    if (at <= THREAD_SCRATCH) return { block, places, state, extra: offsets };
  }
  throw new ShapeError(`map: a fused program is too large: ${blocks} blocks; split it`, { blocks });
}

/** Which computed blocks share a place, −1 for none: a register's is free again after its last use. */
function shareSlots(
  { registers, each }: MapBuilder,
  kept: readonly number[],
): { slot: number[]; count: number } {
  const last = new Array<number>(registers.length).fill(-1);
  each.forEach(({ args }, i) => {
    for (const r of args) last[r] = i;
  });
  for (const r of kept) last[r] = each.length;
  const slot = new Array<number>(registers.length).fill(-1);
  const free: number[] = [];
  let count = 0;
  each.forEach(({ op, d, args }, i) => {
    const release = (): void => {
      args.forEach((r, k) => {
        const s = slot[r] as number;
        if (s >= 0 && last[r] === i && args.indexOf(r) === k) free.push(s);
      });
    };
    // Operations work lane by lane, so a result may take its operand's place if their lanes coincide.
    const resized = changesSize(op);
    if (!resized) release();
    if (registers[d]?.kind === "each") {
      const s = free.pop() ?? count++;
      slot[d] = s;
      if (last[d] === -1) free.push(s);
    }
    if (resized) release();
  });
  return { slot, count };
}
