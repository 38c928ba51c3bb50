import { describe, expect, it } from "vitest";
import { sinkhorn } from "../../src/sinkhorn";

// Two by two problems have solutions in closed form: P11 P22 / (P12 P21) = exp((C12 + C21 − C11 − C22)/ε), and the
// marginals make of that a quadratic equation. Solvers run to a marginal error of 10⁻¹³.
const tight = { tol: 1e-13 };

const modes = ["auto", "scaling", "log", "stabilized"] as const;

describe("sinkhorn of two by two points", () => {
  it.each(modes)("has the logistic solution of the symmetric problem (%s)", (mode) => {
    const C = [
      [0, 1],
      [1, 0],
    ];
    const { linear, value, plan } = sinkhorn(null, null, C, { eps: 1, mode, ...tight });
    expect(plan().dataSync()[0]).toBeCloseTo(0.5 / (1 + Math.exp(-1)), 13);
    expect(linear).toBeCloseTo(0.2689414213699951, 13);
    expect(value).toBeCloseTo(-Math.log((1 + Math.exp(-1)) / 2), 13);
    expect(value).toBeCloseTo(0.3798854930417225, 13);
  });

  it("changes with eps as the closed form does", () => {
    const C = [
      [0, 1],
      [1, 0],
    ];
    const at = (eps: number) => sinkhorn(null, null, C, { eps, ...tight });
    const h = 1e-5;
    // Central differences: error h² times a third derivative of order 1, and 10⁻¹³/h of rounding.
    const slope = (name: "linear" | "value") => (at(1 + h)[name] - at(1 - h)[name]) / (2 * h);
    expect(slope("linear")).toBeCloseTo(0.19661193324148185, 7);
    expect(slope("value")).toBeCloseTo(0.11094407167172737, 7);
  });

  it.each(modes)("solves the quadratic of a general problem (%s)", (mode) => {
    const C = [
      [0.2, 1],
      [0.5, 0.1],
    ];
    const result = sinkhorn([0.3, 0.7], [0.6, 0.4], C, { eps: 0.25, mode, ...tight });
    const [p11, p12, p21, p22] = result.plan().dataSync() as Float64Array as unknown as number[];
    const kappa = ((p11 as number) * (p22 as number)) / ((p12 as number) * (p21 as number));
    expect(kappa / 121.51041751873485).toBeCloseTo(1, 10);
    expect(p11).toBeCloseTo(0.296803270422, 11);
    expect(p12).toBeCloseTo(0.003196729578, 11);
    expect(p21).toBeCloseTo(0.303196729578, 11);
    expect(p22).toBeCloseTo(0.396803270422, 11);
    expect(result.linear).toBeCloseTo(0.2538360754930741, 12);
    expect(result.value).toBeCloseTo(0.2979330890723115, 12);
  });

  it.each(modes)("sends three points to two (%s)", (mode) => {
    const C = [
      [5, 5],
      [2, 4],
      [4, 2],
    ];
    const result = sinkhorn(null, null, C, { eps: 0.5, mode, ...tight });
    const expected = [1 / 6, 1 / 6, 0.32733793, 0.0059954, 0.0059954, 0.32733793];
    Array.from(result.plan().dataSync()).forEach((p, k) => {
      expect(p).toBeCloseTo(expected[k] as number, 8);
    });
    expect(result.linear).toBeCloseTo(3.0239816132827886, 12);
  });
});

describe("sinkhorn in its limits", () => {
  const C = [
    [0.3, 0.9, 0.1],
    [0.7, 0.2, 0.4],
  ];
  const [a, b] = [
    [0.25, 0.75],
    [0.5, 0.2, 0.3],
  ];

  it("gives the product of the weights for large eps", () => {
    const plan = sinkhorn(a, b, C, { eps: 1e9 }).plan().dataSync();
    const product = a.flatMap((x) => b.map((y) => x * y));
    // Exponents are of order 10⁻⁹.
    plan.forEach((p, k) => {
      expect(Math.abs(p - (product[k] as number))).toBeLessThan(1e-9);
    });
  });

  it("gives the exact solution for small eps", () => {
    // By hand: row 1 serves column 1 with 1/4, the rest comes from row 2.
    const { linear, plan, converged } = sinkhorn(a, b, C, { eps: 1e-3 });
    expect(converged).toBe(true);
    const exact = [
      [0, 0, 0.25],
      [0.5, 0.2, 0.05],
    ];
    const other = [
      [0.25, 0, 0],
      [0.25, 0.2, 0.3],
    ];
    const cost = (P: number[][]) =>
      P.reduce(
        (s, row, i) => s + row.reduce((t, p, j) => t + p * ((C[i] as number[])[j] as number), 0),
        0,
      );
    const best = Math.min(cost(exact), cost(other));
    // The entropy of the solution can be worth at most ε min(H(a), H(b)) < 10⁻³, and here the gap is e^(−100).
    expect(linear).toBeCloseTo(best, 9);
    expect(plan().sum().item()).toBeCloseTo(1, 9);
  });
});
