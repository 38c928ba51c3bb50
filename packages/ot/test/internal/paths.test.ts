import { describe, expect, it } from "vitest";
import { greenkhorn, semiDualSag, semiDualSgd, sinkhorn, sinkhornBatch } from "../../src/index";

describe("a point with mass and no allowed pair", () => {
  const C = [
    [0, 1],
    [Infinity, Infinity],
  ];
  const text =
    "expected a finite cost in every row and column of positive weight; row 1 of C has none; give it weight 0 or allow a pair";

  it.each<[string, () => unknown]>([
    ["sinkhorn", () => sinkhorn(null, null, C)],
    ["greenkhorn", () => greenkhorn(null, null, C, { eps: 1 })],
    ["semiDualSag", () => semiDualSag(null, null, C, { eps: 1 })],
    ["semiDualSgd", () => semiDualSgd(null, null, C, { eps: 1 })],
    [
      "sinkhornBatch: problem 1",
      () =>
        sinkhornBatch(
          null,
          null,
          [
            [
              [0, 1],
              [1, 0],
            ],
            C,
          ],
          { eps: 1 },
        ),
    ],
  ])("is refused by %s with the same text", (name, solve) => {
    expect(solve).toThrow(`${name}: ${text}`);
  });

  it("may stay without mass", () => {
    // All mass of the first row: costs 0 and 1 for half each.
    expect(greenkhorn([1, 0], [0.5, 0.5], C, { eps: 1 }).linear).toBeCloseTo(0.5, 9);
    const batch = sinkhornBatch([[1, 0]], [[0.5, 0.5]], [C], { eps: 1 });
    expect(batch.linear.at(0).item()).toBeCloseTo(0.5, 9);
  });
});
