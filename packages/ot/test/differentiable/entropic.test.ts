import { ArgumentError, jit, ShapeError, type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import { entropicCost, entropicPlan, entropicPotentials } from "../../src/differentiable";

const half = [
  [0, 1],
  [1, 0],
];

describe("entropic problems of two points", () => {
  test("have the closed form of the symmetric problem", () => {
    // P11 = ½/(1 + e^{−1/ε}) and value = −ε log((1 + e^{−1/ε})/2).
    expect(entropicPlan(null, null, half, { eps: 1 }).at(0, 0).item()).toBeCloseTo(
      0.36552928931500245,
      12,
    );
    const cost = (of: "value" | "linear" | "entropic") =>
      entropicCost(null, null, half, { eps: 1, of }).item();
    expect(cost("linear")).toBeCloseTo(0.2689414213699951, 12);
    expect(cost("value")).toBeCloseTo(0.3798854930417225, 12);
    // Σ a log a + Σ b log b = −2 log 2.
    expect(cost("entropic")).toBeCloseTo(0.3798854930417225 - 2 * Math.log(2), 12);
  });

  test("have the plan that the quadratic of general marginals gives", () => {
    const [a, b] = [
      [0.3, 0.7],
      [0.6, 0.4],
    ];
    const C = [
      [0.2, 1],
      [0.5, 0.1],
    ];
    const plan = entropicPlan(a, b, C, { eps: 0.25, tol: 1e-13 }).dataSync();
    const expected = [0.296803270422, 0.003196729578, 0.303196729578, 0.396803270422];
    plan.forEach((p, i) => {
      expect(p).toBeCloseTo(expected[i] as number, 11);
    });
    const { f, g } = entropicPotentials(a, b, C, { eps: 0.25 });
    const dual = f.mul(a).sum().add(g.mul(b).sum()).item();
    expect(dual).toBeCloseTo(0.2979330890723115, 11);
    expect(f.mul(a).sum().item()).toBeCloseTo(g.mul(b).sum().item(), 12);
    expect(entropicCost(a, b, C, { eps: 0.25, of: "linear" }).item()).toBeCloseTo(
      0.2538360754930741,
      11,
    );
  });

  test("keep weights of zero and forbidden pairs out of the plan and their potentials finite", () => {
    const plan = entropicPlan(
      [0.5, 0, 0.5],
      null,
      [
        [0, 1],
        [7, 9],
        [Infinity, 0],
      ],
      { eps: 1 },
    );
    expect(plan.at(1).toArray()).toEqual([0, 0]);
    expect(plan.at(2, 0).item()).toBe(0);
    // The forbidden pair leaves row 2 with column 1 alone, and so row 0 with column 0.
    expect(plan.at(0, 0).item()).toBeCloseTo(0.5, 8);
    const { f } = entropicPotentials(
      [0.5, 0, 0.5],
      null,
      [
        [0, 1],
        [7, 9],
        [1, 0],
      ],
      { eps: 1 },
    );
    // c-transform: f_1 = −log Σ_j ½ exp(g_j − C_1j), with g = f_0 by symmetry.
    const g = f.at(0).item();
    expect(f.at(1).item()).toBeCloseTo(-Math.log((Math.exp(g - 7) + Math.exp(g - 9)) / 2), 9);
  });

  test("take ε = 0.05 standard deviations of the costs unless told, also when compiled", () => {
    const C = tensor(
      [
        [0, 0.5, 1],
        [1, 0.5, 0],
      ],
      { dtype: "f64" },
    );
    // Mean ½, variance 1/6.
    const expected = entropicCost(null, null, C, { eps: 0.05 / Math.sqrt(6) }).item();
    expect(entropicCost(null, null, C).item()).toBeCloseTo(expected, 12);
    const compiled = jit((C: Tensor) => entropicCost(null, null, C));
    expect(compiled(C).item()).toBeCloseTo(expected, 10);
  });

  test("name what does not fit", () => {
    expect(() => entropicCost([1, 1], [1], [[1]])).toThrow(ShapeError);
    expect(() => entropicCost([1, 1], [1, 0], half)).toThrow(
      /entropicCost: expected a and b with the same sum/,
    );
    expect(() => entropicPlan(null, null, half, { eps: 0 })).toThrow(
      "entropicPlan: expected a finite eps > 0; got 0",
    );
    expect(() => entropicPotentials(null, null, [[Number.NaN]])).toThrow(/C\[0, 0\] = NaN/);
    expect(() => entropicCost(null, null, half, { of: "loss" as "value" })).toThrow(ArgumentError);
    expect(() => entropicCost(null, null, [1, 2])).toThrow(/two axes/);
  });
});
