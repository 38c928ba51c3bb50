import type { FallbackKernel } from "./kernel";
import { prepare } from "./map-block";

const map: FallbackKernel = (heap, args, chunk) => {
  const { lanes, word, place, run } = prepare(heap, args);
  const length = word(1) >>> 0;
  const block = word(2);
  const outputs = (args + word(10)) >>> 2;
  const end = Math.min((chunk + 1) * length, word(0) >>> 0);
  for (let at = chunk * length; at < end; at += block) {
    const count = Math.min(block, end - at);
    run(at, count);
    for (let k = 0; k < word(6); k++) {
      const output = outputs + 3 * k;
      const from = place(heap.i32[output] as number);
      const log = heap.i32[output + 2] as number;
      const to = (heap.u32[output + 1] as number) + at * 2 ** log;
      heap.u8.set(lanes.u8.subarray(from, from + count * 2 ** log), to);
    }
  }
};

/** The kernel of fused elementwise programs in plain JavaScript. */
export const mapFallback: Readonly<Record<string, FallbackKernel>> = { map };
