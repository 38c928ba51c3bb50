import { random, type Tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { mds } from "../../src/heat-geodesic";

const distances = (x: Tensor): Tensor => {
  const n = x.shape[0] as number;
  const d = x.shape[1] as number;
  return x
    .reshape([n, 1, d])
    .sub(x.reshape([1, n, d]))
    .square()
    .sum(2)
    .sqrt();
};

describe("mds", () => {
  it("recovers points from their distances, up to a motion", () => {
    const x = random.normal(random.key(1), [20, 3], { dtype: "f64" });
    const D = distances(x);
    for (const metric of [true, false]) {
      const { points, stress, converged } = mds(D, 3, { metric });
      expect(converged).toBe(true);
      expect(stress).toBeLessThan(1e-10);
      expect(distances(points).sub(D).abs().max().item()).toBeLessThan(1e-9);
    }
  });

  it("lays out what fits in no plane better than classical scaling does, and as near as it can", () => {
    const D = distances(random.normal(random.key(2), [30, 5], { dtype: "f64" }));
    const [classical, metric] = [mds(D, 2, { metric: false }), mds(D, 2)];
    expect(metric.stress).toBeLessThan(0.9 * classical.stress);
    const got = distances(metric.points).sub(D).square().sum().div(D.square().sum()).sqrt().item();
    expect(got).toBeCloseTo(metric.stress, 10);
    const limited = mds(D, 2, { maxIterations: 2 });
    expect(limited).toMatchObject({
      converged: false,
      iterations: 2,
      status: "stopped after 2 iterations",
    });
  });

  it("places equal points together, and a single one at 0", () => {
    const { points, stress } = mds(
      [
        [0, 0, 2],
        [0, 0, 2],
        [2, 2, 0],
      ],
      1,
    );
    expect(stress).toBeLessThan(1e-12);
    expect(Math.abs(points.at(0, 0).item() - points.at(2, 0).item())).toBeCloseTo(2, 12);
    expect(mds([[0]], 2).points.toArray()).toEqual([[0, 0]]);
  });

  it("refuses distances that are not symmetric or negative, and dimensions below 1", () => {
    expect(() =>
      mds([
        [0, 1],
        [2, 0],
      ]),
    ).toThrow("D[1, 0] = 2 and D[0, 1] = 1");
    expect(() =>
      mds([
        [0, -1],
        [-1, 0],
      ]),
    ).toThrow("symmetric distances ≥ 0");
    expect(() => mds([[0, 1]])).toThrow("expected a square D");
    expect(() => mds([[0]], 0)).toThrow("positive integer dim; got 0");
  });
});
