import { eye, jit, random, type Tensor, tensor } from "@x/tensor";
import { solve } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { conjugateGradient } from "../../src/index";
import { f64 } from "./scalar-ridge";

const factor = random.normal(random.key(2), [12, 8], { dtype: "f64" });
const matrix = factor.T.matmul(factor).add(eye(8, { dtype: "f64" }));
const b = random.normal(random.key(3), [8], { dtype: "f64" });

describe("conjugateGradient", () => {
  test("agrees with elimination, in at most as many steps as unknowns", () => {
    const run = (v: Tensor) =>
      conjugateGradient((u: Tensor) => matrix.matmul(u), v, { tolerance: 1e-9 });
    for (const { solution, iterations, converged } of [run(b), jit(run)(b)]) {
      assertClose(solution, solve(matrix, b), { relative: 1e-8 });
      expect(iterations.item()).toBeLessThanOrEqual(8);
      expect(converged.item()).toBe(1);
    }
  });

  test("finishes in as many steps as there are distinct eigenvalues, across the leaves of a tree", () => {
    const { solution, iterations } = conjugateGradient(
      (v: { p: Tensor; q: Tensor }) => ({ p: v.p.mul([2, 5]), q: v.q.mul(2) }),
      { p: f64([2, 5]), q: tensor([[4]]) },
    );
    expect(iterations.item()).toBe(2);
    assertClose(solution.p, f64([1, 1]), { relative: 1e-7 });
    assertClose(solution.q, [[2]], { relative: 1e-6 });
    expect([solution.p.dtype, solution.q.dtype]).toEqual(["f64", "f32"]);
  });

  test("a zero right-hand side is solved by 0 without a step", () => {
    const { solution, iterations, converged } = conjugateGradient((v: Tensor) => v, tensor([0, 0]));
    expect(solution.toArray()).toEqual([0, 0]);
    expect(iterations.item()).toBe(0);
    expect(converged.item()).toBe(1);
  });

  test("stops at negative curvature with what it has and says so", () => {
    const { solution, indefinite, converged } = conjugateGradient(
      (v: Tensor) => v.mul([1, -1]),
      f64([1, 2]),
    );
    expect(indefinite.item()).toBe(1);
    expect(converged.item()).toBe(0);
    expect(solution.toArray()).toEqual([0, 0]);
  });

  test("stops at maxIterations unconverged", () => {
    const { iterations, converged } = conjugateGradient((v: Tensor) => matrix.matmul(v), b, {
      maxIterations: 3,
    });
    expect(iterations.item()).toBe(3);
    expect(converged.item()).toBe(0);
  });

  test("an absolute tolerance counts where it is looser", () => {
    const { residual, iterations } = conjugateGradient((v: Tensor) => matrix.matmul(v), b, {
      absoluteTolerance: 1,
    });
    expect(residual.item()).toBeLessThanOrEqual(1);
    expect(iterations.item()).toBeLessThan(8);
  });

  test("not-a-number does not count as converged", () => {
    const { converged } = conjugateGradient((v: Tensor) => v.mul(Number.NaN), tensor([1, 2]));
    expect(converged.item()).toBe(0);
  });
});
