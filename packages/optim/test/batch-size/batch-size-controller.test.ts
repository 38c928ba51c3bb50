import { ArgumentError, random, type Tensor, tensor } from "@x/tensor";
import { describe, expect, it } from "vitest";
import {
  type BatchSizeOptions,
  batchSizeController,
} from "../../src/batch-size/batch-size-controller";
import { gradientStats } from "../../src/batch-size/gradient-stats";

const g = tensor([
  [1, 2],
  [3, 0],
  [2, -2],
  [2, 4],
]);
const stats = gradientStats.fromPerSample(g);
const decide = (options: Partial<BatchSizeOptions>) =>
  batchSizeController({ initial: 4, max: 1000, ...options }).observe(stats);

describe("batchSizeController", () => {
  it("grows to the smallest batch that would have passed each test", () => {
    const norm = decide({ test: "norm", eta: 0.5 });
    expect(norm).toMatchObject({ batchSize: 6, passed: false });
    expect(norm.lhs).toBeCloseTo(1.8333, 4);
    expect(norm.rhs).toBeCloseTo(1.25, 12);
    expect(decide({ test: "coordinate", eta: 0.5 }).batchSize).toBe(27);
    // 1.0667 examples would do along the gradient, so four pass.
    const inner = decide({ test: "innerProduct", theta: 0.5 });
    expect(inner).toMatchObject({ batchSize: 4, passed: true });
    expect((inner.lhs / inner.rhs) * 4).toBeCloseTo(1.0667, 4);
    expect(decide({ test: "innerProduct", theta: 0.5, initial: 2 }).batchSize).toBe(2);
    const both = decide({ test: "augmented", theta: 0.5, nu: 0.5 });
    expect(both).toMatchObject({ batchSize: 5, passed: false });
    expect((both.lhs / both.rhs) * 4).toBeCloseTo(4.8, 12);
    expect(decide({ test: "augmented", theta: 0.1, nu: 100 }).batchSize).toBe(27);
  });

  it("leaves coordinates with hardly any gradient, or a share of them, out of the coordinate test", () => {
    const quiet = gradientStats.fromPerSample(
      tensor([
        [2, 1e-4],
        [2, -1e-4 + 1e-6],
        [2.2, 0],
      ]),
    );
    const run = (options: Partial<BatchSizeOptions>): number =>
      batchSizeController({ test: "coordinate", initial: 3, max: 1e6, ...options }).observe(quiet)
        .batchSize;
    expect(run({})).toBe(3);
    expect(run({ coordinateFloor: 0 })).toBeGreaterThan(1e5);
    expect(run({ coordinateFloor: 0, coordinateQuantile: 0.5 })).toBe(3);
  });

  it("never shrinks, and never exceeds its largest size or its growth", () => {
    for (const test of ["norm", "coordinate", "innerProduct", "augmented"] as const) {
      const controller = batchSizeController({
        test,
        eta: 0.3,
        theta: 0.2,
        nu: 1,
        max: 500,
        growthCap: 3,
      });
      let before = controller.current().batchSize;
      for (let i = 0; i < 20; i++) {
        const noise = random.normal(random.key(i), [before, 5], { mean: 0.3 });
        const { batchSize } = controller.observe(gradientStats.fromPerSample(noise));
        expect(batchSize).toBeGreaterThanOrEqual(before);
        expect(batchSize).toBeLessThanOrEqual(Math.min(500, 3 * before));
        before = batchSize;
      }
      expect(before).toBeGreaterThan(8);
    }
  });

  it("does not grow for identical examples, and goes to the largest size without a gradient", () => {
    const same = gradientStats.fromPerSample(
      tensor([
        [1, 2],
        [1, 2],
      ]),
    );
    const opposite = gradientStats.fromPerSample(
      tensor([
        [1, 2],
        [-1, -2],
      ]),
    );
    for (const test of ["norm", "coordinate", "innerProduct", "augmented"] as const) {
      const controller = batchSizeController({ test, initial: 2, max: 64 });
      expect(controller.observe(same)).toMatchObject({ batchSize: 2, lhs: 0, passed: true });
      expect(controller.observe(opposite)).toMatchObject({ batchSize: 64, passed: false });
    }
  });

  it("knows that all examples of a finite population have no noise", () => {
    const options = { test: "norm", initial: 2, max: 8, finitePopulation: true } as const;
    const eight = random.normal(random.key(1), [8, 3]);
    const all = gradientStats.fromPerSample(eight);
    expect(batchSizeController(options).observe(all)).toMatchObject({ lhs: 0, passed: true });
    // Half of them have 4/7 of the variance of independent draws.
    const half = gradientStats.fromPerSample(eight.at([0, 1, 2, 3]));
    const free = batchSizeController({ ...options, finitePopulation: false }).observe(half);
    const finite = batchSizeController(options).observe(half);
    expect(finite.lhs).toBeCloseTo((free.lhs * 4) / 7, 12);
    expect(finite.batchSize).toBeLessThanOrEqual(8);
  });

  it("passes with the batch that it asked for, and not with one less, at the same statistics", () => {
    for (const finitePopulation of [false, 40] as const) {
      const { batchSize } = decide({ eta: 0.3, initial: 2, max: 40, finitePopulation });
      const lhs = (b: number): number =>
        (stats.variance.item() / b) * (finitePopulation ? (40 - b) / 39 : 1);
      const rhs = 0.09 * 5;
      expect(lhs(batchSize)).toBeLessThanOrEqual(rhs);
      expect(lhs(batchSize - 1)).toBeGreaterThan(rhs);
    }
  });

  it("splits batches into whole micro-batches that fit", () => {
    const at = (initial: number, maxMicro: number, max = 1000) => {
      return batchSizeController({ initial, maxMicro, max }).current();
    };
    expect(at(8, 32)).toEqual({ batchSize: 8, microBatch: 8, accumSteps: 1 });
    expect(at(100, 32)).toEqual({ batchSize: 128, microBatch: 32, accumSteps: 4 });
    expect(at(100, 32, 100)).toEqual({ batchSize: 100, microBatch: 25, accumSteps: 4 });
  });

  it("tests at its interval only", () => {
    const controller = batchSizeController({ initial: 4, max: 100, eta: 0.5, interval: 3 });
    controller.restore({ batchSize: 4, observed: 1 });
    expect(controller.observe(stats)).toMatchObject({
      batchSize: 4,
      lhs: Number.NaN,
      passed: true,
    });
    expect(controller.observe(stats).batchSize).toBe(4);
    expect(controller.observe(stats).batchSize).toBe(6);
  });

  it("goes on from a stored state", () => {
    const a = batchSizeController({ initial: 4, max: 100, eta: 0.5 });
    a.observe(stats);
    const b = batchSizeController({ initial: 4, max: 100, eta: 0.5 });
    b.restore(JSON.parse(JSON.stringify(a)));
    expect(b.current()).toEqual(a.current());
    expect(() => b.restore({ batchSize: 1, observed: 0 })).toThrow(ArgumentError);
  });

  it("grows by itself where AdaGrad-Norm meets noise on logistic regression", () => {
    const curve = (eta: number): number[] => logisticRun(eta, 60);
    const [loose, tight] = [curve(1), curve(0.3)];
    expect(loose[0]).toBe(8);
    expect(loose.at(-1)).toBeGreaterThan(20);
    // The stricter test takes larger batches throughout.
    expect(tight.every((b, i) => b >= (loose[i] as number))).toBe(true);
    expect(tight.at(-1)).toBe(1000);
  });

  it("refuses options and statistics that make no sense", () => {
    const make = (options: Partial<BatchSizeOptions>) => () =>
      batchSizeController({ max: 100, ...options });
    expect(make({ eta: 0 })).toThrow(ArgumentError);
    expect(make({ eta: 0 })).toThrow("batchSizeController: expected eta > 0 and finite; got 0");
    expect(make({ theta: -1 })).toThrow("expected theta > 0");
    expect(make({ nu: Number.NaN })).toThrow("expected nu > 0");
    expect(make({ initial: 1 })).toThrow("expected initial to be a whole number ≥ 2; got 1");
    expect(make({ max: 4 })).toThrow(
      "batchSizeController: expected max ≥ initial; got max = 4, initial = 8",
    );
    expect(make({ growthCap: 0.5 })).toThrow("expected growthCap ≥ 1; got 0.5");
    expect(make({ coordinateQuantile: 0 })).toThrow("expected coordinateQuantile in (0, 1]; got 0");
    expect(make({ finitePopulation: 50 })).toThrow("expected finitePopulation ≥ max; got 50");
    expect(make({ test: "l2" as "norm" })).toThrow("got l2");
    const broken = gradientStats.fromPerSample(
      tensor([
        [1, Number.NaN],
        [1, 2],
      ]),
    );
    expect(() => make({ initial: 2 })().observe(broken)).toThrow(
      "batchSizeController: expected finite statistics; variance is NaN; leave batches with non-finite gradients out",
    );
  });
});

