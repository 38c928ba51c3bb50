import { tensor } from "@x/tensor";
import { rng } from "@x/tensor/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs";
import { emd } from "../../src/exact";
import { withWorkspace } from "../../src/internal/workspace";
import { sinkhornNewton } from "../../src/newton";
import { NewtonSystem } from "../../src/newton/linear-system";
import { newtonState } from "../../src/newton/newton-steps";
import { sweeps } from "../../src/newton/sweeps";
import { sinkhorn } from "../../src/sinkhorn";
import { denseProblem } from "../../src/sinkhorn/dense-problem";
import { sinkhornKernels } from "../../src/sinkhorn/kernels";
import { openSession } from "../../src/sinkhorn/session";
import { bookSinkhorn, distance1, problems } from "../sinkhorn/problems";
import { uniformCosts } from "./problems";

describe("sinkhornNewton", () => {
  it("has the closed form of two by two points", () => {
    const C = [
      [0.2, 1],
      [0.5, 0.1],
    ];
    for (const variant of ["safeguarded", "paper"] as const) {
      const options = { eps: 0.25, tol: 1e-14, variant, sweeps: 1 };
      const { linear, value } = sinkhornNewton([0.3, 0.7], [0.6, 0.4], C, options);
      expect(linear).toBeCloseTo(0.2538360754930741, 12);
      expect(value).toBeCloseTo(0.2979330890723115, 12);
    }
  });

  it("converges quadratically with all entries and no shift", () => {
    const C = [
      [0.2, 1],
      [0.5, 0.1],
    ];
    const options = { eps: 0.25, tol: 1e-14, variant: "paper", sweeps: 1, density: 1 } as const;
    const { history } = sinkhornNewton([0.3, 0.7], [0.6, 0.4], C, options);
    const errors = history.filter(({ stage }) => stage === "newton").map((h) => h.marginalError);
    expect(errors.length).toBeGreaterThan(1);
    errors.slice(1).forEach((error, k) => {
      // The factor is ½ of a third derivative over a second; the entries of this plan make it less than 10.
      expect(error).toBeLessThan(10 * (errors[k] as number) ** 2 + 1e-14);
    });
  });

  it("solves the Newton equations exactly when nothing is dropped", () => {
    fc.assert(
      fc.property(problems, ({ a, b, C, n, m }) => {
        if (m > n) return;
        withWorkspace(sinkhornKernels, (workspace) => {
          const costs = { data: Float64Array.from(C.flat()), rows: n, columns: m };
          const problem = denseProblem(workspace, costs, a, b);
          const settings = { eta: 2, tol: 1e-9, maxIterations: 1, checkEvery: 1 };
          const session = openSession(problem, settings);
          const state = newtonState(session);
          const P = workspace.readF64(problem.at.plan, problem.height * problem.stride);
          const system = { threshold: 0, delta: 1e-13, reduction: 1e-14 };
          const { dx, dy, slope } = new NewtonSystem(problem).solve(state, system);
          let [residual, promised] = [0, 0];
          for (let i = 0; i < n; i++) {
            let left = (state.p[i] as number) * (dx[i] as number);
            for (let j = 0; j < m; j++)
              left += (P[i * problem.stride + j] as number) * (dy[j] as number);
            const gradient = (a[i] as number) - (state.p[i] as number);
            residual += Math.abs(left - gradient);
            promised += gradient * (dx[i] as number);
          }
          for (let j = 0; j < m; j++) {
            let left = (state.q[j] as number) * (dy[j] as number);
            for (let i = 0; i < n; i++)
              left += (P[i * problem.stride + j] as number) * (dx[i] as number);
            const gradient = (b[j] as number) - (state.q[j] as number);
            residual += Math.abs(left - gradient);
            promised += gradient * (dy[j] as number);
          }
          // The masses of p and q agree, so that the equations can be solved in spite of the null vector (1, −1);
          // rounding of 10⁻¹⁶ along it is divided by the shift of 10⁻¹³.
          expect(residual).toBeLessThan(1e-9);
          expect(slope).toBeCloseTo(promised, 8);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("solves any problem, in both variants, as the books do", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { a, b, C } = problem;
        const book = bookSinkhorn(problem, 0.25, 500);
        for (const variant of ["safeguarded", "paper"] as const) {
          const options = { eps: 0.25, tol: 1e-11, variant, warn: false };
          const { plan, converged } = sinkhornNewton(a, b, C, options);
          expect(converged).toBe(true);
          expect(distance1(plan().dataSync(), book)).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("converges for every eps down to a ten thousandth of the costs", () => {
    const eps = fc.double({ min: 1e-4, max: 1, noNaN: true });
    const entropy = (w: Float64Array) => w.reduce((sum, x) => sum - x * Math.log(x), 0);
    fc.assert(
      fc.property(problems, eps, ({ a, b, C }, e) => {
        const { linear, value, converged } = sinkhornNewton(a, b, C, { eps: e, warn: false });
        const exact = emd(a, b, C).cost;
        expect(converged).toBe(true);
        expect(linear).toBeGreaterThan(exact - 1e-8);
        expect(value).toBeLessThan(exact + e * Math.min(entropy(a), entropy(b)) + 1e-8);
      }),
      { numRuns: 60 },
    );
  });

  it("raises the dual objective with every Newton step at one eps", () => {
    const { history } = sinkhornNewton(null, null, uniformCosts(80, 4), { eps: 1e-3, tol: 1e-12 });
    const steps = history.filter(({ stage }) => stage === "newton");
    expect(steps.length).toBeGreaterThan(3);
    steps.slice(1).forEach((step, k) => {
      const before = (steps[k] as (typeof steps)[number]).objective as number;
      // Rounding of a sum of 160 terms of size up to 1.
      expect(step.objective as number).toBeGreaterThanOrEqual(before - 1e-14);
    });
  });

  it("says which phase took how many iterations", () => {
    const { status, history, iterations } = sinkhornNewton(null, null, uniformCosts(80, 4), {
      eps: 1e-3,
    });
    expect(status).toMatch(
      /^converged: marginal error .* iterations \(sinkhorn\), .* \(continuation\), .* \(newton\)$/,
    );
    expect(history.length).toBe(iterations);
    expect(history.map((entry) => entry.iteration)).toEqual(history.map((_, k) => k + 1));
    const last = history[history.length - 1];
    expect(last?.stage).toBe("newton");
    expect(last?.step).toBe(1);
    expect(last?.nnz).toBeGreaterThan(0);
  });

  it("falls back to plain iterations where Newton's method stalls, and says so", () => {
    // No plan serves these: row 1 may only go to column 1, row 2 only to column 2, and their masses differ.
    const C = [
      [0, Infinity],
      [Infinity, 0],
    ];
    const { converged, status, marginalError, linear, value } = sinkhornNewton(
      [0.7, 0.3],
      [0.5, 0.5],
      C,
      { eps: 0.1, maxIterations: 200, warn: false },
    );
    expect(converged).toBe(false);
    expect(status).toContain("newton-stalled");
    expect(marginalError).toBeCloseTo(0.4, 9);
    expect([linear, value].every(Number.isFinite)).toBe(true);
  });

  it("goes on from given potentials", () => {
    const C = uniformCosts(50, 9);
    const first = sinkhornNewton(null, null, C, { eps: 1e-3 });
    const again = sinkhornNewton(null, null, C, { eps: 1e-3, init: first });
    expect(again.iterations).toBe(0);
    expect(again.value).toBeCloseTo(first.value, 12);
  });

  it("joins parts of a plan that have to move against each other by thousands of eps", () => {
    // Column 1 takes less than row 2 has; the rest of that row pays 0.96, which nothing at this ε tells beforehand.
    const a = [0.1472150135284524, 0.6101446843289516, 0.2426403021425959];
    const b = [0.6051446843289517, 0.39485531567104837];
    const C = [
      [0, 0],
      [0, 0.9648908245005561],
      [0, 0],
    ];
    const options = { eps: 1e-4, tol: 1e-11 };
    const result = sinkhornNewton(a, b, C, { ...options, continuation: true });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThan(60);
    expect(result.linear).toBeCloseTo(0.9648908245005561 * 0.005, 10);
    expect(result.history.some((entry) => (entry.step ?? 0) > 1)).toBe(true);
    // Exact potentials know it.
    expect(sinkhornNewton(a, b, C, options).iterations).toBeLessThan(result.iterations / 2);
  });

  it("settles each part of a plan before it moves parts against each other", () => {
    // Rows 0, 2, 4 have 5·10⁻⁵ more than columns 2 to 5. Steps that were doubled for that surplus once undid, with every
    // second one, what they had put right in each part, for ever.
    const draw = (seed: number, n: number, low: number, high: number): number[] => {
      const random = rng(seed);
      return Array.from({ length: n }, () => random.uniform(low, high));
    };
    const unit = (w: number[]): number[] => w.map((x) => x / w.reduce((s, y) => s + y));
    const points = (seed: number, n: number) =>
      tensor(draw(seed, 2 * n, 0, 1), { dtype: "f64" }).reshape([n, 2]);
    const [a, b] = [unit(draw(31, 5, 0.5, 1.5)), unit(draw(32, 6, 0.5, 1.5))];
    const C = costMatrix(points(33, 5), points(34, 6));
    const result = sinkhornNewton(a, b, C, { eps: 0.003 });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThan(40);
    const plain = sinkhorn(a, b, C, { eps: 0.003, finish: false, maxIterations: 20_000 });
    // Both have marginal errors of 10⁻⁹ at most; the value is stationary at the solution.
    expect(result.value).toBeCloseTo(plain.value, 9);
  });

  it("has exact columns after the iterations of Sinkhorn that it puts in", () => {
    fc.assert(
      fc.property(problems, ({ a, b, C, n, m }) => {
        withWorkspace(sinkhornKernels, (workspace) => {
          const costs = { data: Float64Array.from(C.flat()), rows: n, columns: m };
          const problem = denseProblem(workspace, costs, a, b);
          const settings = { eta: 4, tol: 1e-9, maxIterations: 9, checkEvery: 1 };
          const session = openSession(problem, settings);
          newtonState(session);
          const state = sweeps(session, 3, -745, "sinkhorn");
          expect(distance1(state.q, b)).toBeLessThan(1e-13);
          expect(state.error).toBeLessThanOrEqual((session.history[1]?.marginalError ?? 0) + 1e-13);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("refuses both eps and eta, and an eta that is not positive", () => {
    const C = [[1]];
    expect(() => sinkhornNewton(null, null, C, { eps: 1, eta: 1 })).toThrow(/eps or eta/);
    expect(() => sinkhornNewton(null, null, C, { eta: -1 })).toThrow(/eta > 0; got -1/);
    expect(() => sinkhorn(null, null, C, { eps: 0 })).toThrow(/eps > 0/);
  });
});
