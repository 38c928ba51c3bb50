import { random } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs";
import { sinkhorn } from "../../src/sinkhorn";
import { Anderson } from "../../src/sinkhorn/anderson";
import { distance1 } from "./problems";

/** A in the iteration y ← y + (b − A y), with eigenvalues between 0 and 2: symmetric tridiagonal. */
const size = 6;
const entry = (i: number, j: number): number =>
  i === j ? 0.15 + 0.2 * i : Math.abs(i - j) === 1 ? 0.05 : 0;
const b = Float64Array.from({ length: size }, (_, i) => Math.cos(i));
const times = (y: Float64Array): Float64Array =>
  y.map((_, i) => y.reduce((sum, value, j) => sum + entry(i, j) * value, 0));
const residualAt = (y: Float64Array): Float64Array =>
  times(y).map((value, i) => (b[i] as number) - value);
const norm = (x: Float64Array): number => Math.hypot(...x);
/** bᵀy − yᵀAy / 2, which steps along the residual raise. */
const objectiveAt = (y: Float64Array): number =>
  times(y).reduce((sum, value, i) => sum + (y[i] as number) * ((b[i] as number) - value / 2), 0);

const plus = (y: Float64Array, step: Float64Array): Float64Array =>
  y.map((value, i) => value + (step[i] as number));

describe("Anderson acceleration", () => {
  it("solves a linear problem with as many steps as it has unknowns, like GMRES", () => {
    const anderson = new Anderson(new Float64Array(size).fill(1), size);
    let y: Float64Array = new Float64Array(size);
    let plain: Float64Array = new Float64Array(size);
    for (let k = 0; k <= size; k++) {
      const f = residualAt(y);
      y = plus(y, anderson.step(f, objectiveAt(y), norm(f)));
      plain = plus(plain, residualAt(plain));
    }
    // Errors of the normal equations' squares.
    expect(norm(residualAt(y))).toBeLessThan(1e-7);
    expect(norm(residualAt(plain))).toBeGreaterThan(0.1);
  });

  it("begins with plain steps", () => {
    const anderson = new Anderson(new Float64Array(size).fill(1), 3);
    const f = residualAt(new Float64Array(size));
    expect(anderson.step(f, 0, norm(f))).toBe(f);
  });

  it.each([
    ["the objective falls", -1, 0.5],
    ["the error grows much", 1, 100],
  ])("takes an accelerated step back where %s, for the plain one", (_, change, growth) => {
    const anderson = new Anderson(new Float64Array(size).fill(1), 3);
    let y: Float64Array = new Float64Array(size);
    for (let k = 0; k < 3; k++) {
      const f = residualAt(y);
      y = plus(y, anderson.step(f, objectiveAt(y), norm(f)));
    }
    const f = residualAt(y);
    const tried = plus(y, anderson.step(f, objectiveAt(y), norm(f)));
    const back = anderson.step(residualAt(tried), objectiveAt(y) + change, growth * norm(f));
    plus(y, f).forEach((value, i) => {
      expect(plus(tried, back)[i]).toBeCloseTo(value, 14);
    });
    // What was remembered is gone: the next step is a combination of one change alone, after which residuals cannot
    // have become larger (the least squares contain the plain step of the best point on the line).
    const next = plus(tried, back);
    const step = anderson.step(residualAt(next), objectiveAt(next), norm(residualAt(next)));
    expect(norm(residualAt(plus(next, step)))).toBeLessThan(norm(residualAt(next)));
  });

  it("makes the plain step where the accelerated one leads far away", () => {
    const anderson = new Anderson(Float64Array.of(1, 1), 1);
    anderson.step(Float64Array.of(1, 1), 0, 1);
    const f = Float64Array.of(0.9999, 0.9999);
    expect(anderson.step(f, 1, 1)).toBe(f);
  });
});

describe("sinkhorn with Anderson acceleration", () => {
  const cloud = (seed: number) => random.uniform(random.key(seed), [150, 2], { dtype: "f64" });
  const C = costMatrix(cloud(1), cloud(2));
  const options = { eps: 0.01, tol: 1e-10, maxIterations: 50_000, finish: false } as const;
  const plain = sinkhorn(null, null, C, { ...options, overrelax: false });

  it.each(["scaling", "stabilized"] as const)(
    "takes a tenth of the iterations to the same plan (%s)",
    (mode) => {
      const fast = sinkhorn(null, null, C, { ...options, mode });
      expect(fast.converged).toBe(true);
      expect(fast.marginalError).toBeLessThan(1e-10);
      expect(fast.iterations).toBeLessThan(plain.iterations / 10);
      expect(distance1(fast.plan().dataSync(), plain.plan().dataSync())).toBeLessThan(1e-7);
    },
  );

  it("remembers as many steps as it is told", () => {
    const iterations = [2, 20].map(
      (anderson) => sinkhorn(null, null, C, { ...options, anderson }).iterations,
    );
    expect(iterations[0]).toBeGreaterThan(iterations[1] as number);
    expect(iterations[0]).toBeLessThan(plain.iterations);
  });

  it("is left out where over-relaxation is asked for, or neither", () => {
    const { iterations } = sinkhorn(null, null, C, { ...options, anderson: false });
    expect(iterations).toBe(plain.iterations);
    const relaxed = sinkhorn(null, null, C, { ...options, overrelax: "auto" });
    expect(relaxed.iterations).toBeLessThan(plain.iterations / 3);
    expect(relaxed.iterations).not.toBe(sinkhorn(null, null, C, options).iterations);
  });
});

describe("sinkhorn on logarithms", () => {
  const cloud = (seed: number) => random.uniform(random.key(seed), [60, 2], { dtype: "f64" });
  const C = costMatrix(cloud(3), cloud(4));
  const options = { mode: "log", eps: 0.01, maxIterations: 20_000 } as const;

  it("is accelerated, too", () => {
    const plain = sinkhorn(null, null, C, { ...options, anderson: false, finish: false });
    const fast = sinkhorn(null, null, C, { ...options, finish: false });
    expect(plain.converged && fast.converged).toBe(true);
    expect(fast.iterations).toBeLessThan(plain.iterations / 5);
    expect(distance1(fast.plan().dataSync(), plain.plan().dataSync())).toBeLessThan(1e-6);
  });

  it("hands over to Newton's method where many iterations are to come", () => {
    const { converged, status } = sinkhorn(null, null, C, { ...options, eps: 0.0005 });
    expect(converged).toBe(true);
    expect(status).toContain("(log): handed over");
    expect(status).toContain("(newton");
  });
});

describe("finish: newton", () => {
  it.each(["auto", "scaling", "log", "stabilized"] as const)(
    "begins with it in every mode (%s)",
    (mode) => {
      const C = [
        [0, 1],
        [1, 0.5],
      ];
      const { converged, status } = sinkhorn([0.4, 0.6], null, C, {
        eps: 0.1,
        mode,
        finish: "newton",
      });
      expect(converged).toBe(true);
      expect(status).toMatch(/; \d+ iterations \(newton/);
      expect(status).not.toContain(`(${mode})`);
    },
  );
});
