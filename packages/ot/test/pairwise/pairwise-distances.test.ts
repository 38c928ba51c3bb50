import { random } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it, vi } from "vitest";
import { costMatrix } from "../../src/costs";
import { sinkhornDivergence } from "../../src/divergence";
import { emd, wasserstein1d } from "../../src/exact";
import { buresW2 } from "../../src/gaussian";
import { type Executor, inlineExecutor, pairwiseDistances, runTask } from "../../src/pairwise";
import { tiles } from "../../src/pairwise/pair-block";
import { sinkhornSample } from "../../src/sinkhorn";
import { slicedWasserstein } from "../../src/sliced";

const measures = Array.from({ length: 5 }, (_, k) => {
  const points = random.normal(random.key(k), [6 + k, 2], { dtype: "f64" }).add(k / 2);
  const weights = random.uniform(random.key(90 + k), [6 + k], { dtype: "f64" }).add(0.1);
  return { points, weights };
});
const [first, last] = [measures[0], measures[4]] as [(typeof measures)[0], (typeof measures)[0]];
const [a, b] = [first.weights.div(first.weights.sum()), last.weights.div(last.weights.sum())];

/** What a queue that carries JSON does. */
const jsonQueue: Executor = {
  parallelism: 3,
  map: async (task, payloads) => {
    const lists = (_: string, value: unknown) =>
      ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
    return payloads.map((payload) =>
      JSON.parse(JSON.stringify(runTask(task, JSON.parse(JSON.stringify(payload, lists))))),
    );
  },
};

