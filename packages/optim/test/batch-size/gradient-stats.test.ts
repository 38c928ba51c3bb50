import { ArgumentError, grad, jit, random, ShapeError, type Tensor, tensor, vmap } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { type GradientStats, gradientStats } from "../../src/batch-size/gradient-stats";

const f64 = { dtype: "f64" } as const;
const rows = [
  [1, 2],
  [3, 0],
  [2, -2],
  [2, 4],
];

/** Everything by the definitions, in plain loops. */
function bruteForce(g: number[][]): Record<string, number | number[]> {
  const b = g.length;
  const d = g[0]?.length as number;
  const column = (j: number): number[] => g.map((row) => row[j] as number);
  const average = (x: number[]): number => x.reduce((p, q) => p + q, 0) / x.length;
  const spread = (x: number[]): number =>
    x.reduce((sum, v) => sum + (v - average(x)) ** 2, 0) / (b - 1);
  const mean = Array.from({ length: d }, (_, j) => average(column(j)));
  const variances = Array.from({ length: d }, (_, j) => spread(column(j)));
  const squaredNorm = mean.reduce((sum, x) => sum + x * x, 0);
  const inner = g.map((row) => row.reduce((sum, x, j) => sum + x * (mean[j] as number), 0));
  const rest = g.map((row, i) =>
    row.map((x, j) => x - ((inner[i] as number) / squaredNorm) * (mean[j] as number)),
  );
  return {
    mean,
    variances,
    squaredNorm,
    variance: variances.reduce((p, q) => p + q, 0),
    innerProductVariance: spread(inner),
    orthogonalVariance: Array.from({ length: d }, (_, j) =>
      spread(rest.map((row) => row[j] as number)),
    ).reduce((p, q) => p + q, 0),
  };
}

