import { type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import {
  type BilevelProblem,
  type HypergradientOptions,
  hypergradient,
  scaleByLearningRate,
} from "../../src/index";
import { f64, scalarRidge } from "./scalar-ridge";

const inner = scaleByLearningRate(0.25);

describe("hypergradient refuses", () => {
  const cg = { method: "cg" } as const;
  test("a level that is not a scalar", () => {
    const problem = { ...scalarRidge, lower: (x: Tensor, y: Tensor) => y.sub(x) };
    expect(() => hypergradient(problem, tensor([1, 2]), tensor(1), cg)).toThrow(
      "hypergradient: expected the lower level to return a float scalar; got f32 of shape [2]",
    );
  });

  test("a problem in which x has no influence", () => {
    const problem = { ...scalarRidge, lower: (_: Tensor, y: Tensor) => y.square() };
    expect(() => hypergradient(problem, tensor(0), tensor(0), cg)).toThrow(
      "hypergradient: hypergradient is identically zero: neither the upper level",
    );
  });

  test("no problem where the gradient merely happens to be zero", () => {
    const problem = { ...scalarRidge, lower: (x: Tensor, y: Tensor) => y.sub(x.square()).square() };
    expect(hypergradient(problem, tensor(0), tensor(0), cg).grad.item()).toBeCloseTo(0, 12);
  });

  test("integers", () => {
    const problem = { ...scalarRidge };
    expect(() => hypergradient(problem, tensor(0, { dtype: "i32" }), tensor(0), cg)).toThrow(
      "hypergradient: expected x to be a tree of f32 or f64 tensors; the root is i32",
    );
  });

  test("unknown methods", () => {
    expect(() =>
      hypergradient(scalarRidge, tensor(0), tensor(0), { method: "magic" } as never),
    ).toThrow(
      "expected method cg, normalCg, neumann, unrolled, f2sa or finiteDifference; got magic",
    );
  });

  test("to call a singular system solved", () => {
    // H = diag(1, 0) and ∇_y F = (1, 1): no solution exists.
    const problem: BilevelProblem<Tensor, Tensor> = {
      upper: (_, y) => y.sum(),
      lower: (x, y) => y.at(0).sub(x).square().div(2).add(y.at(1)),
    };
    const { aux } = hypergradient(problem, f64(0), f64([0, 0]), cg);
    expect(aux.converged.item()).toBe(0);
    expect(aux.indefinite.item()).toBe(1);
    expect(() =>
      hypergradient(problem, f64(0), f64([0, 0]), { ...cg, throwOnFailure: true }),
    ).toThrow(/the residual is .*use lvHba if the lower Hessian is singular/);
  });

  test("options out of range", () => {
    const at = (o: HypergradientOptions<Tensor>) => () =>
      hypergradient(scalarRidge, tensor(0), tensor(0), o);
    expect(at({ method: "neumann", alpha: 0 })).toThrow("alpha > 0 and finite; got 0");
    expect(at({ method: "neumann", alpha: 1, batches: [undefined] })).toThrow(
      "expected 10 batches",
    );
    expect(at({ method: "unrolled", inner, steps: -1 })).toThrow(
      "steps to be a whole number ≥ 0; got -1",
    );
    expect(at({ method: "unrolled", inner, steps: 5, checkpointEvery: 2 })).toThrow(
      "checkpointEvery to divide the 5 differentiated steps; got 2",
    );
    expect(at({ method: "cg", damping: -1 })).toThrow("damping ≥ 0; got -1");
    expect(at({ method: "cg", maxIterations: 1.5 })).toThrow("integer maxIterations ≥ 0; got 1.5");
    expect(at({ method: "f2sa", inner, steps: 1, lambda: -1 })).toThrow(
      "lambda > 0 and finite; got -1",
    );
    expect(at({ method: "finiteDifference", radius: 0 })).toThrow("radius > 0 and finite; got 0");
  });
});
