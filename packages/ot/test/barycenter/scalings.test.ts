import { rng, uniform } from "@x/tensor/random";
import { describe, expect, it } from "vitest";
import { barycenter } from "../../src/barycenter";
import { type BarycenterProblem, iterate } from "../../src/barycenter/iterate";
import { denseLogKernel } from "../../src/barycenter/log-kernel";
import { iterateOnScalings } from "../../src/barycenter/scalings";
import { withWorkspace } from "../../src/internal/workspace";
import { sinkhornKernels } from "../../src/sinkhorn/kernels";

const normalized = (h: Float64Array): Float64Array => {
  const sum = h.reduce((x, y) => x + y);
  return h.map((x) => x / sum);
};

/** Histograms with some empty bins, costs in [0, 1) and weights, all from a seed. */
function problem(count: number, n: number, m: number, iterations: number) {
  const random = rng(100 * count + n);
  const draw = (length: number): Float64Array =>
    Float64Array.from(uniform(random.next(), [length], { dtype: "f64" }).dataSync());
  const logA = new Float64Array(count * m);
  for (let k = 0; k < count; k++) {
    const h = draw(m).map((x, j) => ((j + k) % 5 === 0 ? 0 : x));
    logA.set(normalized(h).map(Math.log), k * m);
  }
  const lambda = normalized(draw(count).map((x) => x + 0.1));
  const bounds = { tol: 1e-30, maxIterations: iterations };
  const given: BarycenterProblem = { logA, lambda, n, m, debiased: false, ...bounds };
  return { given, C: { data: draw(n * m), rows: n, columns: m } };
}

describe("barycenters on scalings", () => {
  it.each([
    [1, 9, 6],
    [2, 7, 11],
    [3, 8, 8],
    // Several blocks of rows, the last of which is not full.
    [5, 701, 203],
  ])("are those on logarithms, step by step, of %d histograms", (count, n, m) => {
    const { given, C } = problem(count, n, m, 6);
    const eps = 0.1;
    const fast = iterateOnScalings(given, C, eps);
    const exact = withWorkspace(sinkhornKernels, (w) => iterate(given, denseLogKernel(w, C, eps)));
    expect(fast).toBeDefined();
    if (fast === undefined) return;
    // Roundings of sums of some hundred positive numbers.
    exact.p.forEach((x, i) => {
      expect(Math.abs((fast.p[i] as number) - x)).toBeLessThan(1e-12 * x);
    });
    expect(fast.errors).toHaveLength(exact.errors.length);
    exact.errors.forEach((x, i) => {
      expect(Math.abs((fast.errors[i] as number) - x)).toBeLessThan(1e-12);
    });
  });

  it("are left to logarithms where a product leaves the range of numbers", () => {
    const { given, C } = problem(2, 7, 11, 6);
    expect(iterateOnScalings(given, C, 1e-4)).toBeUndefined();
    const far = { ...C, data: C.data.map((c) => c + 400) };
    expect(iterateOnScalings(given, far, 1)).toBeUndefined();
    const negative = { ...C, data: C.data.map((c) => c - 800) };
    expect(iterateOnScalings(given, negative, 1)).toBeUndefined();
  });

  it("have their mass where costs are so far from zero that logarithms take over", () => {
    const A = [
      [1, 0, 0],
      [0, 0, 1],
    ];
    const C = [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i - j) ** 2));
    const near = barycenter(A, C, { eps: 0.5, tol: 1e-12 });
    const shifted = barycenter(
      A,
      C.map((row) => row.map((c) => c + 1000)),
      { eps: 0.5, tol: 1e-12 },
    );
    const distance = near.barycenter.sub(shifted.barycenter).abs().max().item();
    expect(near.converged && shifted.converged).toBe(true);
    // Exponents of the size of 2000 have lost some 12 of 53 bits.
    expect(distance).toBeLessThan(1e-11);
  });
});
