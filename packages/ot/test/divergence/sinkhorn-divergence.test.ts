import { ArgumentError, random, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { minkowski } from "../../src/costs";
import { sinkhornDivergenceLoss } from "../../src/differentiable";
import { sinkhornDivergence } from "../../src/divergence";
import { emd } from "../../src/exact";
import { sinkhornUnbalanced } from "../../src/unbalanced";

const cloud = (seed: number, n: number, d = 2): Tensor =>
  random.normal(random.key(seed), [n, d], { dtype: "f64" });

describe("the divergence of Gaussians on a grid", () => {
  const n = 600;
  const x = Float64Array.from({ length: n }, (_, i) => -9 + (18 * i) / (n - 1));
  const law = (mean: number, std: number): Tensor => {
    const w = x.map((t) => Math.exp(-0.5 * ((t - mean) / std) ** 2));
    const sum = w.reduce((s, v) => s + v, 0);
    return tensor(w.map((v) => v / sum));
  };
  const points = tensor(x, { shape: [n, 1] });

  test.each([
    [1, 2.3408771543195956, 1.246606148462173],
    [0.5, 1.9583505183299865, 1.2491369462083888],
  ])("for ε = %d has the closed forms of the value and of S", (eps, value, S) => {
    const [a, b] = [law(0, 1), law(1, 1.5)];
    const result = sinkhornDivergence(points, points, { a, b, eps });
    // The grid's step and ends leave 2e-6.
    expect(Math.abs(result.value - S)).toBeLessThan(3e-6);
    const dual = result.fxy.mul(a).sum().add(result.gxy.mul(b).sum()).item();
    expect(Math.abs(dual - value)).toBeLessThan(3e-6);
    expect(result.converged).toBe(true);
  });
});

describe("for every pair of clouds", () => {
  const coordinate = fc.double({ min: -2, max: 2, noNaN: true });
  const clouds = fc.integer({ min: 1, max: 5 }).chain((n) =>
    fc.record({
      X: fc.array(fc.array(coordinate, { minLength: 2, maxLength: 2 }), {
        minLength: n,
        maxLength: n,
      }),
      Y: fc.array(fc.array(coordinate, { minLength: 2, maxLength: 2 }), {
        minLength: 1,
        maxLength: 5,
      }),
      eps: fc.constantFrom(0.3, 1, 10),
      cost: fc.constantFrom("sqeuclidean" as const, "euclidean" as const),
    }),
  );

  test("it is not negative, and symmetric", () => {
    fc.assert(
      fc.property(clouds, ({ X, Y, eps, cost }) => {
        const options = { eps, cost, tol: 1e-8, warn: false };
        const { value, marginalError } = sinkhornDivergence(X, Y, options);
        // Costs are at most 32.
        const slack = 4 * marginalError * 32 + 1e-12;
        expect(value).toBeGreaterThan(-slack);
        const turned = sinkhornDivergence(Y, X, options);
        expect(Math.abs(turned.value - value)).toBeLessThan(slack + 4 * turned.marginalError * 32);
      }),
      { numRuns: 40 },
    );
  });

  test("it is zero with zero gradients for a cloud and itself, in another order or doubled", () => {
    fc.assert(
      fc.property(clouds, ({ X, eps, cost }) => {
        const options = { eps, cost, tol: 1e-10, warn: false };
        const same = sinkhornDivergence(X, [...X].reverse(), options);
        expect(Math.abs(same.value)).toBeLessThan(1e-7);
        const doubled = sinkhornDivergence(X, [...X, ...X], options);
        expect(Math.abs(doubled.value)).toBeLessThan(1e-7);
        // Away from coinciding points of the Euclidean distance, gradients are smooth.
        if (cost === "sqeuclidean") expect(doubled.gradX().abs().max().item()).toBeLessThan(1e-6);
      }),
      { numRuns: 30 },
    );
  });
});

test("a cloud moved by t is at ‖t‖² for every ε, and clouds apart are apart", () => {
  const X = cloud(1, 40);
  for (const eps of [0.2, 2, 20])
    expect(sinkhornDivergence(X, X.add([0.6, 0.8]), { eps }).value).toBeCloseTo(1, 7);
  expect(sinkhornDivergence([[0, 0]], [[3, 4]], { eps: 1 }).value).toBeCloseTo(25, 10);
  expect(sinkhornDivergence([[0, 0]], [[3, 4]], { eps: 9, cost: "euclidean" }).value).toBeCloseTo(
    5,
    10,
  );
});

test("small ε gives exact transport, large ε the difference of the means", () => {
  const [X, Y] = [cloud(2, 30), cloud(3, 40).mul(0.5).add(1)];
  const exact = emd(null, null, X.expandDims(1).sub(Y).square().sum(2)).cost;
  const near = sinkhornDivergence(X, Y, { eps: 0.01 }).value;
  // The entropic bias of each term is at most ε times the entropy of a plan, log 40.
  expect(Math.abs(near - exact)).toBeLessThan(0.01 * Math.log(40));
  const means = X.mean(0).sub(Y.mean(0)).square().sum().item();
  expect(Math.abs(sinkhornDivergence(X, Y, { eps: 1e5 }).value - means)).toBeLessThan(1e-3);
});

describe("its gradients", () => {
  const [X, Y] = [cloud(4, 7), cloud(5, 6).add(0.5)];
  const a = tensor([0.1, 0.2, 0.05, 0.15, 0.2, 0.1, 0.2], { dtype: "f64" });
  const b = tensor([0.3, 0.1, 0.1, 0.2, 0.2, 0.1], { dtype: "f64" });
  const costs = [
    ["sqeuclidean", "sqeuclidean"],
    ["euclidean", "euclidean"],
    ["cityblock", "cityblock"],
    ["of order 3", minkowski(3)],
    [
      "a function",
      (x: Tensor, y: Tensor) => x.expandDims(1).sub(y).square().sum(2).add(0.1).sqrt(),
    ],
  ] as const;

  test.each(costs)("by points agree with central differences: %s", (_, cost) => {
    for (const rho of [Infinity, 1.5]) {
      const S = (X: Tensor, Y: Tensor): number =>
        sinkhornDivergence(X, Y, { a, b, eps: 0.4, rho, cost, tol: 1e-11 }).value;
      const result = sinkhornDivergence(X, Y, { a, b, eps: 0.4, rho, cost, tol: 1e-11 });
      const h = 1e-5;
      const [u, v] = [cloud(6, 7), cloud(7, 6)];
      const slope =
        (S(X.add(u.mul(h)), Y.add(v.mul(h))) - S(X.sub(u.mul(h)), Y.sub(v.mul(h)))) / (2 * h);
      const dot = result.gradX().mul(u).sum().add(result.gradY().mul(v).sum()).item();
      // h² of the differences, and 1e-11/h of the solvers.
      expect(Math.abs(dot - slope)).toBeLessThan(2e-6 * (1 + Math.abs(slope)));
    }
  });

  test.each([Infinity, 1.5])("by weights agree with central differences, ρ = %d", (rho) => {
    const S = (a: Tensor, b: Tensor): number =>
      sinkhornDivergence(X, Y, { a, b, eps: 0.4, rho, tol: 1e-11 }).value;
    const centred = (w: Tensor): Tensor => (rho === Infinity ? w.sub(w.mean()) : w);
    const u = centred(cloud(8, 7, 1).ravel());
    const v = centred(cloud(9, 6, 1).ravel());
    const h = 1e-5;
    const slope =
      (S(a.add(u.mul(h)), b.add(v.mul(h))) - S(a.sub(u.mul(h)), b.sub(v.mul(h)))) / (2 * h);
    const result = sinkhornDivergence(X, Y, { a, b, eps: 0.4, rho, tol: 1e-11 });
    const dot = result.gradA().mul(u).sum().add(result.gradB().mul(v).sum()).item();
    expect(Math.abs(dot - slope)).toBeLessThan(2e-6 * (1 + Math.abs(slope)));
  });

  test("are those of the differentiable loss, which has the same value", () => {
    const { value } = sinkhornDivergence(X, Y, { a, b, eps: 0.4 });
    expect(sinkhornDivergenceLoss(X, Y, { a, b, eps: 0.4 }).item()).toBeCloseTo(value, 8);
  });
});

describe("with finite ρ", () => {
  const [X, Y] = [cloud(10, 6), cloud(11, 5)];
  const [a, b] = [
    [1, 0.5, 0.2, 0.4, 0.3, 0.6],
    [0.3, 0.8, 0.2, 0.6, 0.5],
  ];
  const eps = 0.5;

  test("it is the combination of three unbalanced values", () => {
    const costs = (x: Tensor, y: Tensor): Tensor => x.expandDims(1).sub(y).square().sum(2);
    const rho = 2;
    const of = (a: number[], b: number[], x: Tensor, y: Tensor): number =>
      sinkhornUnbalanced(a, b, costs(x, y), { eps, rho }).value;
    const sum = (w: number[]): number => w.reduce((s, v) => s + v, 0);
    const expected =
      of(a, b, X, Y) - of(a, a, X, X) / 2 - of(b, b, Y, Y) / 2 + (eps / 2) * (sum(a) - sum(b)) ** 2;
    expect(sinkhornDivergence(X, Y, { a, b, eps, rho }).value).toBeCloseTo(expected, 8);
    expect(sinkhornDivergence(X, X, { a, b: a, eps, rho }).value).toBeCloseTo(0, 10);
  });

  test("large ρ of equal masses gives the balanced one", () => {
    const p = a.map((w) => w / 3);
    const q = b.map((w) => w / 2.4);
    const balanced = sinkhornDivergence(X, Y, { a: p, b: q, eps }).value;
    const near = sinkhornDivergence(X, Y, { a: p, b: q, eps, rho: 1e6 }).value;
    expect(Math.abs(near - balanced)).toBeLessThan(1e-4);
  });
});

test.each([1e-4, 1e4])("measures of mass %d have a divergence in proportion, but for ε", (mass) => {
  const [X, Y] = [cloud(18, 9), cloud(19, 9).add(0.3)];
  const w = new Float64Array(9).fill(mass / 9);
  const unit = sinkhornDivergence(X, Y, { eps: 0.4 });
  const other = sinkhornDivergence(X, Y, { a: w, b: w, eps: 0.4 });
  expect(other.converged).toBe(true);
  // Balanced plans are those of unit mass times the mass; the terms of the mass cancel in S.
  expect(Math.abs(other.value / mass - unit.value)).toBeLessThan(1e-7);
});

test("weights of zero change nothing but have potentials and gradients of weights", () => {
  const [X, Y] = [cloud(12, 5), cloud(13, 4)];
  const small = sinkhornDivergence(X, Y, { eps: 0.3 });
  const more = X.add(1).at([0, 1]);
  const wide = sinkhornDivergence(
    [...(X.toArray() as number[][]), ...(more.toArray() as number[][])],
    Y,
    {
      a: [0.2, 0.2, 0.2, 0.2, 0.2, 0, 0],
      eps: 0.3,
    },
  );
  expect(wide.value).toBeCloseTo(small.value, 8);
  expect(wide.gradX().at([5, 6]).abs().sum().item()).toBe(0);
  assertClose(wide.gradX().at([0, 1, 2, 3, 4]), small.gradX(), { absolute: 1e-7 });
  expect(wide.gradA().isFinite().all().item()).toBe(1);
});

test("without the term of Y it lacks a constant of X, and starts from potentials", () => {
  const [X, Z, Y] = [cloud(14, 20), cloud(15, 20), cloud(16, 25)];
  const S = (X: Tensor, staticB: boolean) => sinkhornDivergence(X, Y, { eps: 0.4, staticB });
  const [x, z] = [S(X, false), S(Z, false)];
  expect(S(X, true).value - S(Z, true).value).toBeCloseTo(x.value - z.value, 8);
  assertClose(S(X, true).gradX(), x.gradX(), { absolute: 1e-8 });
  expect(() => S(X, true).gradY()).toThrow(ArgumentError);
  const again = sinkhornDivergence(X, Y, { eps: 0.4, init: x });
  expect(again.iterations).toBeLessThan(x.iterations / 3);
  expect(again.value).toBeCloseTo(x.value, 8);
});

test("it clamps if told to, reports what did not converge, and refuses bad input", () => {
  const X = cloud(17, 8);
  const rough = sinkhornDivergence(X, X, { eps: 0.05, maxIterations: 2, warn: false });
  expect(rough.converged).toBe(false);
  expect(rough.status).toMatch(/^not converged: marginal error/);
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  sinkhornDivergence(X, X, { eps: 0.05, maxIterations: 2 });
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
  expect(sinkhornDivergence(X, X, { eps: 0.5, clamp: true }).value).toBeGreaterThanOrEqual(0);
  expect(() => sinkhornDivergence(X, X, { eps: [1, 2, 3] as unknown as number })).toThrow(
    /one eps > 0, the same for all three terms/,
  );
  expect(() => sinkhornDivergence(X, cloud(1, 3, 3))).toThrow(/same number of coordinates/);
  expect(() => sinkhornDivergence(X, X, { rho: 0 })).toThrow(/rho > 0/);
  expect(() => sinkhornDivergence(X, X, { a: [1], b: [1] })).toThrow(/shape \[8\]/);
});
