import { jit, type Tensor, zeros } from "@x/tensor";
import { expect, test } from "vitest";
import { cpuRuntime } from "../../src/cpu/runtime";

test("a loop that donates new state every time, and drops the results, keeps to a budget of heap memory", () => {
  const step = jit((x: Tensor) => x.add(1), { donate: [0] });
  let last = 0;
  // 50 states of 16 MiB: more than may stay on the heap, which cannot know that they are gone.
  for (let i = 0; i < 50; i++)
    last = step(zeros([1 << 22]))
      .at(5)
      .item();
  expect(last).toBe(1);
  expect(cpuRuntime().heap.liveBytes).toBeLessThan(640 << 20);
});
