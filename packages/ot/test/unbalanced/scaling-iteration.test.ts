import { describe, expect, test } from "vitest";
import { denseLogSums } from "../../src/internal/log-sums";
import { readCostsAndLargest } from "../../src/internal/read";
import { withWorkspace } from "../../src/internal/workspace";
import { sinkhornKernels } from "../../src/sinkhorn/kernels";
import { densePlanMoments } from "../../src/sinkhorn/result";
import { sinkhornUnbalanced } from "../../src/unbalanced";
import { dualIteration, type UnbalancedProblem } from "../../src/unbalanced/dual-iteration";
import { withKernelScaling } from "../../src/unbalanced/kernel-scaling";
import { marginalPenalty } from "../../src/unbalanced/marginal-penalty";
import { scalingIteration } from "../../src/unbalanced/scaling-iteration";
import { translation } from "../../src/unbalanced/translation";

const [n, m] = [7, 10];
const wave = (count: number, step: number): Float64Array =>
  Float64Array.from({ length: count }, (_, k) => 1.5 + Math.sin(step * k));
const costs = readCostsAndLargest(
  "test",
  "C",
  Array.from({ length: n }, (_, i) => [...wave(m, i + 0.3)]),
);

/** Both iterations from zeros, to the same tolerance. */
function both(rho: readonly [number, number], eps: number) {
  const [a, b] = [wave(n, 0.7), wave(m, 1.9)];
  const problem: UnbalancedProblem = {
    ...{ a, b, eps },
    penalties: [marginalPenalty("kl", rho[0]), marginalPenalty("kl", rho[1])],
    translation: translation("kl", a, b, rho),
  };
  const stop = { tol: 1e-11, maxIterations: 500 };
  const start = { f: new Float64Array(n), g: new Float64Array(m) };
  const logs = withWorkspace(sinkhornKernels, (w) =>
    dualIteration(denseLogSums(w, costs, eps), problem, stop, start),
  );
  const scalings = withKernelScaling(costs, problem, (s) =>
    scalingIteration(s, problem, rho, stop, start),
  );
  return { logs, scalings, problem };
}

const distance = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  Array.from(x).reduce((most, value, i) => Math.max(most, Math.abs(value - (y[i] as number))), 0);

describe.each([
  [[1, 1], 0.5],
  [[0.3, 4], 0.05],
  [[2, Infinity], 0.1],
  [[Infinity, 0.7], 0.1],
] as const)("scalings for ρ = %j and ε = %d", (rho, eps) => {
  test("end at the potentials that logarithms give, after as many iterations", () => {
    const { logs, scalings } = both(rho, eps);
    expect(scalings.converged).toBe(true);
    // Iterates differ by roundings, so that the last change may be on the other side of the tolerance.
    expect(Math.abs(scalings.iterations - logs.iterations)).toBeLessThanOrEqual(1);
    // Both are within some tolerances of the solution.
    expect(distance(scalings.f, logs.f)).toBeLessThan(1e-9);
    expect(distance(scalings.g, logs.g)).toBeLessThan(1e-9);
  });

  test("know the moments of their plan", () => {
    const { scalings, problem } = both(rho, eps);
    const expected = densePlanMoments({ ...problem, ...scalings, costs: costs.data });
    const { p, q, linear } = scalings.moments as NonNullable<typeof scalings.moments>;
    // Sums of some positive numbers of the order of 1, whose exponents are up to 60.
    expect(distance(p, expected.p)).toBeLessThan(1e-12);
    expect(distance(q, expected.q)).toBeLessThan(1e-12);
    expect(Math.abs(linear - expected.linear)).toBeLessThan(1e-12 * expected.linear);
  });
});

test("a start beyond what scalings can hold leads to the solution on logarithms", () => {
  const [a, b] = [wave(n, 0.7), wave(m, 1.9)];
  const C = Array.from({ length: n }, (_, i) => [...wave(m, i + 0.3)]);
  const options = { eps: 0.1, rho: [Infinity, 2] as const, tol: 1e-11 };
  const near = sinkhornUnbalanced(a, b, C, options);
  const init = { f: new Float64Array(n).fill(1000), g: new Float64Array(m).fill(-1000) };
  const far = sinkhornUnbalanced(a, b, C, { ...options, init });
  expect(far.converged).toBe(true);
  expect(distance(far.f.dataSync(), near.f.dataSync())).toBeLessThan(1e-9);
  expect(far.value).toBeCloseTo(near.value, 9);
});

test("weights of zero change nothing for the others, and get the potentials of a weight that begins to grow", () => {
  const C = [
    [0, 2, 1],
    [1, 3, 0.5],
  ];
  const options = { eps: 0.3, rho: 1, tol: 1e-12 };
  const some = sinkhornUnbalanced([0.4, 0.6], [0.5, 0, 0.7], C, options);
  const growing = sinkhornUnbalanced([0.4, 0.6], [0.5, 1e-13, 0.7], C, options);
  const without = sinkhornUnbalanced(
    [0.4, 0.6],
    [0.5, 0.7],
    C.map(([x, , y]) => [x, y] as [number, number]),
    options,
  );
  expect(some.converged).toBe(true);
  expect(some.value).toBeCloseTo(without.value, 11);
  expect(distance(some.f.dataSync(), without.f.dataSync())).toBeLessThan(1e-11);
  expect(distance(some.g.dataSync(), growing.g.dataSync())).toBeLessThan(1e-11);
});
