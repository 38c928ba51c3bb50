import type { Heap } from "../heap";
import { type Lanes, scratchLanes } from "./map-lanes";
import { execute } from "./map-step";

/** A fused program whose once-per-chunk part has run; the argument words are those of the kernels. */
export interface Block {
  readonly lanes: Lanes;
  /** Number `k` of the argument words. */
  word(k: number): number;
  /** Offset in scratch memory of a register, known by its offset in the table. */
  place(register: number): number;
  /** Reads the inputs at positions [first, first + count) of the domain and runs the program over them. */
  run(first: number, count: number): void;
}

/** Prepares the program at `args`. */
export function prepare(heap: Heap, args: number): Block {
  const lanes = scratchLanes();
  const base = args >>> 2;
  const word = (k: number): number => heap.i32[base + k] as number;
  const section = (k: number): number => base + (word(k) >>> 2);
  const places = section(8);
  const words = word(3) === 3 ? 2 : 1;
  execute(heap, lanes, places, section(11), section(12), 16 / words, words);
  const place = (register: number): number => heap.i32[places + (register >>> 2)] as number;
  return {
    lanes,
    word,
    place,
    run(first, count) {
      const rank = word(4);
      for (let k = 0; k < word(5); k++) {
        const input = section(9) + k * (4 + rank);
        gather(
          heap,
          base + 16,
          input,
          lanes,
          place(heap.i32[input + 1] as number),
          rank,
          first,
          count,
        );
      }
      execute(heap, lanes, places, section(12), section(13), count, words);
    },
  };
}

/** Reads `count` elements of an input from position `first` of the domain on. */
function gather(
  heap: Heap,
  sizes: number,
  input: number,
  lanes: Lanes,
  to: number,
  rank: number,
  first: number,
  count: number,
): void {
  const pointer = heap.u32[input + 2] as number;
  const log = heap.i32[input + 3] as number;
  if (heap.i32[input] === 0) {
    const from = pointer + first * 2 ** log;
    lanes.u8.set(heap.u8.subarray(from, from + count * 2 ** log), to);
    return;
  }
  const kind = log === 0 ? "u8" : log === 2 ? "u32" : "f64";
  for (let i = 0; i < count; i++) {
    let from = pointer;
    let rest = first + i;
    for (let axis = rank - 1; axis >= 0; axis--) {
      const size = heap.u32[sizes + axis] as number;
      from += (rest % size) * (heap.i32[input + 4 + axis] as number);
      rest = Math.floor(rest / size);
    }
    lanes[kind][(to >>> log) + i] = heap[kind][Math.floor(from / 2 ** log)] as number;
  }
}
