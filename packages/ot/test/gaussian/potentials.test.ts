import { tensor } from "@x/tensor";
import { normal, rng } from "@x/tensor/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussianMap } from "../../src/gaussian";
import { gaussianPotentials } from "../../src/gaussian/potentials";
import { type Matrix, readMatrix } from "../../src/internal/read";

const points = (rows: readonly (readonly number[])[]): Matrix =>
  readMatrix("test", "X", rows as number[][]);
const uniform = (n: number): Float64Array => new Float64Array(n).fill(1 / n);
const row = ({ data, columns: d }: Matrix, i: number): Float64Array =>
  data.subarray(i * d, (i + 1) * d);
const squared = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, v, k) => sum + (v - (y[k] as number)) ** 2, 0);

const coordinate = fc.double({ min: -10, max: 10, noNaN: true });
const cloud = (d: number) =>
  fc.array(fc.array(coordinate, { minLength: d, maxLength: d }), { minLength: 1, maxLength: 6 });

describe("gaussianPotentials", () => {
  it("are feasible without entropy: f + g ≤ c between all points", () => {
    const clouds = fc.integer({ min: 1, max: 3 }).chain((d) => fc.tuple(cloud(d), cloud(d)));
    fc.assert(
      fc.property(clouds, ([X, Y]) => {
        const [x, y] = [points(X), points(Y)];
        const { f, g } = gaussianPotentials(x, y, uniform(x.rows), uniform(y.rows), 0);
        for (let i = 0; i < x.rows; i++)
          for (let j = 0; j < y.rows; j++) {
            // Squares of coordinates are at most 1200; the inverse of T has 1e-16 times its condition, at most 1e9.
            const excess = (f[i] as number) + (g[j] as number) - squared(row(x, i), row(y, j));
            expect(excess).toBeLessThan(1e-3);
          }
      }),
      { numRuns: 60 },
    );
  });

  it("are tight without entropy where the optimal map goes: f(x) + g(Tx) = ‖x − Tx‖²", () => {
    // Corners of a parallelogram have these moments, and their images by the map are in the second cloud.
    const [S0, S1] = [
      [
        [2, 0.5],
        [0.5, 1],
      ],
      [
        [1, -0.3],
        [-0.3, 3],
      ],
    ];
    const map = gaussianMap([1, 2], S0, [-3, 0.5], S1);
    const [l11, l21] = [Math.sqrt(2), 0.5 / Math.sqrt(2)];
    const l22 = Math.sqrt(1 - l21 * l21);
    const x = points(
      [
        [1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ].map(([s, t]) => [1 + l11 * (s as number), 2 + l21 * (s as number) + l22 * (t as number)]),
    );
    const y = readMatrix("test", "Y", map.apply(tensor(x.data, { shape: [4, 2] })));
    const { f, g } = gaussianPotentials(x, y, uniform(4), uniform(4), 0);
    for (let i = 0; i < 4; i++) {
      // The ridge of 1e-9 of the spread moves T by about as much.
      const gap = (f[i] as number) + (g[i] as number) - squared(row(x, i), row(y, i));
      expect(Math.abs(gap)).toBeLessThan(1e-6);
    }
  });

  it("solve the entropic problem of Gaussians: a Sinkhorn update leaves them alone", () => {
    // On the line, the integral over y by the trapezium rule, whose error falls faster than any power.
    const [s0, s1, eps, m] = [1, 1.5, 0.7, 401];
    const grid = Float64Array.from({ length: m }, (_, j) => -13 + j * 0.07);
    const density = (t: number, mean: number, s: number): number =>
      Math.exp(-((t - mean) ** 2) / (2 * s * s));
    const clouds = [points(Array.from(grid, (t) => [t])), points(Array.from(grid, (t) => [t]))];
    const [x, y] = clouds as [Matrix, Matrix];
    const [a, b] = [grid.map((t) => density(t, 0, s0)), grid.map((t) => density(t, 1, s1))];
    const { f, g } = gaussianPotentials(x, y, a, b, eps);
    const update = (i: number): number => {
      let sum = 0;
      for (let j = 0; j < m; j++)
        sum +=
          (b[j] as number) *
          Math.exp(((g[j] as number) - ((grid[i] as number) - (grid[j] as number)) ** 2) / eps);
      return -eps * Math.log(sum);
    };
    const at = (t: number): number => Math.round((t + 13) / 0.07);
    const constant = update(at(0)) - (f[at(0)] as number);
    for (const t of [-2, -1, 0.5, 1, 2])
      expect(update(at(t)) - (f[at(t)] as number)).toBeCloseTo(constant, 6);
  });

  it("are finite for clouds in a plane, single points and coordinates of any size", () => {
    const flat = points([
      [1, 2, 0],
      [3, 4, 0],
      [0, 1, 0],
    ]);
    const single = points([[5, 5, 5]]);
    const r = rng(1);
    const wide = readMatrix("test", "X", normal(r.next(), [4, 3], { dtype: "f64" }).mul(1e150));
    for (const x of [flat, single, wide])
      for (const y of [flat, single, wide])
        for (const eps of [0, 1e300]) {
          const { f, g } = gaussianPotentials(x, y, uniform(x.rows), uniform(y.rows), eps);
          expect([...f, ...g].every(Number.isFinite)).toBe(true);
        }
  });

  it("do not see points without mass", () => {
    const [X, Y] = [points([[0], [1], [900]]), points([[2], [4]])];
    const { f } = gaussianPotentials(X, Y, new Float64Array([1, 1, 0]), uniform(2), 0);
    const without = gaussianPotentials(points([[0], [1]]), Y, uniform(2), uniform(2), 0);
    expect(f.subarray(0, 2)).toEqual(without.f);
  });
});
