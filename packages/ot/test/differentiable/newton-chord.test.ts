import { grad, jit, random, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, test } from "vitest";
import { planOf } from "../../src/differentiable/dual";
import { withDerivatives } from "../../src/differentiable/newton-chord";
import { type Leaves, problemOf } from "../../src/differentiable/problem";
import { solvedPotentials } from "../../src/differentiable/solve";

const C = random.uniform(random.key(3), [9, 7], { dtype: "f64" });
const a = random.uniform(random.key(4), [9], { dtype: "f64" }).add(0.1);
const b = random.uniform(random.key(5), [7], { dtype: "f64" }).add(0.1);
const leaves: Leaves = [a.div(a.sum()), b.div(b.sum()), C, tensor(0.1, { dtype: "f64" })];
const weights = random.normal(random.key(6), [9, 7], { dtype: "f64" });

describe.each([
  ["balanced", undefined],
  ["unbalanced", [1, 0.5]],
] as const)("conjugate gradients for large %s problems", (_, rho) => {
  const options = { tol: 1e-11, maxIterations: 10_000, warn: true };
  const loss =
    (dense: number) =>
    (...xs: Leaves): Tensor => {
      const problem = problemOf(xs, rho);
      const values = solvedPotentials(problem, options);
      return planOf(problem, withDerivatives(problem, values, { dense }))
        .mul(weights)
        .sum();
    };

  test("give the gradients that Cholesky's factors give, first and second ones, and compiled", () => {
    const all = { argnums: [0, 1, 2, 3] } as const;
    const [few, many] = [loss(0), loss(100)];
    const close = { absolute: 1e-7, relative: 1e-7 };
    const expected = grad(many, all)(...leaves);
    grad(
      few,
      all,
    )(...leaves).forEach((x, i) => {
      assertClose(x, expected[i] as Tensor, close);
    });
    jit(grad(few, all))(...leaves).forEach((x, i) => {
      assertClose(x, expected[i] as Tensor, close);
    });
    const second = (f: typeof few) => (C: Tensor) =>
      grad((C: Tensor) => f(leaves[0], leaves[1], C, leaves[3]))(C)
        .mul(weights)
        .sum();
    assertClose(grad(second(few))(C), grad(second(many))(C), { absolute: 1e-6, relative: 1e-6 });
  });
});
