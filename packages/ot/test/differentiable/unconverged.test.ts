import { grad, jit, random, type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import { costMatrix } from "../../src/costs/cost-matrix";
import {
  entropicCost,
  entropicPotentials,
  sinkhornDivergenceLoss,
  sinkhornLoss,
} from "../../src/differentiable";
import { sinkhorn } from "../../src/sinkhorn/sinkhorn";

const f64 = { dtype: "f64" } as const;
const X = random.normal(random.key(1), [30, 2], f64);
const Y = random.normal(random.key(2), [40, 2], f64).add(1);
const a = Float64Array.from({ length: 30 }, (_, i) => (i + 1) / 465);
const quiet = { warn: false };

const largest = (x: Tensor): number => x.abs().max().item();

/** Largest difference, relative to the largest element. */
const difference = (actual: Tensor, expected: Tensor): number =>
  largest(actual.sub(expected)) / largest(expected);

const dearest = largest(costMatrix(X, Y));

describe.each([0.01, 0.1])("losses that maxIterations ended, at ε = %d,", (eps) => {
  const divergence = (maxIterations: number) => (x: Tensor) =>
    sinkhornDivergenceLoss(x, Y, { a, eps, maxIterations, ...quiet });
  const linear = (maxIterations: number) => (x: Tensor) =>
    sinkhornLoss(x, Y, { a, eps, maxIterations, ...quiet, of: "linear" });

  // A plan that has the mass of its columns costs no more than the dearest pair, and the plan of a cloud to itself is
  // worth at most ε log n more than nothing; a weight's gradient is 2 w |x − y|, of weights below 1/15.
  test.each([1, 3, 10, 30])("have numbers and gradients of their size after %i", (count) => {
    for (const loss of [divergence(count), linear(count)]) {
      for (const f of [loss, jit(loss)]) {
        expect(Math.abs(f(X).item())).toBeLessThan(dearest + eps * Math.log(1e4));
      }
      for (const slope of [grad(loss), jit(grad(loss))]) {
        expect(largest(slope(X))).toBeLessThan(2 * Math.sqrt(dearest));
      }
    }
  });
});

test("a mildly unconverged loss has nearly the gradients of the converged one", () => {
  for (const of of ["value", "linear"] as const) {
    const slope = (maxIterations: number) =>
      grad((x: Tensor) => sinkhornLoss(x, Y, { a, eps: 0.1, maxIterations, of, ...quiet }))(X);
    const expected = slope(10_000);
    const error = difference(slope(35), expected);
    // It is the marginal error that is seen; and it is seen.
    expect(error).toBeGreaterThan(1e-6);
    expect(error).toBeLessThan(0.03);
  }
});

test("a number that did not converge is that of sinkhorn's plan", () => {
  const C = costMatrix(X, Y);
  for (const maxIterations of [1, 3, 10]) {
    const options = { eps: 0.01, maxIterations, ...quiet };
    const solved = sinkhorn(a, null, C, { ...options, tol: 1e-10 });
    expect(solved.converged).toBe(false);
    for (const of of ["value", "linear", "entropic"] as const) {
      // Roundings of exponents up to 10³.
      expect(entropicCost(a, null, C, { ...options, of }).item()).toBeCloseTo(solved[of], 9);
    }
  }
});

test("masses that no allowed pairs can carry have the number of sinkhorn's plan, also compiled", () => {
  const C = tensor(
    [
      [1, Infinity],
      [Infinity, 1],
    ],
    f64,
  );
  const cost = (C: Tensor) => entropicCost([0.5, 0.5], [0.9, 0.1], C, { eps: 0.1, ...quiet });
  const { value } = sinkhorn([0.5, 0.5], [0.9, 0.1], C, { eps: 0.1, ...quiet });
  expect(cost(C).item()).toBeCloseTo(value, 9);
  // The columns' masses on the diagonal, 1 + ε Σ q log(q / (a b)); potentials of 10³, where 10⁻¹² are lost.
  const columns = 1 + 0.1 * Math.log(2);
  expect(jit(cost)(C).item()).toBeCloseTo(columns, 9);
  expect(largest(jit(grad(cost))(C))).toBeLessThanOrEqual(1);
});

test("the compiled potentials tell their marginal error", () => {
  const C = costMatrix(X, Y);
  const error = (maxIterations: number): number =>
    jit((C: Tensor) => entropicPotentials(a, null, C, { eps: 0.1, maxIterations }).marginalError)(
      C,
    ).item();
  expect(error(5)).toBeGreaterThan(1e-2);
  expect(error(10_000)).toBeLessThan(1e-9);
  const { marginalError } = sinkhorn(a, null, C, { eps: 0.1, maxIterations: 3, ...quiet });
  const eager = entropicPotentials(a, null, C, { eps: 0.1, maxIterations: 3, ...quiet });
  expect(eager.marginalError.item()).toBeCloseTo(marginalError, 9);
});

test("an ε that vanishes against the costs is raised", () => {
  const tiny = sinkhornLoss(X, Y, { eps: 1e-300, ...quiet }).item();
  // Of the cost without ε, up to ε log n and the mass that exponents of 10¹² cannot place.
  expect(tiny).toBeCloseTo(sinkhornLoss(X, Y, { eps: 1e-7, ...quiet, of: "linear" }).item(), 2);
  const options = { eps: 1e-300, maxIterations: 300, ...quiet };
  expect(sinkhornDivergenceLoss(X, Y, options).item()).toBeGreaterThan(0);
  expect(jit((x: Tensor) => sinkhornDivergenceLoss(x, Y, options))(X).item()).toBeGreaterThan(0);
});
