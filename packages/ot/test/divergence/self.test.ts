import { random } from "@x/tensor";
import { describe, expect, test } from "vitest";
import { sinkhornDivergence } from "../../src/divergence";

describe("the term of a cloud against itself", () => {
  const X = random.normal(random.key(31), [60, 2], { dtype: "f64" });

  test.each([
    ["sqeuclidean", 1],
    ["sqeuclidean", 0.05],
    ["sqeuclidean", 0.002],
    ["euclidean", 0.05],
    ["cityblock", 0.01],
  ] as const)("takes few iterations, whatever ε is: %s, %d", (cost, eps) => {
    const { fxx, iterations, converged } = sinkhornDivergence(X, X.at([0]), {
      ...{ cost, eps, staticB: true },
    });
    expect(converged).toBe(true);
    // One for the cloud against a single point; 0.17 to the 12th power is 1e-9, and the start takes some.
    expect(iterations).toBeLessThan(30);
    const f = fxx.expandDims(1).add(fxx);
    const D = X.expandDims(1).sub(X);
    const C = { sqeuclidean: D.square().sum(2), euclidean: D.norm(2), cityblock: D.abs().sum(2) };
    const rows = f.sub(C[cost]).div(eps).exp().mean(1);
    expect(rows.sub(1).abs().max().item()).toBeLessThan(1e-7);
  });
});
