import { describe, expect, it } from "vitest";
import { ArgumentError, ShapeError, type Tensor, tensor } from "../../src/index";
import {
  cauchy,
  exponential,
  gumbel,
  key,
  laplace,
  normal,
  truncatedNormal,
  uniform,
} from "../../src/random";
import { normalCdf } from "./distribution-functions";
import { expectDistribution, expectMoments, expectUncorrelated, type Moments } from "./fit";

const n = 20_000;
type Sampler = (k: Tensor, shape: number[], options: { dtype: "f32" | "f64" }) => Tensor;

/** Standard variables with their distribution functions and moments. */
const cases: [string, Sampler, (x: number) => number, Moments | undefined][] = [
  ["uniform", uniform, (x) => x, { mean: 0.5, variance: 1 / 12, kurtosis: 1.8 }],
  ["normal", normal, normalCdf, { mean: 0, variance: 1, kurtosis: 3 }],
  ["exponential", exponential, (x) => -Math.expm1(-x), { mean: 1, variance: 1, kurtosis: 9 }],
  [
    "gumbel",
    gumbel,
    (x) => Math.exp(-Math.exp(-x)),
    { mean: 0.5772156649015329, variance: Math.PI ** 2 / 6, kurtosis: 5.4 },
  ],
  [
    "laplace",
    laplace,
    (x) => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2),
    { mean: 0, variance: 2, kurtosis: 6 },
  ],
  ["cauchy", cauchy, (x) => 0.5 + Math.atan(x) / Math.PI, undefined],
  ["truncatedNormal", truncatedNormal, normalCdf, { mean: 0, variance: 1, kurtosis: 3 }],
];

describe.each(["f32", "f64"] as const)("standard samples in %s", (dtype) => {
  it.each(cases)("of %s follow the distribution function", (_name, draw, cdf, moments) => {
    const x = draw(key(1), [n], { dtype });
    expect(x.dtype).toBe(dtype);
    const data = x.dataSync();
    expect(data.every(Number.isFinite)).toBe(true);
    expectDistribution(data, cdf);
    if (moments !== undefined) expectMoments(data, moments);
  });

  it.each(cases)("of %s have neighbours that are not correlated", (_name, draw, cdf) => {
    // By the distribution function, as a Cauchy number has no variance.
    const u = Array.from(draw(key(2), [n], { dtype }).dataSync(), cdf);
    expectUncorrelated(u.slice(1), u.slice(0, -1));
    expectUncorrelated(u.slice(n / 2), u.slice(0, n / 2));
  });
});

describe("uniform", () => {
  it("gives multiples of 2^-24 in f32 and of 2^-53 in f64", () => {
    const whole = (x: Tensor, scale: number): boolean =>
      x.dataSync().every((v: number) => Number.isInteger(v * scale) && v < 1);
    expect(whole(uniform(key(0), [1000]), 2 ** 24)).toBe(true);
    expect(whole(uniform(key(0), [1000], { dtype: "f64" }), 2 ** 53)).toBe(true);
  });

  it("stays below an end that the arithmetic rounds up to", () => {
    const low = 2 ** 20;
    const x = uniform(key(0), [n], { low, high: low + 0.25 }).dataSync();
    // The f32 numbers from low on are 1/8 apart, so only two of them lie in the interval.
    expect(new Set(x)).toEqual(new Set([low, low + 0.125]));
  });

  it("takes an interval for each element", () => {
    const x = uniform(key(4), [3, n], {
      low: tensor([[0], [10], [-5]]),
      high: tensor([[1], [20], [-4]]),
    });
    const rows = x.toArray() as number[][];
    expectDistribution(rows[1] as number[], (v) => (v - 10) / 10);
    expect(Math.max(...(rows[2] as number[]))).toBeLessThan(-4);
    expect(Math.min(...(rows[0] as number[]))).toBeGreaterThanOrEqual(0);
  });

  it("refuses an empty or infinite interval, an integer dtype and parameters that do not fit", () => {
    expect(() => uniform(key(0), [2], { low: 1, high: 1 })).toThrow(
      "uniform: expected low < high; got low = 1, high = 1",
    );
    expect(() => uniform(key(0), [2], { high: Infinity })).toThrow(
      "uniform: expected a finite number for high; got Infinity",
    );
    expect(() => uniform(key(0), [2], { dtype: "i32" as "f32" })).toThrow(
      "uniform: expected a dtype of f32, f64; got i32",
    );
    expect(() => uniform(key(0), [2], { low: tensor([0, 0, 0]) })).toThrow(ShapeError);
  });
});

