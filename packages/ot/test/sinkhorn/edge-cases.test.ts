import { random } from "@x/tensor";
import { describe, expect, it } from "vitest";
import type { OTResult } from "../../src";
import { sinkhornNewton } from "../../src/newton";
import { sinkhorn } from "../../src/sinkhorn";
import { distance1 } from "./problems";

const quiet = { warn: false };
const modes = ["auto", "scaling", "log", "stabilized"] as const;
const numbers = ({ linear, value, entropic, marginalError, f, g, plan }: OTResult): number[] => [
  ...[linear, value, entropic, marginalError],
  ...[f, g, plan()].flatMap((x) => Array.from(x.dataSync())),
];
const costs = random.uniform(random.key(5), [7, 5], { dtype: "f64" });

describe("sinkhorn of unusual problems", () => {
  it.each(modes)("leaves points without mass out and gives them finite potentials (%s)", (mode) => {
    const C = [
      [0.1, 0.7, 0.4],
      [0.9, 0.3, 0.8],
      [0.2, 0.6, 0.5],
    ];
    const eps = 0.2;
    const whole = sinkhorn([0.5, 0, 0.5], [0.25, 0, 0.75], C, { eps, mode, tol: 1e-13 });
    const part = sinkhorn(
      null,
      [0.25, 0.75],
      [
        [0.1, 0.4],
        [0.2, 0.5],
      ],
      { eps, mode, tol: 1e-13 },
    );
    const plan = whole.plan().toArray() as number[][];
    expect(plan[1]).toEqual([0, 0, 0]);
    expect(plan.map((row) => row[1])).toEqual([0, 0, 0]);
    const kept = [plan[0]?.[0], plan[0]?.[2], plan[2]?.[0], plan[2]?.[2]] as number[];
    expect(distance1(kept, part.plan().dataSync())).toBeLessThan(1e-12);
    expect(whole.value).toBeCloseTo(part.value, 12);
    // f_i = −ε log Σ_j b_j exp((g_j − C_ij)/ε) holds for every row, with mass or without.
    const [f, g] = [whole.f.dataSync(), whole.g.dataSync()];
    C.forEach((row, i) => {
      const sum = [0.25, 0, 0.75].reduce(
        (s, b, j) => s + b * Math.exp(((g[j] as number) - (row[j] as number)) / eps),
        0,
      );
      expect(f[i]).toBeCloseTo(-eps * Math.log(sum), 11);
    });
  });

  it.each(modes)("moves nothing along forbidden pairs (%s)", (mode) => {
    const C = [
      [0, 1, Number.POSITIVE_INFINITY],
      [1, Number.POSITIVE_INFINITY, 0.5],
    ];
    const result = sinkhorn([0.5, 0.5], [0.4, 0.3, 0.3], C, { eps: 0.1, mode });
    expect(result.converged).toBe(true);
    const plan = result.plan().toArray() as number[][];
    expect([plan[0]?.[2], plan[1]?.[1]]).toEqual([0, 0]);
    // Column 2 can only come from row 1 and column 3 from row 2; the rest follows from the rows' sums.
    expect(plan[0]?.[0]).toBeCloseTo(0.2, 8);
    expect(plan[1]?.[0]).toBeCloseTo(0.2, 8);
    expect(result.linear).toBeCloseTo(0.3 + 0.2 + 0.15, 8);
    expect(numbers(result).every(Number.isFinite)).toBe(true);
  });

  it("forbids a pair that no plan needs, though its price grows without end", () => {
    // Mass 1/2 must stay in either column: P_12 = 0 in the limit only, and plain iterations come closer like 1/k.
    const C = [
      [0, 1],
      [Number.POSITIVE_INFINITY, 0],
    ];
    const plain = sinkhorn(null, null, C, { eps: 0.1, anderson: false, finish: false, ...quiet });
    expect(plain.converged).toBe(false);
    expect(plain.marginalError).toBeGreaterThan(1e-6);
    expect(sinkhorn(null, null, C, { eps: 0.1 }).converged).toBe(true);
    const newton = sinkhorn(null, null, C, { eps: 0.1, finish: "newton" });
    expect(newton.converged).toBe(true);
    expect(newton.status).toContain("newton");
  });

  it("says that a problem without a plan did not converge", () => {
    const C = [
      [0, Number.POSITIVE_INFINITY],
      [Number.POSITIVE_INFINITY, 0],
    ];
    for (const mode of modes) {
      const options = { eps: 0.1, mode, maxIterations: 300, ...quiet };
      const result = sinkhorn([0.7, 0.3], [0.5, 0.5], C, options);
      expect(result.converged).toBe(false);
      expect(result.status).toContain("not converged");
      // The least that any plan has: 0.2 too little or too much in two rows or columns.
      expect(result.marginalError).toBeCloseTo(0.4, 6);
      expect(numbers(result).every(Number.isFinite)).toBe(true);
    }
  });

  it.each([1e300, 1e150, 1e-150, 1e-300, 1e-310])("takes costs of the order of %d", (scale) => {
    const [C, plain] = [costs.mul(scale), sinkhorn(null, null, costs, { tol: 1e-12 })];
    const result = sinkhorn(null, null, C, { tol: 1e-12 });
    expect(result.converged).toBe(true);
    expect(numbers(result).every(Number.isFinite)).toBe(true);
    expect(result.eps / scale).toBeGreaterThan(0);
    // Where the variance overflows or vanishes the default ε is another.
    const same = sinkhorn(null, null, C, { tol: 1e-12, eps: plain.eps * scale });
    // Costs of 10⁻³¹⁰ are subnormal and have 14 bits less.
    const near = scale < 1e-307 ? 1e-8 : 1e-10;
    expect(distance1(same.plan().dataSync(), plain.plan().dataSync())).toBeLessThan(near);
    expect(same.linear / scale).toBeCloseTo(plain.linear, 8);
  });

  it.each([
    [0, 0.3],
    [Number.MIN_VALUE, 0.3],
    [1e-323, 0.3],
    [1e-300, 1e200],
    [1, 1e307],
    [0, 1e-320],
  ])(
    "gives the independent plan its value where the cost %d is nothing beside eps %d",
    (c, eps) => {
      const [mass, half] = [2.5, 1.25];
      const { value, entropic, eps: used } = sinkhorn([mass], [half, half], [[c, c]], { eps });
      expect(used).toBe(eps);
      // KL(P | a⊗b) of P = a⊗b / 2.5 is −2.5 log 2.5 − 2.5 + 6.25. Subnormal numbers are whole multiples of 5·10⁻³²⁴.
      const [kl, digits] = [3.75 - mass * Math.log(mass), eps < 1e-300 ? 3 : 12];
      expect(value / eps).toBeCloseTo(kl, digits);
      expect(entropic / eps).toBeCloseTo(mass * Math.log(half), digits);
    },
  );

  it.each(modes)("comes back from potentials that are far off (%s)", (mode) => {
    const far = { f: new Float64Array(7), g: Float64Array.from([0, -300, 200, 0, 90]) };
    // In units of ε these are thousands: whole columns of exp((f + g − C)/ε) vanish.
    const back = sinkhorn(null, null, costs, { eps: 0.1, mode, init: far });
    const plain = sinkhorn(null, null, costs, { eps: 0.1 });
    expect(back.converged).toBe(true);
    expect(distance1(back.plan().dataSync(), plain.plan().dataSync())).toBeLessThan(1e-7);
  });

  it("takes one point on either side", () => {
    expect(sinkhorn([1], [1], [[3]]).linear).toBe(3);
    const spread = sinkhorn([1], [0.2, 0.8], [[3, 4]], { eps: 0.01 });
    expect(spread.linear).toBeCloseTo(3.8, 12);
    expect(spread.value).toBeCloseTo(3.8, 12);
    const gathered = sinkhornNewton([0.2, 0.8], [1], [[3], [4]], { eps: 0.01 });
    expect(gathered.linear).toBeCloseTo(3.8, 12);
  });

  it("takes costs that are all the same", () => {
    const result = sinkhorn([0.3, 0.7], null, [
      [2, 2],
      [2, 2],
    ]);
    expect(result.linear).toBeCloseTo(2, 14);
    expect(distance1(result.plan().dataSync(), [0.15, 0.15, 0.35, 0.35])).toBeLessThan(1e-14);
  });

  it("takes weights of any mass, and measures the error in units of it", () => {
    const C = [
      [5, 5],
      [2, 4],
      [4, 2],
    ];
    for (const mass of [1e-9, 12, 1e9]) {
      const result = sinkhorn([3 * mass, 4 * mass, 5 * mass], [6 * mass, 6 * mass], C, {
        eps: 0.5,
      });
      const unit = sinkhorn([0.25, 1 / 3, 5 / 12], null, C, { eps: 0.5 });
      expect(result.converged).toBe(true);
      expect(result.marginalError).toBeLessThan(12 * mass * 1e-9);
      expect(result.linear / (12 * mass)).toBeCloseTo(unit.linear, 8);
      // P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε) with the weights as they were given.
      const [f, g] = [result.f.dataSync(), result.g.dataSync()];
      const p = 3 * mass * 6 * mass * Math.exp(((f[0] as number) + (g[1] as number) - 5) / 0.5);
      expect(p / (result.plan().dataSync()[1] as number)).toBeCloseTo(1, 10);
    }
  });

  it("takes weights of very different size", () => {
    const result = sinkhorn(
      [1e-200, 1],
      [0.5, 0.5],
      [
        [0, 1],
        [1, 0],
      ],
      { eps: 0.01 },
    );
    expect(result.converged).toBe(true);
    expect(numbers(result).every(Number.isFinite)).toBe(true);
    expect(result.linear).toBeCloseTo(0.5, 9);
  });

  it.each([1e-6, 1e-9, 1e-300])("ends with finite numbers at eps = %d", (eps) => {
    const result = sinkhorn(null, null, costs, { eps, ...quiet });
    expect(numbers(result).every(Number.isFinite)).toBe(true);
    // The exact cost, to what entropy adds at most and to what a marginal error of 10⁻³ can.
    expect(result.linear).toBeCloseTo(0.26434, 2);
    if (eps < 1e-12) {
      expect(result.converged).toBe(false);
      expect(result.status).toContain("use emd");
      expect(result.eps).toBeGreaterThan(eps);
    }
  });

  it("says that a small error is that of a larger ε where the one asked for is out of reach", () => {
    const C = [
      [0, 1],
      [1, 0],
    ];
    const { converged, status } = sinkhorn(null, null, C, { eps: 1e-14, ...quiet });
    expect(converged).toBe(false);
    expect(status).toMatch(
      /^not converged at the eps asked for, but at a larger one: marginal error/,
    );
  });

  it("raises a tolerance that doubles cannot reach, and says so", () => {
    const result = sinkhorn(null, null, costs, { eps: 1e-6, tol: 1e-14, ...quiet });
    expect(result.status).toContain("tol raised to");
    expect(result.converged).toBe(true);
    expect(result.marginalError).toBeGreaterThan(1e-14);
  });

  it("leaves its limit of scaling by itself, or stays and fails if that is wanted", () => {
    const log = sinkhorn(null, null, costs, {
      eps: 1e-3,
      mode: "scaling",
      finish: false,
      ...quiet,
    });
    expect(log.status).toContain("log form instead");
    const far = costs.mul(1000).add(0);
    const options = { eps: 0.02, mode: "scaling", strict: true, finish: false, ...quiet } as const;
    const strict = sinkhorn(null, null, far, { ...options, maxIterations: 50 });
    expect(strict.status).not.toContain("instead");
    expect(numbers(strict).every(Number.isFinite)).toBe(true);
  });
});
