import { ArgumentError, tensor } from "@x/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sinkhorn } from "../../src/sinkhorn";
import { sinkhornUnbalanced } from "../../src/unbalanced";
import golden from "../golden/unbalanced.json";

const a = [0.4, 0.6];
const b = [0.5, 0.5];
const C = [
  [0, 2],
  [1, 3],
];

const flat = (rows: readonly (readonly number[])[]): number[] => rows.flat();

/** A problem of up to 4×4 points with masses within a factor of 10 and costs up to 5. */
const problems = fc
  .record({ n: fc.integer({ min: 1, max: 4 }), m: fc.integer({ min: 1, max: 4 }) })
  .chain(({ n, m }) => {
    const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const list = (count: number, min: number, max: number) =>
      fc.array(real(min, max), { minLength: count, maxLength: count });
    return fc.record({
      a: list(n, 0.2, 2),
      b: list(m, 0.2, 2),
      C: fc.array(list(m, 0, 5), { minLength: n, maxLength: n }),
    });
  });

describe("the mass between two points", () => {
  test("is exp((−c + (ρ + ε) log αβ)/(2ρ + ε))", () => {
    const { mass, plan } = sinkhornUnbalanced([2], [0.5], [[1]], { eps: 0.1, rho: 1 });
    // αβ = 1: exp(−1/2.1).
    expect(mass).toBeCloseTo(0.6211451576154515, 9);
    expect(plan().item()).toBeCloseTo(mass, 12);
    const [alpha, beta, c, rho, eps] = [3, 0.7, 2, 1.5, 0.4];
    const expected = Math.exp((-c + (rho + eps) * Math.log(alpha * beta)) / (2 * rho + eps));
    expect(sinkhornUnbalanced([alpha], [beta], [[c]], { eps, rho }).mass).toBeCloseTo(expected, 9);
  });

  test("and the value become those without entropy for small ε", () => {
    const { mass, value } = sinkhornUnbalanced([2], [0.5], [[1]], { eps: 1e-6, rho: 1 });
    // √(αβ) e^{−c/2ρ} and ρ(α+β) − 2ρ√(αβ) e^{−c/2ρ}; the difference is of the order of ε.
    expect(Math.abs(mass - 0.6065306597)).toBeLessThan(1e-6);
    expect(Math.abs(value - 1.2869386805747332)).toBeLessThan(1e-5);
  });
});

test("a small problem has the plan of the published example", () => {
  const plan = sinkhornUnbalanced(a, b, C, { eps: 0.5, rho: 1 }).plan().dataSync();
  const expected = [0.27591347, 0.07273, 0.21248805, 0.05601124];
  plan.forEach((p, i) => {
    expect(Math.abs(p - (expected[i] as number))).toBeLessThan(5e-9);
  });
});

test.each(["0.5", "2.0"] as const)("plans agree with plain scaling for ρ = %s", (rho) => {
  const { a, b, C, eps, unbalanced } = golden;
  const plan = sinkhornUnbalanced(a, b, C, { eps, rho: Number(rho) })
    .plan()
    .dataSync();
  const expected = flat(unbalanced[rho]);
  plan.forEach((p, i) => {
    expect(Math.abs(p - (expected[i] as number))).toBeLessThan(1e-9);
  });
});

/** The objective of a plan, from its entries. */
function primal(
  plan: ArrayLike<number>,
  { a, b, C }: { a: number[]; b: number[]; C: number[][] },
  eps: number,
  [rhoA, rhoB]: readonly [number, number],
  kind: "kl" | "tv",
): number {
  const kl = (p: number, q: number): number => (p > 0 ? p * Math.log(p / q) - p + q : q);
  const penalty = (p: number, w: number, rho: number): number =>
    rho === Infinity ? 0 : rho * (kind === "kl" ? kl(p, w) : Math.abs(p - w));
  const p = a.map(() => 0);
  const q = b.map(() => 0);
  let sum = 0;
  a.forEach((ai, i) => {
    b.forEach((bj, j) => {
      const x = plan[i * b.length + j] as number;
      p[i] = (p[i] as number) + x;
      q[j] = (q[j] as number) + x;
      sum += x * ((C[i] as number[])[j] as number) + eps * kl(x, ai * bj);
    });
  });
  a.forEach((w, i) => {
    sum += penalty(p[i] as number, w, rhoA);
  });
  b.forEach((w, j) => {
    sum += penalty(q[j] as number, w, rhoB);
  });
  return sum;
}