/** Batch sizes of AdaGrad-Norm on generated logistic regression, n = 1000, d = 5. */
function logisticRun(eta: number, steps: number): number[] {
  const n = 1000;
  const x = random.normal(random.key(11), [n, 5], { dtype: "f64" });
  const truth = tensor([1, -2, 0.5, 0, 1], { dtype: "f64" });
  const y = x
    .matmul(truth)
    .sigmoid()
    .greater(random.uniform(random.key(12), [n]))
    .cast("f64");
  const controller = batchSizeController({ test: "norm", eta, initial: 8, max: n });
  const sizes: number[] = [];
  let w: Tensor = tensor([0, 0, 0, 0, 0], { dtype: "f64" });
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const { batchSize } = controller.current();
    sizes.push(batchSize);
    const at = random.choice(random.foldIn(random.key(13), i), n, {
      shape: [batchSize],
      replace: false,
    });
    const [a, b] = [x.at(at), y.at(at)];
    const perExample = a.mul(a.matmul(w).sigmoid().sub(b).reshape([batchSize, 1]));
    const s = gradientStats.fromPerSample(perExample);
    controller.observe(s);
    sum += s.squaredNorm.item();
    w = w.sub(s.mean.mul(0.5 / Math.sqrt(sum)));
  }
  return sizes;
}
