import { sizeOf } from "../../shape";
import { KernelBuilder } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { sizeAlong, span } from "./spans";
import { threefryText } from "./threefry-text";

/**
 * Random words: keys u32 [B…, 2] give u32 [B…, count], bit for bit those of the CPU.
 *
 * Words 2i and 2i + 1 are the Threefry-2x32 block of counter (i, 0). Where kernels return vectors, a thread writes
 * both words of a block; elsewhere two threads compute the block, each for one word.
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
  const [first, second] = threefryText(
    k,
    [k.let(read(row, "0")), k.let(read(row, "1"))],
    [k.let(k.call("pairOfIndex", block)), 0],
  );
  if (paired) {
    const value = `[${first}[0], ${first}[1], ${second}[0], ${second}[1]]`;
    return [k.finish(y.slot, [threads], value)];
  }
  const odd = k.call("restOf", word, block, "2");
  return [k.finish(y.slot, [threads], k.call("choosePair", odd, second, first))];
};
