import { grad, hvp, jit, type Tensor, tensor } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { entropicCost, unbalancedCost, unbalancedPlan } from "../../src/differentiable";

const f64 = { dtype: "f64" } as const;
const C = tensor(
  [
    [2, 1.5],
    [0.2, 1],
    [1, 0.5],
  ],
  f64,
);
const a = tensor([0.4, 0.6, 0.5], f64);
const b = tensor([1.2, 0.8], f64);
const eps = tensor(0.5, f64);
const all = { argnums: [0, 1, 2, 3] } as const;

describe.each([
  ["both finite", [1, 0.7]],
  ["the rows' infinite", [Infinity, 0.7]],
] as const)("unbalanced transport, %s", (_, rho) => {
  const value = (a: Tensor, b: Tensor, C: Tensor, eps: Tensor) =>
    unbalancedCost(a, b, C, { eps, rho });

  test("has a value with derivatives up to the second, in every direction", () => {
    checkGradients(value, [a, b, C, eps], { order: 2, directions: 2 });
  });

  test("has a plan with derivatives up to the second, in both modes", () => {
    const plan = (a: Tensor, b: Tensor, C: Tensor, eps: Tensor) => ({
      plan: unbalancedPlan(a, b, C, { eps, rho }),
      linear: unbalancedCost(a, b, C, { eps, rho, of: "linear" }),
    });
    checkGradients(plan, [a, b, C, eps], { order: 2, directions: 1 });
    const turned = (C: Tensor) => unbalancedPlan(b, a, C, { eps, rho });
    checkGradients(turned, [C.T], { order: 2, directions: 1 });
  });

  test("has the same derivatives when compiled", () => {
    const plain = grad(value, all)(a, b, C, eps);
    jit(grad(value, all))(a, b, C, eps).forEach((x, i) => {
      assertClose(x, plain[i] as Tensor, { absolute: 1e-8 });
    });
    grad(jit(value), all)(a, b, C, eps).forEach((x, i) => {
      assertClose(x, plain[i] as Tensor, { absolute: 1e-8 });
    });
    const loss = (C: Tensor): Tensor => value(a, b, C, eps);
    const v = C.sub(1);
    assertClose(jit((C: Tensor) => hvp(loss)(C, v))(C), hvp(loss)(C, v), { absolute: 1e-7 });
  });
});

test("by the cost it is the plan, and two infinite ρ give the balanced cost", () => {
  const slope = grad((C: Tensor) => unbalancedCost(a, b, C, { eps, rho: 1 }))(C);
  assertClose(slope, unbalancedPlan(a, b, C, { eps, rho: 1 }), { absolute: 1e-9 });
  const p = a.div(a.sum());
  const q = b.div(b.sum());
  expect(unbalancedCost(p, q, C, { eps, rho: Infinity }).item()).toBe(
    entropicCost(p, q, C, { eps }).item(),
  );
  expect(() => unbalancedCost(a, b, C, { eps, rho: -1 })).toThrow(/unbalancedCost: expected rho/);
});
