import { getThreads, random, setThreads } from "@x/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { sinkhorn } from "../../src/sinkhorn";

const threads = getThreads();

afterAll(() => setThreads(threads));

describe("sinkhorn on threads", () => {
  // Large enough for several chunks of rows: 131 072 entries each.
  const C = random.uniform(random.key(3), [900, 600], { dtype: "f64" });

  it.each([
    ["scaling", 0.05],
    ["log", 0.05],
    ["auto", 1e-3],
  ] as const)("has the same bits for any number of them (%s)", (mode, eps) => {
    const solve = (count: number) => {
      setThreads(count);
      const { f, g, value } = sinkhorn(null, null, C, {
        eps,
        mode,
        maxIterations: 30,
        warn: false,
      });
      return [value, ...f.dataSync(), ...g.dataSync()];
    };
    const one = solve(1);
    expect(one.every(Number.isFinite)).toBe(true);
    expect(solve(2)).toEqual(one);
    expect(solve(3)).toEqual(one);
  });
});
