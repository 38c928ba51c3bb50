import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withWorkspace } from "../../src/internal/workspace";
import { DenseFactor } from "../../src/newton/cholesky";
import { NewtonSystem } from "../../src/newton/linear-system";
import { newtonState } from "../../src/newton/newton-steps";
import { sparseDirection } from "../../src/newton/sparse-direction";
import { multiply, sparsePlan } from "../../src/newton/sparse-plan";
import { type DenseProblem, denseProblem } from "../../src/sinkhorn/dense-problem";
import { sinkhornKernels } from "../../src/sinkhorn/kernels";
import { type Evaluation, openSession } from "../../src/sinkhorn/session";
import { problems } from "../sinkhorn/problems";

/** Opens a problem with its plan at η in memory. */
function withProblem(
  C: Float64Array,
  [a, b]: readonly [Float64Array, Float64Array],
  eta: number,
  use: (problem: DenseProblem, state: Evaluation) => void,
): void {
  withWorkspace(sinkhornKernels, (workspace) => {
    const costs = { data: C, rows: a.length, columns: b.length };
    const problem = denseProblem(workspace, costs, a, b);
    const settings = { eta, tol: 1e-9, maxIterations: 1, checkEvery: 1 };
    use(problem, newtonState(openSession(problem, settings)));
  });
}

/** Largest violation of the Newton equations, in units of the row's or column's own sum. */
function violation(
  { at, stride, a, b, workspace, height }: DenseProblem,
  { p, q }: Evaluation,
  { threshold, delta }: { readonly threshold: number; readonly delta: number },
  { dx, dy }: { readonly dx: Float64Array; readonly dy: Float64Array },
): number {
  const P = workspace.readF64(at.plan, height * stride);
  const left = p.map((sum, i) => (1 + delta) * sum * (dx[i] as number));
  const below = q.map((sum, j) => (1 + delta) * sum * (dy[j] as number));
  for (let i = 0; i < p.length; i++)
    for (let j = 0; j < q.length; j++) {
      const value = P[i * stride + j] as number;
      if (!(value > threshold)) continue;
      left[i] = (left[i] as number) + value * (dy[j] as number);
      below[j] = (below[j] as number) + value * (dx[i] as number);
    }
  let largest = 0;
  left.forEach((value, i) => {
    const right = (a[i] as number) - (p[i] as number);
    largest = Math.max(largest, Math.abs(value - right) / (p[i] as number));
  });
  below.forEach((value, j) => {
    const right = (b[j] as number) - (q[j] as number);
    largest = Math.max(largest, Math.abs(value - right) / (q[j] as number));
  });
  return largest;
}

describe("sparseDirection", () => {
  it("solves the Newton equations, whatever is dropped from the plan", () => {
    const share = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(problems, share, ({ a, b, C, n, m }, kept) => {
        withProblem(Float64Array.from(C.flat()), [a, b], 2, (problem, state) => {
          const options = { threshold: kept / (n * m), delta: 1e-4 };
          const plan = sparsePlan(problem, state, options.threshold);
          const found = sparseDirection(problem, state, plan, options.delta, Infinity);
          plan.release();
          if (found === undefined) throw new Error("no direction");
          // |Δ| is at most (a − p)/(δp) in size, and rounding 10⁻¹⁶ of it.
          const size = [...found.dx, ...found.dy].reduce((x, y) => Math.max(x, Math.abs(y)), 1);
          expect(violation(problem, state, options, found)).toBeLessThan(1e-12 * size);
        });
      }),
    );
  });

  it("agrees with the dense factorisation of the Schur complement", () => {
    fc.assert(
      fc.property(problems, ({ a, b, C, n, m }) => {
        withProblem(Float64Array.from(C.flat()), [a, b], 2, (problem, state) => {
          const delta = 1e-2;
          const plan = sparsePlan(problem, state, 0.5 / (n * m));
          const { dy } = sparseDirection(problem, state, plan, delta, Infinity) ?? {};
          const hx = state.p.map((p, i) => ((a[i] as number) - p) * (plan.rowScale[i] as number));
          const back = multiply(problem, plan, hx, true);
          const g = state.q.map((q, j) => {
            const h = ((b[j] as number) - q) * (plan.columnScale[j] as number);
            return h - (back[j] as number) / (1 + delta);
          });
          const factor = new DenseFactor(problem);
          expect(factor.factor(plan, delta)).toBe(delta);
          const v = factor.solve(g);
          // In the scaled unknowns the condition number is at most 2/δ; their size is that of the right-hand side over δ.
          const norm = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
          v.forEach((value, j) => {
            const other = (dy?.[j] as number) / (plan.columnScale[j] as number);
            expect(Math.abs(other - value)).toBeLessThan(1e-11 * (1 + norm));
          });
          plan.release();
        });
      }),
    );
  });

  it("declines where the limit does not suffice", () => {
    const weights = new Float64Array(6).fill(1 / 6);
    const C = new Float64Array(36).fill(1);
    withProblem(C, [weights, weights], 1, (problem, state) => {
      const plan = sparsePlan(problem, state, 0);
      expect(sparseDirection(problem, state, plan, 1e-3, 50)).toBeUndefined();
      expect(sparseDirection(problem, state, plan, 1e-3, 1e4)).toBeDefined();
      plan.release();
    });
  });

  it("takes over where a chain is too long for conjugate gradients and too large for a dense factor", () => {
    const n = 2100;
    const weights = Float64Array.from({ length: n }, (_, i) => (1 + 0.5 * Math.sin(i / 300)) / n);
    const total = weights.reduce((sum, w) => sum + w, 0);
    const a = weights.map((w) => w / total);
    const b = new Float64Array(n).fill(1 / n);
    const C = new Float64Array(n * n).fill(100);
    for (let i = 0; i < n; i++) C.fill(0, i * n + i, i * n + Math.min(i + 2, n));
    withProblem(C, [a, b], 1, (problem, state) => {
      const options = { threshold: 1e-12, delta: 1e-8, reduction: 1e-8 };
      const direction = new NewtonSystem(problem).solve(state, options);
      expect(direction.cg).toBe(1000);
      expect(direction.factored).toBe("sparse");
      expect(direction.slope).toBeGreaterThan(0);
      const size = direction.dx.reduce((x, y) => Math.max(x, Math.abs(y)), 1);
      expect(violation(problem, state, options, direction)).toBeLessThan(1e-12 * size);
    });
  });
});
