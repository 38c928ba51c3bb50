import { sizeOf } from "../../shape";
import { KernelBuilder } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { sizeAlong, span } from "./spans";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;

/**
 * Random words: keys u32 [B…, 2] give u32 [B…, count], bit for bit those of the CPU.
 *
 * Words 2i and 2i + 1 are the Threefry-2x32 block of counter (i, 0). Where kernels return vectors, a thread writes
 * both words of a block; elsewhere two threads compute the block, each for one word.
 *
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"
 */
export const randomBitsLowering: GpuLowering<{ readonly count: number }> = (task) => {
  const key = task.inputs[0] as GpuView;
  const y = task.outputs[0] as GpuResult;
  const { count } = task.params;
  const batch = span(0, key.shape.length - 1);
  const rows = sizeAlong(key.shape, batch);
  const paired = task.target.vectors && count % 2 === 0;
  const k = paired
    ? new KernelBuilder(task.target, "f32", 4)
    : new KernelBuilder(task.target, "u32");
  const threads = sizeOf(y.shape) / (paired ? 2 : 1);
  if (threads === 0) return [k.finish(y.slot, [0], paired ? "[0, 0, 0, 0]" : k.constant(0, "u32"))];
  const each = threads / rows;
  const read = k.reader(key, [batch, [key.shape.length - 1]]);
  const row = k.axisIndex(k.x, each, rows, threads);
  const word = k.axisIndex(k.x, 1, each, threads);
  const block = paired ? word : k.call("halfOf", word);
  const [first, second] = threefry(
    k,
    [k.let(read(row, "0")), k.let(read(row, "1"))],
    k.let(k.call("pairOfIndex", block)),
  );
  if (paired) {
    const value = `[${first}[0], ${first}[1], ${second}[0], ${second}[1]]`;
    return [k.finish(y.slot, [threads], value)];
  }
  const odd = k.call("restOf", word, block, "2");
  return [k.finish(y.slot, [threads], k.call("choosePair", odd, second, first))];
};

/** One block, of a counter whose second word is 0: names of both words. */
function threefry(
  k: KernelBuilder,
  [k0, k1]: readonly [string, string],
  counter: string,
): readonly [string, string] {
  const add = (a: string, b: string): string => k.let(k.call("addPair", a, b));
  const xor = (a: string, b: string): string => k.let(k.call("xorPair", a, b));
  const keys = [k0, k1, xor(xor(k0, k1), k.constant(parity, "u32"))];
  let x = add(counter, k0);
  let y = k1;
  for (let round = 0; round < 20; round++) {
    x = add(x, y);
    y = xor(turned(k, y, rotations[round % 8] as number), x);
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x = add(x, keys[injection % 3] as string);
    y = add(add(y, keys[(injection + 1) % 3] as string), k.constant(injection, "u32"));
  }
  return [x, y];
}

/** A word turned left: its halves change places at 16 bits, and what leaves one half enters the other. */
function turned(k: KernelBuilder, word: string, bits: number): string {
  const [low, high] = bits < 16 ? [0, 1] : [1, 0];
  // A half times a power of two has 16 significant bits, so all of this is exact in f32.
  const turn = k.define(
    [
      ["low", "Number"],
      ["high", "Number"],
    ],
    "Array(2)",
    `
const a = low * ${2 ** (bits % 16)};
const b = high * ${2 ** (bits % 16)};
const fromLow = Math.floor(a * 0.0000152587890625);
const fromHigh = Math.floor(b * 0.0000152587890625);
return [a - fromLow * 65536 + fromHigh, b - fromHigh * 65536 + fromLow];`.trim(),
  );
  return k.let(`${turn}(${word}[${low}], ${word}[${high}])`);
}
