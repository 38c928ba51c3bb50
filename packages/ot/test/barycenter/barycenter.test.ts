import { tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barycenter } from "../../src/barycenter";
import { costMatrix } from "../../src/costs";
import golden from "../golden/barycenter.json";

const bins = 201;
const nodes = Array.from({ length: bins }, (_, i) => i / (bins - 1));

/** A Gaussian histogram on the unit interval; its tails beyond are negligible. */
function gaussian(mean: number, sigma: number): number[] {
  const h = nodes.map((x) => Math.exp(-((x - mean) ** 2) / (2 * sigma ** 2)));
  const sum = h.reduce((x, y) => x + y);
  return h.map((x) => x / sum);
}

function moments(p: ArrayLike<number>): { mass: number; mean: number; sigma: number } {
  const sum = (f: (x: number) => number) => nodes.reduce((s, x, i) => s + f(x) * (p[i] ?? 0), 0);
  const mass = sum(() => 1);
  const mean = sum((x) => x) / mass;
  return { mass, mean, sigma: Math.sqrt(sum((x) => (x - mean) ** 2) / mass) };
}

const line = { grid: [bins], spacing: 1 / (bins - 1) };
const pair = [gaussian(0.3, 0.03), gaussian(0.6, 0.05)];

describe("barycenter on fixed bins", () => {
  it("equals POT's, plain and debiased, to the tolerance of both", () => {
    const { A, C, eps, weights } = golden;
    const options = { eps, weights, tol: 1e-12, maxIterations: 100_000 };
    const plain = barycenter(A, C, options);
    expect(plain.converged).toBe(true);
    assertClose(plain.barycenter, golden.plain, { absolute: 1e-10 });
    const debiased = barycenter(A, C, { ...options, tol: 1e-9, debiased: true });
    expect(debiased.converged).toBe(true);
    // The error falls like a power of the iterations only: both are some 1e-7 from the limit.
    assertClose(debiased.barycenter, golden.debiased, { absolute: 1e-6 });
  });

  it("is the blurred first histogram if only that has weight", () => {
    const { A, C, eps } = golden;
    const { barycenter: p, iterations } = barycenter(A, C, { eps, weights: [1, 0, 0] });
    const K = tensor(C, { dtype: "f64" }).div(-eps).exp();
    const blurred = K.matmul(tensor(A[0] as number[], { dtype: "f64" }).div(K.sum(0)));
    assertClose(p, blurred, { absolute: 1e-14 });
    expect(iterations).toBe(1);
  });

  it("has the average mean and, debiased, the average width of two Gaussians", () => {
    for (const lambda of [0.25, 0.5]) {
      const weights = [1 - lambda, lambda];
      const mean = 0.3 * (1 - lambda) + 0.6 * lambda;
      const sigma = 0.03 * (1 - lambda) + 0.05 * lambda;
      const eps = 1e-3;
      // Debiased, the tails end slowly.
      const plain = barycenter(pair, null, { ...line, eps, weights, tol: 1e-9 });
      const sharp = barycenter(pair, null, { ...line, eps, weights, tol: 1e-6, debiased: true });
      expect(plain.converged && sharp.converged).toBe(true);
      const [p, q] = [moments(plain.barycenter.dataSync()), moments(sharp.barycenter.dataSync())];
      expect(p.mean).toBeCloseTo(mean, 6);
      expect(q.mean).toBeCloseTo(mean, 6);
      expect(Math.abs(q.sigma - sigma)).toBeLessThan(0.02 * sigma);
      // The entropy adds some ε/2 to the variance.
      expect(p.sigma ** 2 - sigma ** 2).toBeGreaterThan(0.2 * eps);
      expect(p.sigma ** 2 - sigma ** 2).toBeLessThan(0.6 * eps);
    }
  });

  it("moves with its histograms, bin by bin", () => {
    const shift = (h: number[], k: number) => h.map((_, i) => h[(i - k + bins) % bins] as number);
    const options = { ...line, eps: 2e-3, tol: 1e-8 };
    const p = barycenter(pair, null, options).barycenter.toArray() as number[];
    const moved = barycenter(
      pair.map((h) => shift(h, 11)),
      null,
      options,
    );
    // What comes around the ends is below 1e-6.
    assertClose(moved.barycenter, shift(p, 11), { absolute: 1e-6 });
  });

  it("is the same by products along axes, by a stored matrix and by sums of exponentials", () => {
    const shape = [5, 4, 3];
    const points: number[][] = [];
    for (let i = 0; i < 5; i++)
      for (let j = 0; j < 4; j++) for (let k = 0; k < 3; k++) points.push([i * 0.5, j * 0.7, k]);
    const A = [0, 1].map((s) => points.map((_, i) => 1 + ((i * 7 + s * 13) % 11)));
    const normal = A.map((h) => h.map((x) => x / h.reduce((s, y) => s + y)));
    const C = costMatrix(points, points);
    for (const debiased of [false, true])
      for (const eps of [0.3, 2]) {
        // As many iterations of each.
        const options = { eps, debiased, tol: 1e-30, maxIterations: 60, warn: false };
        const grid = { ...options, grid: shape, spacing: [0.5, 0.7, 1] };
        const dense = barycenter(normal, C, options);
        const others = [
          barycenter(normal, C, { ...options, mode: "log" }),
          barycenter(normal, null, grid),
          barycenter(normal, null, { ...grid, mode: "log" }),
        ];
        for (const { barycenter: p } of others)
          assertClose(p.reshape([-1]), dense.barycenter, { absolute: 1e-11 });
      }
  });

  it("leaves products that underflow and stays finite for an ε far below the costs", () => {
    const A = [
      [1, 0, 0, 0, 0],
      [0, 0, 0, 0, 1],
    ];
    const grid = barycenter(A, null, { grid: [5], eps: 1e-3 });
    const dense = barycenter(A, costMatrix([[0], [1], [2], [3], [4]], [[0], [1], [2], [3], [4]]), {
      eps: 1e-3,
    });
    for (const { barycenter: p, converged } of [grid, dense]) {
      expect(converged).toBe(true);
      assertClose(p, [0, 0, 1, 0, 0], { absolute: 1e-12 });
    }
  });

  it("keeps the mass of its histograms and is no histogram of NaN, for any histograms", () => {
    const histogram = fc
      .array(fc.integer({ min: 0, max: 5 }), { minLength: 6, maxLength: 6 })
      .filter((h) => h.some((x) => x > 0))
      .map((h) => h.map((x) => (3 * x) / h.reduce((s, y) => s + y)));
    fc.assert(
      fc.property(
        fc.array(histogram, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(0.01, 0.1, 1, 100),
        fc.boolean(),
        (A, eps, debiased) => {
          const options = { grid: [2, 3], eps, debiased, warn: false, maxIterations: 50 };
          const p = barycenter(A, null, options).barycenter;
          expect(p.shape).toEqual([2, 3]);
          expect(p.sum().item()).toBeCloseTo(3, 12);
          expect(p.min().item()).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("says when it has not converged", () => {
    const result = barycenter(pair, null, {
      ...line,
      eps: 1e-3,
      tol: 1e-12,
      maxIterations: 3,
      warn: false,
    });
    expect(result.converged).toBe(false);
    expect(result.iterations).toBe(3);
    expect(result.errors).toHaveLength(3);
    expect(result.status).toMatch(/^3 iterations, error .*not at most 1e-12/);
  });

  it("refuses what does not fit", () => {
    const C = [
      [0, 1],
      [2, 0],
    ];
    const A = [
      [0.5, 0.5],
      [1, 0],
    ];
    expect(() => barycenter(A, C, { debiased: true })).toThrow(/symmetric costs.*C\[1, 0\]/);
    expect(() => barycenter(A, null)).toThrow("expected either costs C or a grid; got neither");
    expect(() => barycenter(A, C, { grid: [2] })).toThrow("got both");
    expect(() => barycenter(A, null, { grid: [2, 2] })).toThrow(
      "barycenter: expected A with shape [K, 2, 2], K ≥ 1; got [2, 2]",
    );
    expect(() =>
      barycenter(
        [
          [1, 1],
          [1, 0],
        ],
        C,
      ),
    ).toThrow("with the same sum; got 2 of A[0] and 1 of A[1]");
    expect(() => barycenter([[1, -1]], C)).toThrow("expected weights ≥ 0; got A[0][1] = -1");
    expect(() => barycenter(A, C, { eps: 0 })).toThrow("expected eps > 0");
    expect(() => barycenter(A, C, { tol: -1 })).toThrow("expected tol > 0");
    expect(() => barycenter(A, null, { grid: [2], spacing: [1, 1] })).toThrow(
      "one for each of 1 axes",
    );
  });
});
