import { random } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { freeSupportBarycenter } from "../../src/barycenter";
import { buresBarycenter } from "../../src/gaussian";
import golden from "../golden/barycenter.json";

const measures = golden.clouds.map((points, k) => ({
  points,
  weights: golden.masses[k] as number[],
}));

describe("freeSupportBarycenter", () => {
  it("equals POT's from the same start", () => {
    const { points, converged } = freeSupportBarycenter(measures, {
      init: golden.init,
      weights: golden.weights,
      tol: 1e-16,
    });
    expect(converged).toBe(true);
    assertClose(points, golden.free, { absolute: 1e-9 });
  });

  it("never raises the sum of distances, and ends where another move stays", () => {
    const first = freeSupportBarycenter(measures, { size: 9, seed: 3, tol: 0 });
    expect(first.converged).toBe(true);
    for (const [k, cost] of first.costs.entries())
      if (k > 0) expect(cost).toBeLessThanOrEqual((first.costs[k - 1] as number) * (1 + 1e-12));
    expect(first.costs.at(-1)).toBeLessThan(0.9 * (first.costs[0] as number));
    const again = freeSupportBarycenter(measures, { init: first.points });
    expect(again.iterations).toBe(1);
    assertClose(again.points, first.points, { absolute: 1e-12 });
  });

  it("is the cloud itself for one measure, and halfway between a cloud and its shift", () => {
    const cloud = golden.clouds[1] as number[][];
    const one = freeSupportBarycenter([cloud]);
    const sorted = (rows: number[][]) => rows.sort((x, y) => (x[0] as number) - (y[0] as number));
    assertClose(sorted(one.points.toArray() as number[][]), sorted(cloud.map((x) => [...x])), {
      absolute: 1e-12,
    });
    const shifted = cloud.map(([x, y]) => [(x as number) + 4, (y as number) - 2]);
    const half = freeSupportBarycenter([cloud, shifted], { init: cloud });
    assertClose(
      half.points,
      cloud.map(([x, y]) => [(x as number) + 2, (y as number) - 1]),
      {
        absolute: 1e-12,
      },
    );
  });

  it("moves one point to the weighted mean of all means", () => {
    const { points, weights } = freeSupportBarycenter(
      [
        [
          [0, 0],
          [2, 2],
        ],
        [[5, 7]],
      ],
      {
        size: 1,
        weights: [3, 1],
      },
    );
    assertClose(points, [[2, 2.5]], { absolute: 1e-12 });
    assertClose(weights, [1]);
  });

  it("gives each point the mean of the mass that it takes", () => {
    // On the line plans keep the order: the last point takes ¼ from either end.
    const { points } = freeSupportBarycenter([{ points: [[0], [1]], weights: [3, 1] }], {
      init: [[0.1], [0.2], [0.9]],
      b: [1, 1, 2],
    });
    assertClose(points, [[0], [0], [0.5]], { absolute: 1e-12 });
  });

  it("comes close to the Gaussian barycenter of Gaussian clouds", () => {
    const [k1, k2, k3] = random.split(random.key(5), 3) as [never, never, never];
    const draw = (key: never) => random.normal(key, [300, 1], { dtype: "f64" });
    const wide = draw(k1).mul(3);
    const narrow = draw(k2).add(6);
    const { points } = freeSupportBarycenter([wide, narrow], { init: draw(k3) });
    const { covariance } = buresBarycenter([[0], [6]], [[[9]], [[1]]]);
    // The standard error of a deviation estimated from 300 draws is 4 %; the average of two has less.
    const deviation = points.sub(points.mean()).square().mean().sqrt().item();
    expect(Math.abs(deviation / Math.sqrt(covariance.item()) - 1)).toBeLessThan(0.12);
    expect(Math.abs(points.mean().item() - 3)).toBeLessThan(0.4);
  });

  it("says when it has not converged, and refuses what does not fit", () => {
    const early = freeSupportBarycenter(measures, { maxIterations: 1, warn: false });
    expect(early.converged).toBe(false);
    expect(early.status).toMatch(/^1 iterations, squared displacement .*not at most 1e-7/);
    expect(() => freeSupportBarycenter([])).toThrow("expected at least one measure");
    expect(() => freeSupportBarycenter([[[1]], [[1, 2]]])).toThrow(
      "expected points of one dimension; got measures[0] in 1 and measures[1] in 2",
    );
    expect(() => freeSupportBarycenter(measures, { init: [[1]] })).toThrow(
      "init with shape [n, 2]",
    );
    expect(() => freeSupportBarycenter(measures, { size: 2, b: [1, 0] })).toThrow("b[1] = 0");
    expect(() => freeSupportBarycenter(measures, { size: 0 })).toThrow("size to be a whole number");
  });
});
