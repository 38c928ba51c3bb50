import { grad, jit, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import * as ot from "../../src/index";

/** The last point has no weight, and is far away. */
const weights = [0.5, 0.5, 0];
const far = 1e6;
const costs = [
  [0, 1, far],
  [1, 0, far],
  [far, far, far],
];
const cloud = [[0], [1], [1000]];
/** Costs 0, 1, 1, 0 have the standard deviation ½. */
const eps = 0.025;

const dense: Record<string, () => { readonly eps: number }> = {
  sinkhorn: () => ot.sinkhorn(weights, weights, costs),
  sinkhornNewton: () => ot.sinkhornNewton(weights, weights, costs),
  sinkhornBatch: () => ({
    eps: ot.sinkhornBatch([weights], [weights], [costs]).eps.dataSync()[0] as number,
  }),
  sinkhornUnbalanced: () => ot.sinkhornUnbalanced(weights, weights, costs, { rho: 1 }),
  partialSinkhorn: () => ot.partialSinkhorn(weights, weights, costs, { mass: 0.5 }),
  greenkhorn: () => ot.greenkhorn(weights, weights, costs, { warn: false }),
  semiDualSag: () => ot.semiDualSag(weights, weights, costs, { maxIterations: 10, warn: false }),
};

/** Squared distances 0, 1, 1, 0 between the points with weight. */
const clouds: Record<string, () => { readonly eps: number }> = {
  sinkhornSample: () => ot.sinkhornSample(cloud, cloud, { a: weights, b: weights }),
  "sinkhornSample from Gaussians": () =>
    ot.sinkhornSample(cloud, cloud, { a: weights, b: weights, init: "gaussian" }),
  sinkhornPoints: () => ot.sinkhornPoints(cloud, cloud, { a: weights, b: weights }),
  sinkhornDivergence: () =>
    ot.sinkhornDivergence(cloud, cloud.slice(0, 2), { a: weights, b: [0.5, 0.5] }),
  "sinkhornDivergence of distances": () =>
    ot.sinkhornDivergence(cloud, cloud, { a: weights, b: weights, cost: "euclidean" }),
};

describe("the default ε", () => {
  it.each(Object.entries({ ...dense, ...clouds }))(
    "of %s does not see points without weight",
    (_name, solve) => {
      expect(solve().eps).toBeCloseTo(eps, 12);
    },
  );

  it("of each target is that of its own points", () => {
    const B = [
      [0.5, 0.25],
      [0.5, 0.25],
      [0, 0.5],
    ];
    const [first, second] = ot.sinkhornTargets([0.5, 0.5], B, [
      [0, 1, 4],
      [1, 0, 4],
    ]);
    expect(first?.eps).toBeCloseTo(eps, 12);
    // Mean 5/3, mean square 17/3.
    expect(second?.eps).toBeCloseTo(0.05 * Math.sqrt(34 / 6 - 25 / 9), 12);
  });

  it("of differentiable functions does not see them, traced or not", () => {
    const few = (C: number[][]) => C.slice(0, 2).map((row) => row.slice(0, 2));
    const expected = ot.entropicCost([0.5, 0.5], [0.5, 0.5], few(costs), { eps }).item();
    const C = tensor(costs, { dtype: "f64" });
    const w = tensor(weights, { dtype: "f64" });
    const cost = (a: Tensor, K: Tensor) => ot.entropicCost(a, w, K);
    // 10⁻⁶ of the cost, 0.017: the default tolerance, and rounding in far costs times plan entries of 0.
    expect(cost(w, C).item()).toBeCloseTo(expected, 8);
    expect(jit(cost)(w, C).item()).toBeCloseTo(expected, 8);
    const slope = grad((K: Tensor) => cost(w, K))(C);
    expect(slope.at(0, 0).item()).toBeCloseTo(0.5, 8);
  });

  it("of a transport with classes does not see them", () => {
    const map = (X: number[][], a: number[], labels: number[]) =>
      new ot.Transport({ method: "classes", warn: false })
        .fit({ X, Y: cloud, a, b: weights, labels })
        .transform([[0.1]])
        .item();
    const seen = map(cloud, weights, [0, 1, 1]);
    // With an ε of thousands both points go to the mean, 0.5.
    expect(seen).toBeCloseTo(0.1, 3);
  });
});
