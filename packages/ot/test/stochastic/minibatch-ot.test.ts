import { type Tensor, tensor } from "@x/tensor";
import { normal, rng } from "@x/tensor/random";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs/index";
import { emd } from "../../src/exact/emd";
import { sinkhorn } from "../../src/sinkhorn/sinkhorn";
import { minibatchOT } from "../../src/stochastic/index";

const cloud = (seed: number, n: number): Tensor =>
  normal(rng(seed).next(), [n, 2], { dtype: "f64" });

describe("minibatchOT", () => {
  it("is optimal transport itself if a batch is everything", () => {
    const [X, Y] = [cloud(1, 12), cloud(2, 12)];
    const options = { batchSize: 12, batches: 2, debias: false };
    const exact = emd(null, null, costMatrix(X, Y)).cost;
    expect(minibatchOT(X, Y, options).value).toBeCloseTo(exact, 10);
    const { value } = sinkhorn(null, null, costMatrix(X, Y), { eps: 0.5 });
    expect(minibatchOT(X, Y, { ...options, eps: 0.5 }).value).toBeCloseTo(value, 8);
  });

  it("is the mean cost for batches of one point, and the squared distance of the means without bias", () => {
    const [X, Y] = [cloud(3, 40), cloud(4, 50).add(tensor([1, 2], { dtype: "f64" }))];
    const options = { batchSize: 1, batches: 300 };
    const biased = minibatchOT(X, Y, { ...options, debias: false });
    const mean = costMatrix(X, Y).mean().item();
    expect(Math.abs(biased.value - mean)).toBeLessThan(5 * biased.standardError);
    const debiased = minibatchOT(X, Y, options);
    const apart = X.mean(0).sub(Y.mean(0)).square().sum().item();
    expect(Math.abs(debiased.value - apart)).toBeLessThan(5 * debiased.standardError);
    expect(debiased.standardError).toBeLessThan(0.3 * apart);
  });

  it("vanishes in expectation between a cloud and itself, only without the bias", () => {
    const X = cloud(5, 60);
    const options = { batchSize: 10, batches: 60 };
    const debiased = minibatchOT(X, X, options);
    expect(Math.abs(debiased.value)).toBeLessThan(5 * debiased.standardError);
    const biased = minibatchOT(X, X, { ...options, debias: false });
    expect(biased.value).toBeGreaterThan(10 * biased.standardError);
  });

  it("draws points by their weights", () => {
    const [X, Y] = [
      [[0], [7], [100]],
      [[1], [50], [3]],
    ];
    const { value, standardError } = minibatchOT(X, Y, {
      ...{ batchSize: 2, batches: 5, debias: false },
      ...{ a: [1, 0, 0], b: [0, 0, 1] },
    });
    expect(value).toBe(9);
    expect(standardError).toBe(0);
    const mixed = minibatchOT(X, Y, {
      ...{ batchSize: 1, batches: 400, debias: false, cost: "cityblock" },
      ...{ a: [3, 1, 0], b: [0, 0, 1] },
    });
    // |0 − 3| with probability ¾, |7 − 3| with ¼.
    expect(Math.abs(mixed.value - 3.25)).toBeLessThan(5 * Math.sqrt(3 / 16 / 400));
  });

  it("gives the same bits for the same seed", () => {
    const [X, Y] = [cloud(6, 20), cloud(7, 20)];
    const run = (seed: number): number =>
      minibatchOT(X, Y, { batchSize: 5, batches: 4, seed }).value;
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
  });

  it("refuses what it cannot use", () => {
    const X = [[0], [1]];
    expect(() => minibatchOT(X, X, { batchSize: 3 })).toThrow(
      "minibatchOT: expected batchSize to be a whole number from 1 to min(n, m) = 2; got 3",
    );
    expect(() => minibatchOT(X, X, { batchSize: 1, batches: 0 })).toThrow(
      "minibatchOT: expected batches to be a whole number ≥ 1; got 0",
    );
    expect(() => minibatchOT(X, X, { batchSize: 1, eps: -1 })).toThrow(
      "minibatchOT: expected eps ≥ 0, in units of the cost; got -1",
    );
    expect(() => minibatchOT(X, [[0, 1]], { batchSize: 1 })).toThrow(
      "minibatchOT: expected points of the same dimension; got X with 1 and Y with 2 coordinates",
    );
    expect(() => minibatchOT(X, X, { batchSize: 1, a: [1, -1] })).toThrow(
      "minibatchOT: expected weights ≥ 0; got a[1] = -1",
    );
  });
});