describe("for every problem", () => {
  test("the dual value is the primal one of the plan, for both kinds of marginals", () => {
    fc.assert(
      fc.property(problems, fc.constantFrom("kl" as const, "tv" as const), (problem, marginals) => {
        for (const rho of [
          [0.7, 0.7],
          [2, 0.5],
        ] as const) {
          const { a, b, C } = problem;
          const result = sinkhornUnbalanced(a, b, C, { eps: 0.3, rho, marginals, warn: false });
          const expected = primal(result.plan().dataSync(), problem, 0.3, rho, marginals);
          // Total variation has flat directions where weights happen to tie; there it says that it did not converge.
          if (marginals === "tv" && !result.converged) continue;
          expect(result.converged).toBe(true);
          // The gap is of first order in the potentials' error only where a penalty has a kink.
          expect(Math.abs(result.value - expected)).toBeLessThan(1e-6 * (1 + Math.abs(expected)));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("one infinite ρ keeps that marginal and lets the other go", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { a, b, C } = problem;
        const { plan, mass, value } = sinkhornUnbalanced(a, b, C, { eps: 0.3, rho: [Infinity, 1] });
        const rows = plan().sum(1).dataSync();
        a.forEach((w, i) => {
          expect(Math.abs((rows[i] as number) - w)).toBeLessThan(1e-7);
        });
        expect(Math.abs(mass - a.reduce((x, y) => x + y, 0))).toBeLessThan(1e-7);
        const expected = primal(plan().dataSync(), problem, 0.3, [Infinity, 1], "kl");
        expect(Math.abs(value - expected)).toBeLessThan(1e-6 * (1 + Math.abs(expected)));
      }),
      { numRuns: 30 },
    );
  });

  test("growing ρ leads to the balanced plan, at the rate 1/ρ", () => {
    fc.assert(
      fc.property(problems, ({ a, b, C }) => {
        const normal = (w: number[]): number[] => w.map((x) => x / w.reduce((s, y) => s + y, 0));
        const [p, q] = [normal(a), normal(b)];
        const balanced = sinkhorn(p, q, C, { eps: 0.3 }).plan();
        const gap = (rho: number): number =>
          sinkhornUnbalanced(p, q, C, { eps: 0.3, rho }).plan().sub(balanced).abs().sum().item();
        // The marginals miss by a factor of e^{−f/ρ} with |f| ≤ 5 + 0.3·log 10; the plan by a multiple of that.
        expect(gap(1e4)).toBeLessThan(5e-3);
        expect(gap(1e6)).toBeLessThan(5e-5);
      }),
      { numRuns: 20 },
    );
  });
});

test("large ρ takes no more iterations for being large", () => {
  const of = (rho: number): number => sinkhornUnbalanced(a, b, C, { eps: 0.1, rho }).iterations;
  expect(of(1e5)).toBeLessThan(2 * of(10) + 20);
});

test("both ρ infinite is the balanced problem", () => {
  const result = sinkhornUnbalanced(a, b, C, { eps: 0.5, rho: Infinity });
  expect(result.value).toBe(sinkhorn(a, b, C, { eps: 0.5 }).value);
  expect(result.mass).toBeCloseTo(1, 8);
});

test("mass that costs more to move than to make stays where it is", () => {
  // Total variation: a unit of mass is destroyed and made for 2ρ.
  const { plan } = sinkhornUnbalanced(
    [1, 1],
    [1, 1],
    [
      [0, 9],
      [9, 9],
    ],
    {
      eps: 0.05,
      rho: 1,
      marginals: "tv",
    },
  );
  expect(plan().at(0, 0).item()).toBeCloseTo(1, 4);
  expect(plan().at(1, 1).item()).toBeLessThan(1e-10);
});

test("a point without any allowed pair loses its mass, and weights of zero get none", () => {
  const result = sinkhornUnbalanced(
    [1, 1, 0],
    [1, 1],
    [
      [0, 1],
      [Infinity, Infinity],
      [0, 0],
    ],
    {
      eps: 0.2,
      rho: 1,
    },
  );
  const plan = result.plan();
  expect(plan.at(1).toArray()).toEqual([0, 0]);
  expect(plan.at(2).toArray()).toEqual([0, 0]);
  expect(result.converged).toBe(true);
  expect(Number.isFinite(result.value)).toBe(true);
  expect(plan.isFinite().all().item()).toBe(1);
});

test("it says when it stops early, starts from potentials, and names bad options", () => {
  const early = sinkhornUnbalanced(a, b, C, { eps: 0.01, rho: 1, maxIterations: 3, warn: false });
  expect(early.converged).toBe(false);
  expect(early.status).toMatch(/^not converged: largest change .* 3 iterations$/);
  const full = sinkhornUnbalanced(a, b, C, { eps: 0.01, rho: 1 });
  const again = sinkhornUnbalanced(a, b, C, { eps: 0.01, rho: 1, init: full });
  expect(again.iterations).toBe(1);
  expect(() => sinkhornUnbalanced(a, b, C, { rho: -1 })).toThrow(ArgumentError);
  expect(() => sinkhornUnbalanced(a, b, C, { rho: 1, eps: 0 })).toThrow(/eps > 0/);
  expect(() => sinkhornUnbalanced(a, b, C, { rho: 1, marginals: "l2" as "kl" })).toThrow(
    /"kl" or "tv"/,
  );
  expect(() => sinkhornUnbalanced([-1, 1], b, C, { rho: 1 })).toThrow(/a\[0\] = -1/);
  const closed = tensor(
    [
      [Infinity, Infinity],
      [0, 0],
    ],
    { dtype: "f64" },
  );
  expect(() => sinkhornUnbalanced(a, b, closed, { rho: [Infinity, 1] })).toThrow(/row 0 of C/);
});
