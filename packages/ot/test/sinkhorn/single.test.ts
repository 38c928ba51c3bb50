import { random } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs";
import { sinkhorn, sinkhornTargets } from "../../src/sinkhorn";
import { distance1 } from "./problems";

// Large enough for iterations in single precision: 2^16 entries.
const cloud = (seed: number, n: number) =>
  random.normal(random.key(seed), [n, 3], { dtype: "f64" });
const C = costMatrix(cloud(1, 300), cloud(2, 260).add(0.5));
const largest = C.max().item();
const options = { mode: "scaling", finish: false, maxIterations: 5000, warn: false } as const;

describe("sinkhorn on K in single precision", () => {
  it.each([0.3, 0.05, 0.012])(
    "has the fixed point of K in double precision, ε = %f",
    (fraction) => {
      const eps = fraction * largest;
      const single = sinkhorn(null, null, C, { ...options, eps, tol: 1e-12 });
      const double = sinkhorn(null, null, C, {
        eps,
        tol: 1e-12,
        mode: "log",
        anderson: false,
        finish: false,
        maxIterations: 5000,
      });
      // The marginals are summed in double precision at the end, so this alone refutes any other fixed point.
      expect(single.converged).toBe(true);
      expect(single.marginalError).toBeLessThan(1e-12);
      expect(Math.abs(single.value - double.value)).toBeLessThan(1e-10 * largest);
      expect(distance1(single.plan().dataSync(), double.plan().dataSync())).toBeLessThan(1e-9);
    },
  );

  it("takes as many iterations as without it", () => {
    const eps = 0.05 * largest;
    const plain = { ...options, eps, overrelax: false, tol: 1e-10 } as const;
    const single = sinkhorn(null, null, C, plain);
    const double = sinkhorn(null, null, C, { ...plain, mode: "log", anderson: false });
    expect(Math.abs(single.iterations - double.iterations)).toBeLessThanOrEqual(2);
  });

  it("bears weights of all sizes", () => {
    const raw = Float64Array.from({ length: 300 }, (_, i) => 10 ** (-i / 4));
    const sum = raw.reduce((x, y) => x + y);
    const a = raw.map((w) => w / sum);
    const result = sinkhorn(a, null, C, { ...options, eps: 0.05 * largest, tol: 1e-11 });
    expect(result.converged).toBe(true);
    expect(result.plan().dataSync().every(Number.isFinite)).toBe(true);
  });

  it("serves forbidden pairs, given potentials and several targets", () => {
    const eps = 0.05 * largest;
    const far = C.greater(0.7 * largest);
    const forbidden = C.add(far.where(Infinity, 0));
    const result = sinkhorn(null, null, forbidden, { ...options, eps, tol: 1e-11 });
    const log = sinkhorn(null, null, forbidden, {
      eps,
      tol: 1e-11,
      mode: "log",
      anderson: false,
      finish: false,
    });
    expect(result.converged).toBe(true);
    expect(Math.abs(result.linear - log.linear)).toBeLessThan(1e-9 * largest);
    const again = sinkhorn(null, null, forbidden, { ...options, eps, tol: 1e-11, init: result });
    expect(again.iterations).toBeLessThanOrEqual(3);
    const targets = Float64Array.from({ length: 520 }, (_, k) => (k % 2 === 0 ? 1 : 1 + (k % 7)));
    const columns = [0, 1].map((k) => targets.filter((_, i) => i % 2 === k));
    const sums = columns.map((w) => w.reduce((x, y) => x + y));
    const B = Array.from({ length: 260 }, (_, j) =>
      columns.map((w, k) => (w[j] as number) / (sums[k] as number)),
    );
    sinkhornTargets(null, B, C, { ...options, eps }).forEach((found, k) => {
      const b = B.map((row) => row[k] as number);
      const alone = sinkhorn(null, b, C, { ...options, eps });
      expect(found.converged).toBe(true);
      expect(found.value).toBeCloseTo(alone.value, 12);
    });
  });
});
