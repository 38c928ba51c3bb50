import { exp, random, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import { type SteinKernel, svgd, svgdDirection } from "../../src/particles";
import { medianBandwidth } from "../../src/particles/bandwidth";

const normal = (seed: number, shape: number[], options = {}): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64", ...options });

const list = (x: Tensor): number[][] => x.toArray() as number[][];

/** The definition, with the kernel's gradient by central differences. */
function bruteForce(
  X: number[][],
  S: number[][],
  k: (x: number[], y: number[]) => number,
): number[][] {
  const h = 1e-6;
  return X.map((y) =>
    y.map((_, c) => {
      const terms = X.map((x, j) => {
        const moved = (by: number) => x.map((v, i) => (i === c ? v + by : v));
        return k(x, y) * (S[j]?.[c] ?? 0) + (k(moved(h), y) - k(moved(-h), y)) / (2 * h);
      });
      return terms.reduce((s, t) => s + t, 0) / X.length;
    }),
  );
}

const square = (x: number[], y: number[]): number =>
  x.reduce((s, v, c) => s + (v - (y[c] ?? 0)) ** 2, 0);

describe("svgdDirection", () => {
  it("has the values worked out by hand for particles 0 and 1, a normal density and h = 1", () => {
    const phi = svgdDirection([[0], [1]], [[0], [-1]], { bandwidth: 1 }).toArray() as number[][];
    expect(phi[0]?.[0]).toBeCloseTo(-0.5518191617571635, 14);
    expect(phi[1]?.[0]).toBeCloseTo(-0.13212055882855767, 14);
  });

  it.each([
    ["rbf", (r: number) => Math.exp(-r / 1.7)],
    ["imq", (r: number) => (1 + r / 1.7) ** -0.5],
  ] as const)("follows its definition with the kernel %s", (kernel, of) => {
    const [X, S] = [normal(1, [7, 3], { mean: 5 }), normal(2, [7, 3])];
    const got = list(svgdDirection(X, S, { kernel, bandwidth: 1.7 }));
    const expected = bruteForce(list(X), list(S), (x, y) => of(square(x, y)));
    // Central differences of numbers near 1 with steps of 10⁻⁶ are off by 10⁻¹⁰.
    got.flat().forEach((v, i) => {
      expect(v).toBeCloseTo(expected.flat()[i] ?? Number.NaN, 8);
    });
  });

  it("follows its definition with the linear kernel", () => {
    const [X, S] = [normal(1, [7, 3], { mean: 5 }), normal(2, [7, 3])];
    const got = list(svgdDirection(X, S, { kernel: "linear" }));
    const expected = bruteForce(list(X), list(S), (x, y) =>
      x.reduce((s, v, c) => s + v * (y[c] ?? 0), 1),
    );
    got.flat().forEach((v, i) => {
      expect(v).toBeCloseTo(expected.flat()[i] ?? Number.NaN, 6);
    });
  });

  it("is the score alone for a single particle", () => {
    expect(svgdDirection([[3, 4]], [[0.5, -2]]).toArray()).toEqual([[0.5, -2]]);
  });

  it("moves with the particles' order and with translations", () => {
    const [X, S] = [normal(1, [12, 2]), normal(2, [12, 2])];
    const phi = svgdDirection(X, S);
    const order = random.permutation(random.key(3), 12);
    const permuted = svgdDirection(X.take(order), S.take(order));
    expect(permuted.sub(phi.take(order)).abs().max().item()).toBeLessThan(1e-13);
    // Coordinates near 10⁴ hold 10⁻¹².
    expect(svgdDirection(X.add(1e4), S).sub(phi).abs().max().item()).toBeLessThan(1e-10);
  });

  it("gives the same in blocks as at once", () => {
    const [X, S] = [normal(1, [2100, 2]), normal(2, [2100, 2])];
    const phi = svgdDirection(X, S, { bandwidth: 0.3 });
    const [x, s] = [list(X), list(S)];
    for (const i of [0, 1999, 2099]) {
      const y = x[i] as number[];
      const terms = x.map(
        (p, j) =>
          Math.exp(-square(p, y) / 0.3) *
          ((s[j]?.[0] ?? 0) + ((y[0] ?? 0) - (p[0] ?? 0)) * (2 / 0.3)),
      );
      expect(phi.at(i, 0).item()).toBeCloseTo(terms.reduce((a, b) => a + b, 0) / 2100, 12);
    }
  });

  it("takes med²/log(n + 1) for a bandwidth, by sampled pairs of many particles", () => {
    const key = () => random.key(0);
    const of = (...x: number[]) => medianBandwidth(Float64Array.from(x), 1, key);
    // With the zeros and each distance twice: 0 0 0 1 1 4 4 5 5, and 0 0 0 0 1 1 1 1 4 4 5 5 5 5 6 6.
    expect(of(0, 1, 5)).toBeCloseTo(1 / Math.log(4), 12);
    expect(of(0, 1, 5, 6)).toBeCloseTo(2.5 ** 2 / Math.log(5), 12);
    expect(of(7)).toBe(1);
    expect(of(2, 2)).toBeCloseTo(4e-12, 20);
    const X = normal(1, [2500, 1]).dataSync() as Float64Array;
    // The median of |x − y| is 0.954 for normal x and y; of 1000 pairs, with a standard error of 0.5/(√1000 · 0.45).
    const med = Math.sqrt(medianBandwidth(X, 1, key) * Math.log(2501));
    expect(Math.abs(med - 0.954)).toBeLessThan(4 * 0.035);
  });

  it("names the particle whose score is not finite, and refuses other shapes and bandwidths", () => {
    const X = [
      [0, 0],
      [1, 1],
    ];
    expect(() =>
      svgdDirection(X, [
        [0, 0],
        [1, Number.NaN],
      ]),
    ).toThrow("particle 1 has NaN in coordinate 1");
    expect(() => svgdDirection(X, [[0, 0]])).toThrow("expected scores of shape [2, 2]; got [1, 2]");
    expect(() => svgdDirection(X, X, { bandwidth: 0 })).toThrow("expected a bandwidth > 0; got 0");
  });
});

describe("svgd", () => {
  const moments = (x: Tensor) => ({
    mean: x.mean().item(),
    variance: x.sub(x.mean()).square().mean().item(),
  });
  const around = (seed: number, n: number, mean: number, std: number) =>
    normal(seed, [n, 1], { mean, std });

  it("climbs to the mode with a single particle", async () => {
    const { points, converged } = await svgd([[3, -2]], (x) => x.sub([1, 1]).neg(), {
      optimizer: "plain",
      lr: 0.5,
    });
    expect(converged).toBe(true);
    expect(points.sub([1, 1]).abs().max().item()).toBeLessThan(1e-5);
  });

  it("takes on mean and covariance exactly with the linear kernel and a normal density", async () => {
    const mean = tensor([1, -2], { dtype: "f64" });
    const covariance = tensor(
      [
        [2, 0.6],
        [0.6, 0.5],
      ],
      { dtype: "f64" },
    );
    const precision = tensor(
      [
        [0.5, -0.6],
        [-0.6, 2],
      ],
      { dtype: "f64" },
    ).div(0.64);
    const { points, converged } = await svgd(
      normal(1, [8, 2]),
      (x) => x.sub(mean).matmul(precision).neg(),
      {
        kernel: "linear",
        optimizer: "plain",
        lr: 0.03,
        steps: 4000,
        tol: 1e-9,
      },
    );
    expect(converged).toBe(true);
    expect(points.mean(0).sub(mean).abs().max().item()).toBeLessThan(1e-6);
    const centered = points.sub(points.mean(0));
    expect(centered.T.matmul(centered).div(8).sub(covariance).abs().max().item()).toBeLessThan(
      1e-6,
    );
  });

  // Measured figures for other starts at −5 ± 0.1; few particles have too little variance.
  it.each([
    [10, 0.767],
    [50, 0.936],
  ])("ends with %s particles at variance %s for a normal density", async (n, variance) => {
    const { points } = await svgd(around(1, n, -5, 0.1), (x) => x.neg(), {
      optimizer: "plain",
      lr: 0.1,
      steps: 3000,
    });
    const got = moments(points);
    expect(Math.abs(got.mean)).toBeLessThan(1e-3);
    expect(Math.abs(got.variance - variance)).toBeLessThan(0.01);
  });

  it.each([
    ["plain", 0.3, 2000, 0.64, 0.625, 4.56],
    ["adagrad", 0.1, 1000, 0.68, 0.675, 4.48],
  ] as const)(
    "finds both modes of ⅓N(−2, 1) + ⅔N(2, 1) from far left by %s steps",
    async (optimizer, lr, steps, right, mean, variance) => {
      const score = (x: Tensor) => {
        const [u, v] = [exp(x.add(2).square().div(-2)), exp(x.sub(2).square().div(-2)).mul(2)];
        return x.add(2).mul(u).add(x.sub(2).mul(v)).div(u.add(v)).neg();
      };
      const { points } = await svgd(around(4, 50, -6, 1), score, { optimizer, lr, steps });
      const got = moments(points);
      // The published figures are of another start: one of the 50 particles more or less in a mode.
      expect(Math.abs(points.greater(0).cast("f64").mean().item() - right)).toBeLessThan(0.05);
      expect(Math.abs(got.mean - mean)).toBeLessThan(0.2);
      expect(Math.abs(got.variance - variance)).toBeLessThan(0.3);
    },
  );

  it("lowers the kernelised Stein discrepancy", async () => {
    const discrepancy = (X: Tensor): number => {
      // For a standard normal density and k = exp(−r²/2).
      const x = list(X).map((row) => row[0] as number);
      const u = (s: number, t: number): number => {
        const k = Math.exp(-((s - t) ** 2) / 2);
        return k * (s * t - (s - t) ** 2 + 1 - (s - t) ** 2);
      };
      return (
        x.reduce((sum, s) => sum + x.reduce((inner, t) => inner + u(s, t), 0), 0) / x.length ** 2
      );
    };
    const values: number[] = [];
    await svgd(around(2, 20, 2, 0.5), (x) => x.neg(), {
      bandwidth: 2,
      optimizer: "plain",
      lr: 0.1,
      steps: 200,
      onStep: ({ step, points }) => step % 40 === 0 && values.push(discrepancy(points)),
    });
    expect(values.length).toBe(5);
    values.slice(1).forEach((v, i) => {
      expect(v).toBeLessThan(values[i] as number);
    });
  });

  it("awaits scores, counts steps for mini-batches, and stops at a signal or at a score that is not finite", async () => {
    const seen: number[] = [];
    await svgd(
      [[0], [1]],
      async (x, step) => {
        seen.push(step);
        return x.neg();
      },
      { steps: 3 },
    );
    expect(seen).toEqual([1, 2, 3]);
    const stop = AbortSignal.abort(new Error("enough"));
    await expect(svgd([[0]], (x) => x.neg(), { signal: stop })).rejects.toThrow("enough");
    await expect(svgd([[0], [1]], () => [[0], [Infinity]])).rejects.toThrow(
      "svgd: expected finite scores; that of particle 1",
    );
    const kernel: SteinKernel = "imq";
    const { converged, status, iterations } = await svgd([[0], [1]], (x) => x.neg(), {
      kernel,
      steps: 2,
    });
    expect([converged, iterations]).toEqual([false, 2]);
    // φ of the two particles as in the first test, with the other kernel: the sizes are those of the history.
    expect(status).toMatch(
      /^stopped after 2 steps: the largest entry of the direction was \S+ at first and \S+ at last, tol 1\.0e-6$/,
    );
  });

  // With the score −x, a single particle is multiplied by 1 − lr in every step.
  it("tells of steps that explode, and throws when they leave the numbers", async () => {
    const run = (steps: number) =>
      svgd([[1]], (x) => x.neg(), { optimizer: "plain", lr: 1001, steps });
    const { points, converged, status } = await run(10);
    expect(points.item()).toBeCloseTo(1e30, -16);
    expect(converged).toBe(false);
    expect(status).toBe(
      "stopped after 10 steps: the largest entry of the direction was 1.0e+0 at first and 1.0e+27 at last, tol 1.0e-6, and has grown: take a smaller lr",
    );
    await expect(run(200)).rejects.toThrow(
      "svgd: expected steps that stay finite; the flow diverged at step 103; take a smaller lr",
    );
    expect((await svgd([[1]], (x) => x.neg(), { steps: 0 })).status).toBe("stopped after 0 steps");
  });
});
