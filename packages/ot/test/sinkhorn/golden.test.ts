import { describe, expect, it } from "vitest";
import { sinkhornNewton } from "../../src/newton";
import { sinkhorn } from "../../src/sinkhorn";
import golden from "../golden/sinkhorn.json";
import { distance1 } from "./problems";

describe("plans of a reference library", () => {
  it.each(golden.cases)("are those of sinkhorn and sinkhornNewton (eps = $eps)", (expected) => {
    const { a, b, C, eps } = expected;
    const options = { eps, tol: 1e-13 };
    for (const result of [sinkhorn(a, b, C, options), sinkhornNewton(a, b, C, options)]) {
      // The reference stops at a marginal error of 10⁻¹⁴, as slowly as it converges: its plan is exact to some 10⁻¹¹.
      expect(distance1(result.plan().dataSync(), expected.plan.flat())).toBeLessThan(1e-10);
      expect(result.linear).toBeCloseTo(expected.linear, 10);
      expect(result.entropic).toBeCloseTo(expected.entropic, 10);
    }
  });
});
