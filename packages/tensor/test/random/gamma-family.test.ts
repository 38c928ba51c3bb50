import { describe, expect, it } from "vitest";
import { ArgumentError, grad, ShapeError, type Tensor, tensor } from "../../src/index";
import { beta, dirichlet, gamma, key, studentT } from "../../src/random";
import { logQuantileSlope } from "../../src/random/gamma-slope";
import { betaCdf, gammaCdf, studentCdf } from "./distribution-functions";
import { expectDistribution, expectMoments } from "./fit";

const n = 20_000;

describe("gamma", () => {
  it.each([0.05, 0.5, 1, 1.5, 7, 300])("follows the distribution function at %d", (a) => {
    const x = gamma(key(1), [n], { concentration: a, dtype: "f64" }).dataSync();
    expectDistribution(x, (v) => gammaCdf(a, v));
    expectMoments(x, { mean: a, variance: a, kurtosis: 3 + 6 / a });
  });

  it("divides by the rate and rounds to f32", () => {
    const options = { concentration: 3, dtype: "f64" } as const;
    const x = gamma(key(1), [100], options).toArray();
    const y = gamma(key(1), [100], { ...options, rate: 4 }).toArray();
    expect(y).toEqual((x as number[]).map((v) => v / 4));
    const z = gamma(key(1), [100], { concentration: 3 });
    expect(z.dtype).toBe("f32");
    expect(z.toArray()).toEqual((x as number[]).map(Math.fround));
  });

  it("stays finite and positive at the ends of the range", () => {
    const a = tensor([1e-3, 1e-300, 1e12, 1e300], { dtype: "f64" });
    const x = gamma(key(2), [50, 4], { concentration: a, dtype: "f64" });
    expect(x.isFinite().all().item()).toBe(1);
    expect(x.less(0).any().item()).toBe(0);
    // At 1e12 the deviation is 1e6.
    expect(x.at("...", 2).sub(1e12).abs().less(1e7).all().item()).toBe(1);
  });

  it("draws each element at its own concentration", () => {
    const x = gamma(key(3), [n, 2], { concentration: tensor([2, 50]), dtype: "f64" });
    expectDistribution(x.at("...", 0).dataSync(), (v) => gammaCdf(2, v));
    expectDistribution(x.at("...", 1).dataSync(), (v) => gammaCdf(50, v));
  });

  it("refuses what is not positive, also in a tensor", () => {
    const text = "gamma: expected a positive finite number for concentration; got";
    expect(() => gamma(key(0), [1], { concentration: 0 })).toThrow(`${text} 0`);
    expect(() => gamma(key(0), [2], { concentration: tensor([1, -1]) })).toThrow(`${text} -1`);
    expect(() => gamma(key(0), [1], { concentration: tensor(Number.NaN) })).toThrow(ArgumentError);
    expect(() => gamma(key(0), [3], { concentration: tensor([1, 2]) })).toThrow(
      "gamma: expected concentration to broadcast to the sample's shape [3]; got shape [2]",
    );
  });
});

describe("derivatives of gamma samples", () => {
  it.each([
    [0.02, 1e-9],
    [0.3, 0.4],
    [0.3, 9],
    [1, 3],
    [4, 1],
    [4, 60],
    [60, 80],
    [900, 870],
  ])("keep the level of the distribution function at a = %d, x = %d", (a, x) => {
    const slope = logQuantileSlope(a, Math.log(x)) * x;
    // P(a, x(a)) is constant; by the tail that is small, so that differences keep their digits.
    const level = (b: number): number => {
      const at = x + slope * (b - a);
      return x > a ? upper(b, at) : gammaCdf(b, at);
    };
    const h = 1e-4 * Math.min(a, Math.sqrt(a));
    const moved = (level(a + h) - level(a - h)) / (2 * h);
    const fixed =
      x > a ? -(upper(a + h, x) - upper(a - h, x)) : gammaCdf(a + h, x) - gammaCdf(a - h, x);
    // Relative to the change at fixed x; the second difference leaves about h².
    expect(Math.abs(moved / (fixed / (2 * h)))).toBeLessThan(1e-5);
  });

  it("pass from the series to the expansion for large a without a step", () => {
    for (const z of [-4, -1, 0, 2, 5]) {
      const x = 1e4 + 100 * z;
      const below = logQuantileSlope(1e4, Math.log(x));
      const above = logQuantileSlope(1e4 + 1e-6, Math.log(x));
      // The expansion leaves out terms of z⁵ / (100 a^2.5).
      expect(Math.abs(above / below - 1)).toBeLessThan(1e-8);
    }
  });

  it("average to those of the moments", () => {
    const a = tensor(2.5, { dtype: "f64" });
    const moment = (p: number) => (c: Tensor) =>
      gamma(key(8), [n], { concentration: c, dtype: "f64" }).pow(p).mean();
    // E x = a, E x² = a + a²; the slopes per sample have deviations of about 1 and 12.
    expect(Math.abs(grad(moment(1))(a).item() - 1)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(grad(moment(2))(a).item() - 6)).toBeLessThan(60 / Math.sqrt(n));
    const rate = grad((r: Tensor) =>
      gamma(key(8), [n], { concentration: 2.5, rate: r, dtype: "f64" }).mean(),
    )(tensor(2, { dtype: "f64" }));
    // d(a / r)/dr = −a / r² with a deviation of √a / r².
    expect(Math.abs(rate.item() + 2.5 / 4)).toBeLessThan((5 * Math.sqrt(2.5)) / 4 / Math.sqrt(n));
  });

  it("are refused a second time", () => {
    const f = (c: Tensor): Tensor => gamma(key(0), [3], { concentration: c }).sum();
    expect(() => grad((c: Tensor) => grad(f)(c))(tensor(2))).toThrow(
      "gamma: expected at most one differentiation",
    );
  });
});

