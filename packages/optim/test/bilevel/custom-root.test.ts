import { grad, jit, random, scan, type Tensor } from "@x/tensor";
import { solve } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { customRoot, hypergradient } from "../../src/index";
import { f64, scalarRidge } from "./scalar-ridge";

describe("customRoot", () => {
  const lowerSlope = (y: Tensor, x: Tensor): Tensor =>
    grad((at: Tensor) => scalarRidge.lower(x, at, undefined))(y);
  /** Gradient descent, long enough to be exact for |x| ≤ 1. */
  const descend = (x: Tensor): Tensor =>
    scan((y: Tensor) => [y.sub(lowerSlope(y, x).mul(0.3)), null] as const, f64(0), null, {
      length: 200,
    })[0];
  const root = customRoot(descend, lowerSlope);

  test("gives the derivative of the closed form y = 2 / (1 + eˣ)", () => {
    for (const x of [-1, 0, 0.7]) {
      const slope = (-2 * Math.exp(x)) / (1 + Math.exp(x)) ** 2;
      assertClose(grad(root)(f64(x)), slope, { relative: 1e-10 });
      assertClose(jit(grad(root))(f64(x)), slope, { relative: 1e-10 });
    }
  });

  test("makes the hypergradient by plain differentiation", () => {
    const phi = (x: Tensor): Tensor => scalarRidge.upper(x, root(x), undefined);
    const implicit = hypergradient(scalarRidge, f64(0.4), root(f64(0.4)), { method: "cg" }).grad;
    assertClose(grad(phi)(f64(0.4)), implicit, { relative: 1e-10 });
  });

  test("solves unsymmetric systems by normalCg", () => {
    const [ka, kb, kx] = random.split(random.key(1), 3);
    const a = random.normal(ka, [4, 4], { dtype: "f64" });
    const b = random.normal(kb, [4, 4], { dtype: "f64" });
    const linear = customRoot(
      (x: Tensor) => solve(a, b.matmul(x)),
      (y: Tensor, x: Tensor) => a.matmul(y).sub(b.matmul(x)),
      { method: "normalCg", tolerance: 1e-13 },
    );
    const x = random.normal(kx, [4], { dtype: "f64" });
    // The square of the condition number of a 4 × 4 Gaussian matrix leaves some 1e-8 of f64.
    assertClose(
      grad((v: Tensor) => linear(v).square().sum())(x),
      grad((v: Tensor) => solve(a, b.matmul(v)).square().sum())(x),
      { relative: 1e-7 },
    );
  });

  test("refuses unknown methods", () => {
    expect(() => customRoot(descend, lowerSlope, { method: "lu" as never })).toThrow(
      "customRoot: expected method cg or normalCg; got lu",
    );
  });
});
