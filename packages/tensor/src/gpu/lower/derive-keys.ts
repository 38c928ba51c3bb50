import { sizeOf } from "../../shape";
import { KernelBuilder } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import type { GpuLowering } from "./lowering";
import { span } from "./spans";
import { threefryText } from "./threefry-text";

/**
 * Keys from keys: keys u32 [B…, 2] and counters u32 [B…, n] give u32 [B…, n, 2], bit for bit those of the CPU.
 *
 * A key is the Threefry-2x32 block of counter (c, stream). Where kernels return vectors, a thread writes both of its
 * words; elsewhere two threads compute the block, each for one word.
 */
export const deriveKeysLowering: GpuLowering<{ readonly stream: number }> = (task) => {
  const [key, counters] = task.inputs as readonly [GpuView, GpuView];
  const y = task.outputs[0] as GpuResult;
  const paired = task.target.vectors;
  const k = paired
    ? new KernelBuilder(task.target, "f32", 4)
    : new KernelBuilder(task.target, "u32");
  const blocks = sizeOf(counters.shape);
  const threads = paired ? blocks : 2 * blocks;
  if (threads === 0) return [k.finish(y.slot, [0], paired ? "[0, 0, 0, 0]" : k.constant(0, "u32"))];
  const axis = counters.shape.length - 1;
  const each = counters.shape[axis] as number;
  const readKey = k.reader(key, [span(0, axis), [axis]]);
  const readCounter = k.reader(counters);
  const block = paired ? k.x : k.call("halfOf", k.x);
  const row = k.axisIndex(block, each, blocks / each, blocks);
  const [first, second] = threefryText(
    k,
    [k.let(readKey(row, "0")), k.let(readKey(row, "1"))],
    [k.let(readCounter(block)), task.params.stream],
  );
  if (paired) {
    const value = `[${first}[0], ${first}[1], ${second}[0], ${second}[1]]`;
    return [k.finish(y.slot, [threads], value)];
  }
  const odd = k.call("restOf", k.x, block, "2");
  return [k.finish(y.slot, [threads], k.call("choosePair", odd, second, first))];
};
