import { grad, hvp, jit, type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import type { CostName } from "../../src/costs/cost";
import { costMatrix } from "../../src/costs/cost-matrix";
import { pointCosts } from "../../src/differentiable/point-costs";

const f64 = { dtype: "f64" } as const;
// Far from the origin, where squares lose digits.
const x = tensor(
  [
    [100, 2],
    [101.5, 0.5],
    [99, -1],
  ],
  f64,
);
const y = tensor(
  [
    [100.25, 1],
    [102, 3],
  ],
  f64,
);
const v = tensor(
  [
    [1, -2],
    [0.5, 0.25],
    [-1, 3],
  ],
  f64,
);

/** A function of the costs that is not linear. */
const energy =
  (costs: typeof pointCosts, cost: CostName | undefined) =>
  (x: Tensor, y: Tensor): Tensor =>
    costs(x, y, cost).square().sum();

/** Largest difference, relative to the largest element. */
function difference(actual: Tensor, expected: Tensor): number {
  return actual.sub(expected).abs().max().item() / expected.abs().max().item();
}

const plain = (x: Tensor, y: Tensor, cost: CostName | undefined): Tensor => costMatrix(x, y, cost);

describe.each([undefined, "sqeuclidean", "euclidean", "cityblock", "cosine"] as const)(
  "the costs of points by %s",
  (cost) => {
    const [fast, slow] = [energy(pointCosts, cost), energy(plain as typeof pointCosts, cost)];

    // Roundings of 1e-16; coordinates of about 100 with differences of about 1 cost two digits, squares another.
    test.each([0, 1] as const)("have the gradient of the matrix by argument %i", (argument) => {
      const options = { argnums: argument };
      expect(difference(grad(fast, options)(x, y), grad(slow, options)(x, y))).toBeLessThan(1e-12);
    });

    test("have its second derivatives, and do when compiled", () => {
      const second = (f: typeof fast) => hvp((z: Tensor) => f(z, y));
      const twice = (f: typeof fast) =>
        grad((z: Tensor) =>
          grad((w: Tensor) => f(w, y))(z)
            .mul(v)
            .sum(),
        );
      const expected = second(slow)(x, v);
      expect(difference(second(fast)(x, v), expected)).toBeLessThan(1e-11);
      expect(difference(twice(fast)(x), expected)).toBeLessThan(1e-11);
      expect(difference(jit(grad(fast))(x, y), grad(slow)(x, y))).toBeLessThan(1e-12);
    });
  },
);

test("the gradient of costs of a cloud with itself counts both arguments", () => {
  const own = (costs: typeof pointCosts) => grad((z: Tensor) => costs(z, z).square().sum());
  expect(difference(own(pointCosts)(x), own(costMatrix)(x))).toBeLessThan(1e-12);
});
