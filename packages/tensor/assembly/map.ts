// Fused elementwise programs; see map-block.ts for the argument words.
import { bindInputs, laneBytes, prepare, runBlock } from "./map-block";

export function map(args: usize, chunk: i32, scratch: usize): void {
  const length = load<usize>(args, 4);
  const block = load<usize>(args, 8);
  const outputs = load<usize>(args, 24);
  const places = args + load<usize>(args, 32);
  const table = args + load<usize>(args, 40);
  let at = <usize>chunk * length;
  const end = min(at + length, load<usize>(args));
  prepare(args, scratch);
  for (; at < end; at += block) {
    const count = min(block, end - at);
    const bytes = laneBytes(args, count);
    const whole = bytes === count << load<usize>(args, 12);
    bindInputs(args, scratch, at, count);
    for (let k: usize = 0, output = table; k < outputs; k++, output += 12) {
      const register = load<usize>(output);
      // The last step writes beyond the end of a block that is not made of whole steps.
      const place = whole
        ? load<usize>(output, 4) + (at << load<usize>(output, 8))
        : scratch + load<usize>(places + register);
      store<usize>(scratch + register, place);
    }
    runBlock(args, scratch, bytes);
    if (!whole) {
      for (let k: usize = 0, output = table; k < outputs; k++, output += 12) {
        const size = load<usize>(output, 8);
        const from = load<usize>(scratch + load<usize>(output));
        memory.copy(load<usize>(output, 4) + (at << size), from, count << size);
      }
    }
  }
}