describe("normal", () => {
  it("is mean + std times the standard sample", () => {
    const z = normal(key(3), [5]).toArray() as number[];
    const x = normal(key(3), [5], { mean: 10, std: 2 }).toArray() as number[];
    x.forEach((v, i) => {
      // One rounding each of 2 z and of the sum, which is below 16.
      expect(Math.abs(v - (10 + 2 * (z[i] as number)))).toBeLessThan(2e-6);
    });
    expect(normal(key(3), [4], { mean: 7, std: 0 }).toArray()).toEqual([7, 7, 7, 7]);
  });

  it("reaches into the tails as far as a million draws should", () => {
    for (const dtype of ["f32", "f64"] as const) {
      const data = Array.from(normal(key(5), [1_000_000], { dtype }).dataSync());
      const far = data.reduce((k, x) => k + Number(Math.abs(x) > 4), 0);
      // 63.3 expected, a Poisson number: five standard deviations.
      expect(Math.abs(far - 63.34)).toBeLessThan(40);
    }
  });

  it("refuses a negative deviation", () => {
    expect(() => normal(key(0), [2], { std: -1 })).toThrow(
      "normal: expected a finite number ≥ 0 for std; got -1",
    );
    expect(() => normal(key(0), [2], { mean: Number.NaN })).toThrow(ArgumentError);
  });
});

describe("scaled families", () => {
  it("divide exponential numbers by the rate", () => {
    const x = exponential(key(1), [n], { rate: 4 }).dataSync();
    expectDistribution(x, (v) => -Math.expm1(-4 * v));
    expect(() => exponential(key(0), [1], { rate: 0 })).toThrow(
      "exponential: expected a positive finite number for rate; got 0",
    );
  });

  it.each([gumbel, laplace, cauchy])("are location + scale times the standard sample", (draw) => {
    const x = draw(key(1), [100], { dtype: "f64" }).dataSync();
    const y = draw(key(1), [100], { dtype: "f64", location: -3, scale: 2 }).dataSync();
    x.forEach((v: number, i: number) => {
      expect(y[i]).toBe(v * 2 - 3);
    });
    expect(() => draw(key(0), [1], { scale: -1 })).toThrow(
      "expected a finite number ≥ 0 for scale",
    );
  });
});

describe("truncatedNormal", () => {
  const intervals: [number, number][] = [
    [-2, 2],
    [-0.5, 0.2],
    [0.5, 0.6],
    [0.5, 9],
    [2, Infinity],
    [-Infinity, -3],
    [-1, 30],
    [-0.001, 1],
    [6, 6.5],
  ];

  it.each(intervals)("follows the conditioned distribution between %d and %d", (low, high) => {
    const x = truncatedNormal(key(6), [n], { low, high, dtype: "f64" }).dataSync();
    // By the side on which the probabilities are small and so exact.
    const flip = low > 0;
    const cdf = (v: number): number => (flip ? normalCdf(-v) : normalCdf(v));
    expectDistribution(x, (v) => (cdf(v) - cdf(low)) / (cdf(high) - cdf(low)));
    expect(x.every((v: number) => v > low && v < high)).toBe(true);
  });

  it("keeps to an interval where the density is below the smallest float", () => {
    const sample = truncatedNormal(key(0), [100], { low: 1000, dtype: "f64" });
    const x = Array.from(sample.dataSync());
    // There x − 1000 is exponential of rate 1000 to three digits.
    expect(x.every((v: number) => v > 1000 && v < 1000.02)).toBe(true);
    const mean = x.reduce((s: number, v: number) => s + v - 1000, 0) / 100;
    expect(Math.abs(mean - 1e-3)).toBeLessThan(5e-4);
  });

  it("takes an interval for each element and refuses empty ones", () => {
    const low = tensor([-1, 0, 1]);
    const x = truncatedNormal(key(0), [50, 3], { low, high: low.add(0.5) });
    expect(x.sub(low).floor().equal(0).all().item()).toBe(1);
    expect(() => truncatedNormal(key(0), [3], { low, high: tensor(0) })).toThrow(
      "truncatedNormal: expected low < high; got low = 0, high = 0",
    );
  });
});
