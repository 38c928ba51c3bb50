import { ArgumentError, random, type Tensor, tensor } from "@x/tensor";
import { expm } from "@x/tensor/linalg";
import { describe, expect, it } from "vitest";
import { heatKernel } from "../../src/heat-geodesic";
import { scaledBessel } from "../../src/heat-geodesic/bessel";

const data = (x: Tensor): Float64Array => x.dataSync() as Float64Array;
const worst = (x: Tensor, y: Tensor): number => x.sub(y).abs().max().item();

/** D − W of random weights, a third of them 0. */
function randomLaplacian(seed: number, n: number): Tensor {
  const u = random.uniform(random.key(seed), [n, n], { dtype: "f64" });
  const half = u.sub(1 / 3).maximum(0);
  const w = half
    .add(half.T)
    .mul(
      tensor(1).sub(
        tensor(
          Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j))),
        ),
      ),
    );
  const identity = tensor(
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j))),
    { dtype: "f64" },
  );
  return w.sum(1).mul(identity).sub(w);
}

describe("scaledBessel", () => {
  it("has the values of the tables", () => {
    // e^{−1} I_k(1) and e^{−10} I_k(10), Abramowitz & Stegun, tables 9.8 and 9.9.
    const one = scaledBessel(1, 4);
    [0.4657596075936404, 0.2079104153497085, 0.0499387768942235].forEach((v, k) => {
      expect(one[k]).toBeCloseTo(v, 14);
    });
    expect(scaledBessel(10, 2)[0]).toBeCloseTo(0.1278333371634286, 14);
    expect([...scaledBessel(0, 3)]).toEqual([1, 0, 0]);
  });

  it("sums to 1, both sides counted, for arguments from 10⁻³ to 10⁴", () => {
    for (const z of [1e-3, 0.3, 7, 150, 1e4]) {
      const all = scaledBessel(z, 60 + Math.ceil(9 * Math.sqrt(z) + 10));
      const sum = all.reduce((s, v, k) => s + (k === 0 ? v : 2 * v), 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });
});

describe("heatKernel", () => {
  it("is known in closed form on the complete graph of 4", () => {
    const L = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 3 : -1)));
    for (const method of ["exact", "chebyshev"] as const) {
      const H = data(heatKernel(L, 0.1, { method }));
      expect(H[0]).toBeCloseTo(0.7527400345, 10);
      expect(H[1]).toBeCloseTo(0.0824199885, 10);
    }
  });

  it("is the matrix exponential by every method, the series to 10⁻⁶ and better", () => {
    const L = randomLaplacian(1, 30);
    for (const t of [0.01, 0.3, 4]) {
      const expected = expm(L.mul(-t));
      expect(worst(heatKernel(L, t), expected)).toBeLessThan(1e-12);
      expect(worst(heatKernel(L, t, { method: "chebyshev" }), expected)).toBeLessThan(1e-10);
    }
    // With L's eigenvalues up to 20 or so and t = 0.3, 30 terms are plenty.
    const short = heatKernel(L, 0.3, { method: "chebyshev", order: 30 });
    expect(worst(short, expm(L.mul(-0.3)))).toBeLessThan(1e-6);
  });

  it("keeps the digits of entries far below rounding errors of the large ones", () => {
    // On a path of n vertices H_ij = e^{−2t} Σ I(2t), mirrored at the ends; far from them one term is left.
    const n = 60;
    const L = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) =>
        i === j ? (i === 0 || i === n - 1 ? 1 : 2) : Math.abs(i - j) === 1 ? -1 : 0,
      ),
    );
    const H = heatKernel(L, 0.5);
    const bessel = scaledBessel(1, 31);
    for (const steps of [5, 12, 20, 24]) {
      const expected = bessel[steps] as number;
      expect(H.at(18, 18 + steps).item() / expected).toBeCloseTo(1, 10);
    }
    expect(bessel[24]).toBeLessThan(1e-30);
    // No Laplacian of a graph: by eigenvalues.
    const mixed = [
      [2, 1, 0],
      [1, 2, -1],
      [0, -1, 1],
    ];
    const expected = expm(tensor(mixed, { dtype: "f64" }).mul(-0.7)).maximum(0);
    expect(worst(heatKernel(mixed, 0.7), expected)).toBeLessThan(1e-13);
  });

  it("comes nearer by implicit Euler steps in proportion to their length", () => {
    const L = randomLaplacian(2, 20);
    const expected = heatKernel(L, 0.2);
    const error = (steps: number) =>
      worst(heatKernel(L, 0.2, { method: "euler", steps }), expected);
    expect(error(200) / error(400)).toBeCloseTo(2, 1);
  });

  it("keeps heat: rows sum to 1, no entry is negative, and it is symmetric", () => {
    const L = randomLaplacian(3, 25);
    for (const method of ["exact", "chebyshev", "euler"] as const) {
      const H = heatKernel(L, 1.5, { method });
      expect(worst(H.sum(1), tensor(new Float64Array(25).fill(1)))).toBeLessThan(1e-10);
      expect(H.min().item()).toBeGreaterThanOrEqual(0);
      expect(worst(H, H.T)).toBeLessThan(1e-12);
    }
  });

  it("refuses other shapes, times and counts", () => {
    expect(() => heatKernel([[1, 2]], 1)).toThrow(ArgumentError);
    expect(() => heatKernel([[0]], 0)).toThrow("expected a time t > 0; got 0");
    expect(() => heatKernel([[0]], 1, { order: 0 })).toThrow("positive integer order; got 0");
  });
});
