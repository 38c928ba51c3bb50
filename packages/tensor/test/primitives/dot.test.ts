import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lower, type Tensor, vmap, zeros } from "../../src/index";
import { dot } from "../../src/primitives/dot";
import { checkRules, forAll } from "../support/rules";

const length = fc.integer({ min: 0, max: 4 });
const cases = fc.record({
  lead: fc.array(length, { maxLength: 2 }),
  m: length,
  k: length,
  n: length,
});

describe("rules of the matrix product", () => {
  it("has derivatives by both factors and batches in every combination", () => {
    forAll(
      cases,
      ({ lead, m, k, n }, seed) =>
        checkRules(
          { f: dot, make: (s) => [s.uniform([...lead, m, k]), s.uniform([...lead, k, n])] },
          seed,
        ),
      16,
    );
  });

  it("one product serves a whole batch that shares its right factor", () => {
    const f = vmap((x: Tensor, w: Tensor) => dot(x, w), { inAxes: [0, null] });
    const plan = String(lower(f)(zeros([8, 2, 3]), zeros([3, 4])));
    expect(plan.match(/dot/g)).toHaveLength(1);
    expect(plan).toContain("[16, 3]");
  });
});
