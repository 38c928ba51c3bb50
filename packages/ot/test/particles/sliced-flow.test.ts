import { random, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { emdSample } from "../../src/exact";
import { type FlowStep, slicedFlow } from "../../src/particles";
import type { Estimator, Gamma } from "../../src/sliced";

const normal = (seed: number, shape: number[], mean = 0): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64", mean });

const data = (x: Tensor): Float64Array => x.dataSync() as Float64Array;

/** Points on a torus around (−10, −10, −10). */
function torus(r: random.Rng, n: number): number[][] {
  return Array.from({ length: n }, () => {
    const [u, v] = [r.uniform(0, 2 * Math.PI), r.uniform(0, 2 * Math.PI)];
    const radius = 0.7 + 0.3 * Math.cos(v);
    return [radius * Math.cos(u), radius * Math.sin(u), 0.3 * Math.sin(v)].map((x) => x - 10);
  });
}

/** Points on the faces of a cube around (10, 10, 10). */
function cube(r: random.Rng, n: number): number[][] {
  return Array.from({ length: n }, () => {
    const face = r.integer(6);
    const point = [r.uniform(-1, 1), r.uniform(-1, 1)];
    point.splice(face >> 1, 0, face % 2 === 0 ? -1 : 1);
    return point.map((x) => x + 10);
  });
}

describe("slicedFlow", () => {
  it("says that it diverged, and that a smaller lr is needed", async () => {
    const flow = slicedFlow(normal(1, [8, 2]), normal(2, [8, 2]), {
      loss: "squared",
      lr: 1e60,
      steps: 20,
    });
    await expect(flow).rejects.toThrow(
      /^slicedFlow: expected steps that stay finite; the flow diverged at step \d+; take a smaller lr$/,
    );
  });

  it("shrinks a translation by 1 − 2 lr/d at each step of squared loss along orthonormal bases", async () => {
    const X = normal(1, [20, 4]);
    const t = [3, -1, 2, 0.5];
    const options = {
      loss: "squared",
      sampler: "orthogonal",
      projections: 4,
      lr: 0.6,
      steps: 5,
    } as const;
    const offsets: number[] = [];
    const onStep = ({ points }: FlowStep) => {
      const left = data(X.add(t).sub(points));
      offsets.push(left[0] as number);
      // Every point is off by the same multiple of t.
      left.forEach((v, i) => {
        if (Math.abs(v - ((left[0] as number) / 3) * (t[i % 4] as number)) > 1e-12)
          offsets.push(Number.NaN);
      });
    };
    await slicedFlow(X, X.add(t), { ...options, onStep });
    expect(offsets.length).toBe(5);
    offsets.forEach((v, k) => {
      expect(v).toBeCloseTo(3 * (1 - 0.3) ** (k + 1), 11);
    });
  });

  it("matches a translation in one step of lr = d/2", async () => {
    const X = normal(1, [15, 3]);
    const options = {
      loss: "squared",
      sampler: "orthogonal",
      projections: 3,
      lr: 1.5,
      steps: 1,
    } as const;
    const { points } = await slicedFlow(X, X.add(7), options);
    expect(points.sub(X.add(7)).abs().max().item()).toBeLessThan(1e-12);
  });

  it("leaves a cloud where it is that has arrived", async () => {
    const X = normal(1, [15, 3]);
    for (const loss of ["root", "squared"] as const) {
      const { points, history } = await slicedFlow(X, X, { loss, steps: 5 });
      expect([...data(points)]).toEqual([...data(X)]);
      expect(history.toArray()).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it("brings clouds of different sizes together, by the exact distance", async () => {
    const [X, Y] = [normal(1, [30, 2]), normal(2, [50, 2], 4)];
    const before = emdSample(X, Y).cost;
    const { points } = await slicedFlow(X, Y, { loss: "squared", steps: 100, projections: 20 });
    // 30 points cannot stand for 50 better than within a part of their spacing.
    expect(emdSample(points, Y).cost).toBeLessThan(before / 200);
  });

  it("gets there sooner with control variates, in the published order", async () => {
    // The published run with a tenth of its steps, each ten times as long, and half of its points.
    const steps = 800;
    const run = async (estimator: Estimator, gamma: Gamma): Promise<number[]> => {
      const sums = [0, 0, 0, 0];
      for (const seed of [0, 1, 2]) {
        const r = random.rng(100 + seed);
        const [X, Y] = [torus(r, 128), cube(r, 128)];
        const onStep = ({ step, points }: FlowStep) => {
          const k = [300, 400, 500, 600].indexOf(step);
          if (k >= 0) sums[k] = (sums[k] as number) + emdSample(points, Y).cost / 3;
        };
        await slicedFlow(X, Y, { steps: steps - 200, lr: 0.1, estimator, gamma, seed, onStep });
      }
      return sums;
    };
    const plain = await run("plain", "paper");
    const paper = await run("lcv", "paper");
    const regression = await run("joint", "regression");
    for (const k of [0, 1, 2, 3]) {
      expect(paper[k]).toBeLessThan(plain[k] as number);
      expect(regression[k]).toBeLessThan(paper[k] as number);
    }
    expect(regression[3]).toBeLessThan((plain[3] as number) / 2);
    // Means of three runs of 256 points at the same times: 308.8, 141.1, 38.16.
    [308.8, 141.1, 38.16].forEach((published, k) => {
      expect((plain[k] as number) / published).toBeCloseTo(1, 1);
    });
  });

  it("takes an optimiser's updates, and stops at a signal", async () => {
    const [X, Y] = [normal(1, [10, 2]), normal(2, [10, 2], 3)];
    const optimizer = {
      init: () => 0,
      update: (gradient: Tensor, state: number) => ({
        updates: gradient.mul(-0.05),
        state: state + 1,
      }),
    };
    const own = await slicedFlow(X, Y, { steps: 20, optimizer: optimizer as never });
    const plain = await slicedFlow(X, Y, { steps: 20, lr: 0.05 });
    expect(own.points.sub(plain.points).abs().max().item()).toBeLessThan(1e-12);
    const stop = new AbortController();
    const run = slicedFlow(X, Y, {
      onStep: ({ step }) => step === 3 && stop.abort(new Error("enough")),
      signal: stop.signal,
    });
    await expect(run).rejects.toThrow("enough");
  });

  it("says what does not fit", async () => {
    const X = tensor([[0, 1]]);
    await expect(slicedFlow(X, X, { steps: -1 })).rejects.toThrow(
      "whole number of steps ≥ 0; got -1",
    );
    await expect(slicedFlow(X, X, { lr: 0 })).rejects.toThrow("step size lr > 0; got 0");
    await expect(slicedFlow(X, [[1, 2, 3]])).rejects.toThrow("same dimension");
  });
});