/** 1 − P by a plain trapezoidal sum in log t. */
function upper(a: number, x: number): number {
  let sum = 0;
  const step = 1e-3;
  const log = (t: number): number => a * t - Math.exp(t);
  const top = log(Math.log(x));
  for (let t = Math.log(x), weight = 0.5; log(t) > top - 60; t += step, weight = 1) {
    sum += weight * Math.exp(log(t) - top);
  }
  let gammaOf = 0;
  for (let t = Math.log(a) - 40 / Math.min(a, 40); t < Math.log(a) + 10; t += step) {
    gammaOf += Math.exp(log(t) - top);
  }
  return sum / gammaOf;
}

describe("beta", () => {
  it.each([
    [0.5, 0.5],
    [2, 3],
    [0.1, 4],
    [80, 20],
  ])("follows the distribution function at %d, %d", (a, b) => {
    const x = beta(key(2), [n], { a, b, dtype: "f64" }).dataSync();
    expectDistribution(x, (v) => betaCdf(a, b, v));
  });

  it("keeps to the ends when both parameters are tiny", () => {
    const x = beta(key(2), [n], { a: 1e-5, b: 3e-5 }).dataSync();
    expect(x.every((v: number) => v >= 0 && v <= 1)).toBe(true);
    const ones = Array.from(x).filter((v) => v > 0.5).length / n;
    // P(x > ½) is a/(a + b) = ¼ up to a part in 10⁴.
    expect(Math.abs(ones - 0.25)).toBeLessThan(5 * Math.sqrt(0.1875 / n));
  });

  it("has derivatives that average to that of the mean", () => {
    const mean = (a: Tensor, b: Tensor): Tensor => beta(key(5), [n], { a, b, dtype: "f64" }).mean();
    const at = [tensor(2, { dtype: "f64" }), tensor(3, { dtype: "f64" })] as const;
    const [da, db] = grad(mean, { argnums: [0, 1] })(...at);
    // a/(a + b) has slopes b/(a + b)² and −a/(a + b)²; slopes per sample are below 0.2.
    expect(Math.abs(da.item() - 3 / 25)).toBeLessThan(1 / Math.sqrt(n));
    expect(Math.abs(db.item() + 2 / 25)).toBeLessThan(1 / Math.sqrt(n));
  });

  it("refuses parameters that are not positive", () => {
    expect(() => beta(key(0), [1], { a: 1, b: 0 })).toThrow(
      "beta: expected a positive finite number for b; got 0",
    );
  });
});

describe("dirichlet", () => {
  const alpha = [0.5, 2, 3.5];

  it("has beta marginals and sums to 1", () => {
    const x = dirichlet(key(4), [n, 3], {
      concentration: tensor(alpha, { dtype: "f64" }),
      dtype: "f64",
    });
    const sums = x.sum(-1).dataSync();
    expect(sums.every((s: number) => Math.abs(s - 1) < 1e-14)).toBe(true);
    alpha.forEach((a, i) => {
      expectDistribution(x.at("...", i).dataSync(), (v) => betaCdf(a, 6 - a, v));
    });
  });

  it("gives corners of the simplex, not NaN, when all parameters are tiny", () => {
    const x = dirichlet(key(4), [500, 3], { concentration: tensor([1e-6, 1e-6, 1e-6]) });
    expect(x.sum(-1).sub(1).abs().less(1e-6).all().item()).toBe(1);
    expect(x.max(-1).greater(0.999).mean().item()).toBeGreaterThan(0.99);
  });

  it("refuses a shape that does not end with the number of parameters", () => {
    expect(() => dirichlet(key(0), [4], { concentration: tensor([1, 2]) })).toThrow(ShapeError);
    expect(() => dirichlet(key(0), [], { concentration: 2 })).toThrow(
      "dirichlet: expected a shape [..., k] for a concentration [..., k]",
    );
  });
});

describe("studentT", () => {
  it.each([1, 2.5, 30])("follows the distribution function at %d degrees", (degrees) => {
    const x = studentT(key(6), [n], { degrees, dtype: "f64" }).dataSync();
    expectDistribution(x, (v) => studentCdf(degrees, v));
  });

  it("refuses degrees that are not positive", () => {
    expect(() => studentT(key(0), [1], { degrees: -1 })).toThrow(
      "studentT: expected a positive finite number for degrees; got -1",
    );
  });
});