describe("gradientStats", () => {
  it("gives the worked example", () => {
    const stats = gradientStats.fromPerSample(tensor(rows));
    expect(stats.batchSize).toBe(4);
    assertClose(stats.mean, [2, 1]);
    assertClose(stats.variances, [2 / 3, 20 / 3]);
    assertClose(stats.variance, 22 / 3);
    assertClose(stats.squaredNorm, 5);
    assertClose(stats.innerProductVariance, 20 / 3);
    assertClose(stats.orthogonalVariance, 6);
  });

  it("equals the definitions on random gradients, and splits the variance along and across the mean", () => {
    const g = random.normal(random.key(1), [7, 5], { ...f64, mean: 0.3 });
    const { batchSize, ...stats } = gradientStats.fromPerSample(g);
    assertClose(stats, bruteForce(g.toArray() as number[][]), { relative: 1e-12 });
    expect(batchSize).toBe(7);
    const along = stats.innerProductVariance.div(stats.squaredNorm);
    assertClose(along.add(stats.orthogonalVariance), stats.variance, { relative: 1e-12 });
  });

  it("takes all leaves of a tree as one vector", () => {
    const g = random.normal(random.key(2), [6, 12], f64);
    const [a, b] = [g.at("...", [0, 1, 2, 3]), g.at("...", [4, 5, 6, 7, 8, 9, 10, 11])];
    const tree = { layer: [{ a: a.reshape([6, 2, 2]), none: null }], z: b };
    assertClose(gradientStats.fromPerSample(tree), gradientStats.fromPerSample(g));
  });

  it("does not cancel where the mean is large", () => {
    const g = random.normal(random.key(3), [10, 3], f64);
    const shifted = gradientStats.fromPerSample(g.add(1e8));
    // The shift itself rounds entries at 1e8 · 1e-16.
    assertClose(shifted.variance, gradientStats.fromPerSample(g).variance, { relative: 1e-7 });
  });

  it("works on per-example gradients inside jit", () => {
    const loss = (w: { a: Tensor; b: Tensor }, x: Tensor, y: Tensor): Tensor =>
      x.mul(w.a).sum().add(w.b).sub(y).square();
    const perExample = vmap(grad(loss), { inAxes: [null, 0, 0] });
    const w = { a: tensor([1, -1, 2], f64), b: tensor(0.5, f64) };
    const x = random.normal(random.key(4), [8, 3], f64);
    const y = random.normal(random.key(5), [8], f64);
    const stats = (): GradientStats => gradientStats.fromPerSample(perExample(w, x, y));
    const compiled = jit((p: typeof w, u: Tensor, v: Tensor) =>
      gradientStats.fromPerSample(perExample(p, u, v)),
    );
    assertClose(compiled(w, x, y), stats());
    const whole = grad((p: typeof w) => vmap(loss, { inAxes: [null, 0, 0] })(p, x, y).mean())(w);
    assertClose(stats().mean, [...(whole.a.toArray() as number[]), whole.b.item()]);
  });

  it("estimates the variance from means of micro-batches without bias", () => {
    // 4000 batches of 5 × 3 examples with variance 4 in each of 6 coordinates.
    const g = random.normal(random.key(6), [4000, 5, 3, 6], { ...f64, std: 2 });
    const estimates = vmap((means: Tensor) => gradientStats.fromMicroBatches(means, 3).variance)(
      g.mean(2),
    );
    // A χ² of 4 · 6 degrees of freedom: standard error 24 · √(2/24) / √4000; five of them.
    expect(Math.abs(estimates.mean().item() - 24)).toBeLessThan((5 * 24 * Math.sqrt(2 / 24)) / 63);
  });

  it("is exact when variances within micro-batches are given, also of mixed sizes", () => {
    const g = random.normal(random.key(7), [9, 4], f64);
    const sizes = [2, 3, 4];
    const parts = [g.at([0, 1]), g.at([2, 3, 4]), g.at([5, 6, 7, 8])];
    const means = tensor(parts.map((p) => p.mean(0)));
    const variances = tensor(parts.map((p) => p.variance(0, { ddof: 1 })));
    const stats = gradientStats.fromMicroBatches(means, 3, { sizes, variances });
    const whole = gradientStats.fromPerSample(g);
    expect(stats.batchSize).toBe(9);
    assertClose(stats.mean, whole.mean);
    assertClose(stats.variances, whole.variances);
    assertClose(stats.variance, whole.variance);
  });

  it("equals the statistics of examples for micro-batches of one", () => {
    const g = random.normal(random.key(8), [5, 3], f64);
    assertClose(gradientStats.fromMicroBatches(g, 1), gradientStats.fromPerSample(g));
  });

  it("is zero across a zero mean only where nothing varies", () => {
    const stats = gradientStats.fromPerSample(
      tensor([
        [1, 0],
        [-1, 0],
      ]),
    );
    assertClose([stats.squaredNorm, stats.variance, stats.orthogonalVariance], [0, 2, 2]);
    expect(stats.innerProductVariance.item()).toBe(0);
  });

  it("refuses what has no variance", () => {
    expect(() => gradientStats.fromPerSample(tensor([[1, 2]]))).toThrow(
      "gradientStats.fromPerSample: expected at least two examples; got 1; one has no variance",
    );
    expect(() => gradientStats.fromMicroBatches(tensor([[1, 2]]), 4)).toThrow(
      "gradientStats.fromMicroBatches: expected at least two micro-batches; got 1; split the batch",
    );
    expect(() => gradientStats.fromPerSample({ a: tensor(rows), b: tensor([1, 2]) })).toThrow(
      ShapeError,
    );
    expect(() => gradientStats.fromPerSample({})).toThrow(ArgumentError);
    expect(() => gradientStats.fromMicroBatches(tensor(rows), 2, { sizes: [1, 2] })).toThrow(
      "for each of 4 micro-batches; got [1, 2]",
    );
    expect(() => gradientStats.fromMicroBatches(tensor(rows), 1.5)).toThrow(ArgumentError);
  });
});