describe("pairwiseDistances", () => {
  it("has between two measures what the solver of each metric finds", async () => {
    const [X, Y] = [first.points, last.points];
    const sinkhorn = { eps: 0.5, tol: 1e-8 };
    const moments = ({ points, weights }: typeof first) => {
      const w = weights.div(weights.sum()).expandDims(-1);
      const mean = points.mul(w).sum(0);
      const centred = points.sub(mean);
      return [mean, centred.mul(w).T.matmul(centred)] as const;
    };
    const expected = [
      [{ metric: "emd" }, emd(a, b, costMatrix(X, Y)).cost],
      [{ metric: "emd", cost: "euclidean" }, emd(a, b, costMatrix(X, Y, "euclidean")).cost],
      [{ metric: "sinkhorn", ...sinkhorn }, sinkhornSample(X, Y, { a, b, ...sinkhorn }).linear],
      [
        { metric: "divergence", ...sinkhorn },
        sinkhornDivergence(X, Y, { a, b, ...sinkhorn }).value,
      ],
      [{ metric: "sliced", seed: 3 }, slicedWasserstein(X, Y, { a, b, seed: 3 }).value],
      [{ metric: "bures" }, Math.sqrt(buresW2(...moments(first), ...moments(last)).item())],
    ] as const;
    for (const [metric, value] of expected) {
      const { distances, converged } = await pairwiseDistances(measures, metric);
      expect(converged).toBe(true);
      // Sums of weights are rounded in another order here.
      expect(distances.at(0, 4).item()).toBeCloseTo(value, 9);
      assertClose(distances, distances.T, { absolute: 0, relative: 0 });
      const diagonal = [0, 1, 2, 3, 4].map((i) => distances.at(i, i).item());
      if (metric.metric === "sinkhorn") expect(Math.min(...diagonal)).toBeGreaterThan(0.01);
      else expect(diagonal).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it("takes numbers for measures on the line, and refuses points of more coordinates there", async () => {
    const lines = [[0, 1], { points: [0, 2, 3], weights: [2, 1, 1] }, [[7]]];
    const { distances } = await pairwiseDistances(lines, { metric: "wasserstein1d", p: 2 });
    const { distance } = wasserstein1d([0, 1], [0, 2, 3], { vWeights: [0.5, 0.25, 0.25], p: 2 });
    expect(distances.at(0, 1).item()).toBe(distance);
    expect(distances.at(2, 0).item()).toBeCloseTo(Math.sqrt((49 + 36) / 2), 12);
    await expect(pairwiseDistances(measures, { metric: "wasserstein1d" })).rejects.toThrow(
      "on the line with metric wasserstein1d",
    );
  });

  it("has the same bits through a queue that carries JSON", async () => {
    for (const metric of ["emd", "sinkhorn", "divergence", "sliced", "bures"] as const) {
      const here = await pairwiseDistances(measures, { metric, executor: inlineExecutor });
      const there = await pairwiseDistances(measures, { metric, executor: jsonQueue });
      expect(there.distances.dataSync()).toEqual(here.distances.dataSync());
    }
  });

  it("takes a function", async () => {
    const { distances } = await pairwiseDistances(measures, {
      metric: async (x, y) => (x.points.shape[0] as number) + (y.points.shape[0] as number),
    });
    expect(distances.at(1, 2).item()).toBe(15);
    expect(distances.at(3, 3).item()).toBe(18);
    const options = { metric: () => 1, executor: jsonQueue };
    await expect(pairwiseDistances(measures, options)).rejects.toThrow(
      "a function, which is no data",
    );
    await expect(pairwiseDistances(measures, { metric: () => Number.NaN })).rejects.toThrow(
      "got NaN",
    );
  });

  it("tells how far it is", async () => {
    const seen: number[] = [];
    await pairwiseDistances(measures, {
      metric: "emd",
      onProgress: ({ done, total }) => {
        expect(total).toBe(10);
        seen.push(done);
      },
    });
    expect(seen.at(-1)).toBe(10);
    expect(seen).toEqual([...seen].sort((x, y) => x - y));
    expect(seen.length).toBeGreaterThan(2);
  });

  it("stops when the signal is aborted, before and between tasks", async () => {
    const controller = new AbortController();
    let last = 0;
    const run = pairwiseDistances(measures, {
      metric: "emd",
      signal: controller.signal,
      onProgress: ({ done }) => {
        last = done;
        controller.abort(new Error("enough"));
      },
    });
    await expect(run).rejects.toThrow("enough");
    expect(last).toBeLessThan(10);
    const again = pairwiseDistances(measures, { metric: "emd", signal: controller.signal });
    await expect(again).rejects.toThrow("enough");
  });

  it("names the pair of a task that fails, and the pairs that do not converge", async () => {
    await expect(pairwiseDistances(measures, { metric: "sinkhorn", eps: -1 })).rejects.toThrow(
      /^pairwiseDistances: measures\[0\] and measures\[0\]: sinkhorn.*eps/,
    );
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const options = { metric: "sinkhorn", eps: 1e-3, tol: 1e-12, maxIterations: 2 } as const;
    const { converged, failed } = await pairwiseDistances(measures, options);
    expect(converged).toBe(false);
    expect(failed.length).toBeGreaterThan(5);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toContain("pairs did not converge; the first is");
    warn.mockRestore();
  });

  it("refuses what does not fit", async () => {
    await expect(pairwiseDistances([], { metric: "emd" })).rejects.toThrow("at least one measure");
    await expect(pairwiseDistances(measures, { metric: "magic" as never })).rejects.toThrow(
      'expected metric a function, "emd", "sinkhorn"',
    );
    await expect(pairwiseDistances([[[1]], [[Number.NaN]]], { metric: "emd" })).rejects.toThrow(
      "measures[1][0, 0] = NaN",
    );
    expect(() => runTask("magic", 0)).toThrow("runTask: expected task @x/ot/pairs/1; got magic");
  });
});

describe("tiles", () => {
  it("hold every pair once", () => {
    for (const k of [1, 2, 7, 40])
      for (const parallelism of [1, 4, 64])
        for (const diagonal of [false, true]) {
          const pairs = tiles(k, parallelism, diagonal).flat();
          const keys = new Set(pairs.map(([i, j]) => i * k + j));
          expect(pairs.length).toBe((k * (diagonal ? k + 1 : k - 1)) / 2);
          expect(keys.size).toBe(pairs.length);
          expect(pairs.every(([i, j]) => i <= j && j < k)).toBe(true);
        }
  });
});
