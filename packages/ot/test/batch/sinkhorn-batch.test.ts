import { type Tensor, tensor } from "@x/tensor";
import { key, normal, rng, uniform } from "@x/tensor/random";
import { describe, expect, it, vi } from "vitest";
import { sinkhornBatch } from "../../src/batch/index";
import { costMatrix } from "../../src/costs/index";
import { sinkhorn } from "../../src/sinkhorn/sinkhorn";

const r = rng(3);
const random = (...shape: number[]): Tensor => uniform(r.next(), shape, { dtype: "f64" });
const distance = (x: Tensor, y: Tensor): number => x.sub(y).abs().max().item();
const rows = (w: Tensor): Tensor => w.div(w.sum(-1, { keepDims: true }));

describe("sinkhornBatch", () => {
  it("solves two problems in closed form", () => {
    const C = [
      [
        [0, 1],
        [1, 0],
      ],
      [
        [0, 2],
        [2, 0],
      ],
    ];
    const { linear, value, converged, status } = sinkhornBatch(null, null, C, { eps: 1 });
    expect(converged).toBe(true);
    expect(status).toBe("2 of 2 problems converged");
    for (const [k, c] of [1, 2].entries()) {
      expect(linear.at(k).item()).toBeCloseTo((c * Math.exp(-c)) / (1 + Math.exp(-c)), 9);
      expect(value.at(k).item()).toBeCloseTo(-Math.log((1 + Math.exp(-c)) / 2), 9);
    }
  });

  it("gives what separate calls of sinkhorn give, to 1e-12", () => {
    const [B, n, m] = [7, 9, 13];
    const C = random(B, n, m);
    const [a, b] = [rows(random(B, n).add(0.1)), rows(random(B, m).add(0.1))];
    for (const overrelax of ["auto", false, 1.2] as const) {
      const batch = sinkhornBatch(a, b, C, { eps: 0.1, tol: 1e-13, overrelax, warn: false });
      for (let k = 0; k < B; k++) {
        // To the same tolerance: both are then at the rounding error of the problem.
        const one = sinkhorn(a.at(k), b.at(k), C.at(k), { eps: 0.1, tol: 1e-14, warn: false });
        expect(distance(batch.plan().at(k), one.plan())).toBeLessThan(1e-12);
        expect(distance(batch.f.at(k), one.f)).toBeLessThan(1e-11);
        expect(Math.abs(batch.value.at(k).item() - one.value)).toBeLessThan(1e-12);
        expect(Math.abs(batch.linear.at(k).item() - one.linear)).toBeLessThan(1e-12);
      }
    }
  });

  it("gives the same bits alone and among others, however many iterations those need", () => {
    const [B, n, m] = [5, 8, 6];
    const C = random(B, n, m).mul(tensor([1, 30, 0.1, 5, 1]).reshape([5, 1, 1]));
    const all = sinkhornBatch(null, null, C, { eps: 0.2, maxIterations: 20_000 });
    expect(all.converged).toBe(true);
    const iterations = all.results.map((x) => x.iterations);
    expect(Math.max(...iterations)).toBeGreaterThan(3 * Math.min(...iterations));
    for (let k = 0; k < B; k++) {
      const one = sinkhornBatch(null, null, C.at([k]), { eps: 0.2, maxIterations: 20_000 });
      expect(distance(one.plan().at(0), all.plan().at(k))).toBe(0);
      expect(one.results[0]?.iterations).toBe(iterations[k]);
    }
  });

  it("pads problems of different sizes with points of weight 0, whose costs do not matter", () => {
    const sizes = [
      [3, 5],
      [6, 4],
      [1, 1],
    ] as const;
    const C = Array.from({ length: 3 }, () => random(6, 5).toArray() as number[][]);
    const weights = (count: number, length: number): number[] =>
      Array.from({ length }, (_, i) => (i < count ? 1 / count : 0));
    const a = sizes.map(([n]) => weights(n, 6));
    const b = sizes.map(([, m]) => weights(m, 5));
    for (const padding of [0, 1e6, Infinity]) {
      const padded = C.map((c, k) =>
        c.map((row, i) =>
          row.map((x, j) => (i < (sizes[k]?.[0] ?? 0) && j < (sizes[k]?.[1] ?? 0) ? x : padding)),
        ),
      );
      const batch = sinkhornBatch(a, b, padded, { eps: 0.3, tol: 1e-12 });
      for (const [k, [n, m]] of sizes.entries()) {
        const own = (C[k] as number[][]).slice(0, n).map((row) => row.slice(0, m));
        const one = sinkhorn(null, null, own, { eps: 0.3, tol: 1e-13, warn: false });
        const P = batch.plan().at(k).toArray() as number[][];
        const expected = one.plan().toArray() as number[][];
        for (const [i, row] of P.entries())
          for (const [j, p] of row.entries()) {
            if (i >= n || j >= m) expect(p).toBe(0);
            else expect(Math.abs(p - (expected[i]?.[j] as number))).toBeLessThan(1e-11);
          }
        expect((batch.f.at(k).dataSync() as Float64Array).every(Number.isFinite)).toBe(true);
      }
    }
  });

  it("solves problems whose kernels would vanish, at ε a thousandth of the costs", () => {
    const X = normal(r.next(), [20, 2], { dtype: "f64" });
    const Y = normal(r.next(), [25, 2], { dtype: "f64" });
    const C = costMatrix(X, Y);
    const eps = C.max().item() / 1000;
    const batch = sinkhornBatch(null, null, C.reshape([1, 20, 25]), {
      eps,
      tol: 1e-6,
      maxIterations: 200_000,
    });
    expect(batch.converged).toBe(true);
    const P = batch.plan().at(0);
    expect(
      P.sum(1)
        .sub(1 / 20)
        .abs()
        .sum()
        .item() +
        P.sum(0)
          .sub(1 / 25)
          .abs()
          .sum()
          .item(),
    ).toBeLessThan(1.2e-6);
    const one = sinkhorn(null, null, C, { eps, tol: 1e-8, maxIterations: 200_000 });
    expect(batch.linear.at(0).item()).toBeCloseTo(one.linear, 4);
  });

  it("converges in all of 200 random problems, where sinkhorn does", () => {
    const C = uniform(key(11), [200, 32, 32], { dtype: "f64" });
    for (const eps of [undefined, 0.01]) {
      const batch = sinkhornBatch(null, null, C, { eps, warn: false });
      expect(batch.status).toBe("200 of 200 problems converged");
      expect(batch.marginalError.max().item()).toBeLessThanOrEqual(1e-9);
    }
  });

  it("needs fewer iterations with Anderson acceleration, and fewer still with a longer memory", () => {
    const C = uniform(key(12), [20, 24, 30], { dtype: "f64" });
    const options = { eps: 0.02, maxIterations: 50_000 };
    const most = (anderson: number | false): number => {
      const { converged, results } = sinkhornBatch(null, null, C, { ...options, anderson });
      expect(converged).toBe(true);
      return Math.max(...results.map((x) => x.iterations));
    };
    expect(most(1)).toBeLessThan(most(false));
    expect(most(20)).toBeLessThan(most(1));
  });

  it("takes one ε for each problem, and a default from each one's costs", () => {
    const C = random(2, 4, 4).mul(tensor([1, 10]).reshape([2, 1, 1]));
    const given = sinkhornBatch(null, null, C, { eps: [0.5, 5] });
    expect([...given.eps.dataSync()]).toEqual([0.5, 5]);
    const byDefault = sinkhornBatch(null, null, C, { warn: false });
    for (let k = 0; k < 2; k++)
      expect(byDefault.eps.at(k).item()).toBeCloseTo(0.05 * C.at(k).std().item(), 12);
  });

  it("goes on from potentials of an earlier call", () => {
    const C = random(3, 10, 12);
    const first = sinkhornBatch(null, null, C, { eps: 0.1 });
    const again = sinkhornBatch(null, null, C, { eps: 0.1, init: first });
    expect(Math.max(...again.results.map((x) => x.iterations))).toBe(10);
    expect(Math.max(...first.results.map((x) => x.iterations))).toBeGreaterThan(10);
  });

  it("raises a tolerance that its kernels cannot reach at each problem's ε, and says so", () => {
    const C = random(3, 10, 12).mul(tensor([1, 1000, 1]).reshape([3, 1, 1]));
    const eps = [0.1, 10, 100];
    const batch = sinkhornBatch(null, null, C, { eps, tol: 1e-300 });
    expect(batch.converged).toBe(true);
    for (const [k, { status, iterations }] of batch.results.entries()) {
      const costs = C.at(k);
      const spread = costs.max().sub(costs.min()).item() / (eps[k] as number);
      // The powers in the kernels are good to 1e-12.
      const raised = (1e-12 + 4 * 2 ** -52 * (1 + spread)).toExponential(1);
      expect(status).toContain(`converged; tol raised to ${raised}, what the kernels resolve`);
      expect(iterations).toBeLessThan(500);
    }
    expect(sinkhornBatch(null, null, C, { eps: 100 }).results[0]?.status).not.toContain("raised");
  });

  it("says which problem did not converge, and warns once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const C = random(3, 10, 10).mul(tensor([1, 1000, 1]).reshape([3, 1, 1]));
      const { converged, status, results } = sinkhornBatch(null, null, C, {
        eps: 0.5,
        maxIterations: 60,
      });
      expect(converged).toBe(false);
      expect(results.map((x) => x.converged)).toEqual([true, false, true]);
      expect(status).toMatch(/^2 of 3 problems converged; the first other one: 60 iterations/);
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });

  it("refuses what it cannot use", () => {
    const C = [
      [
        [0, 1],
        [1, 0],
      ],
    ];
    expect(() => sinkhornBatch(null, null, [[0, 1]])).toThrow(
      "sinkhornBatch: expected C with shape [B, n, m]; got [1, 2]",
    );
    expect(() => sinkhornBatch([[1]], null, C)).toThrow(
      "sinkhornBatch: expected a with shape [1, 2]; got [1, 1]",
    );
    expect(() => sinkhornBatch(null, null, C, { eps: [1, 2] })).toThrow(
      "sinkhornBatch: expected eps > 0, one number or 1; got 2 numbers",
    );
    expect(() => sinkhornBatch(null, null, C, { eps: -1 })).toThrow(
      "sinkhornBatch: expected eps > 0, one number or 1; got -1",
    );
    expect(() => sinkhornBatch([[1, 1]], [[1, 2]], C)).toThrow(
      "sinkhornBatch: expected a and b with the same sum; got 2 and 3",
    );
    expect(() => sinkhornBatch(null, null, C, { anderson: 0 })).toThrow(
      "sinkhornBatch: expected anderson to be a whole number ≥ 1 or false; got 0",
    );
    expect(() => sinkhornBatch(null, null, C, { anderson: 5, overrelax: "auto" })).toThrow(
      "sinkhornBatch: expected anderson or overrelax; got both, 5 and auto; leave one out",
    );
    expect(() => sinkhornBatch(null, null, C, { tol: 0 })).toThrow(
      "sinkhornBatch: expected tol > 0; got 0",
    );
    expect(() => sinkhornBatch(null, null, C, { maxIterations: 0.5 })).toThrow(
      "sinkhornBatch: expected maxIterations to be a whole number ≥ 1; got 0.5",
    );
  });
});
