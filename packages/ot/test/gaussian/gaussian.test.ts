import { type Tensor, tensor } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buresBarycenter, buresW2, empiricalGaussianMap, gaussianMap } from "../../src/gaussian";

const f64 = (x: number[] | number[][]): Tensor => tensor(x, { dtype: "f64" });
const zero = [0, 0];
const S1 = [
  [2, 0.5],
  [0.5, 1],
];
const S2 = [
  [1, -0.3],
  [-0.3, 3],
];

/** Covariances B Bᵀ + I/10 with entries of B in [−2, 2]: eigenvalues between 0.1 and 12.1 or so. */
const covariance = (d: number): fc.Arbitrary<number[][]> =>
  fc
    .array(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: d, maxLength: d }), {
      minLength: d,
      maxLength: d,
    })
    .map((b) => {
      const B = f64(b.map((row) => row.map((v) => v / 10)));
      const S = B.matmul(B.transpose()).toArray() as number[][];
      return S.map((row, i) => row.map((v, j) => (i === j ? v + 0.1 : v)));
    });

describe("buresW2", () => {
  it("is the reference value of the card's pair, and the map has its matrix", () => {
    expect(buresW2(zero, S1, zero, S2).item()).toBeCloseTo(0.9293118549677768, 12);
    assertClose(
      gaussianMap(zero, S1, zero, S2).A,
      [
        [0.754286211957, -0.311252717534],
        [-0.311252717534, 1.838024366136],
      ],
      { absolute: 1e-11 },
    );
  });

  it("is Σ(√λ1 − √λ2)² plus the squared shift for matrices that commute", () => {
    const value = buresW2(
      [1, 2, 3],
      [
        [4, 0, 0],
        [0, 9, 0],
        [0, 0, 0],
      ],
      [1, 0, 3],
      [
        [1, 0, 0],
        [0, 25, 0],
        [0, 0, 16],
      ],
    );
    expect(value.item()).toBeCloseTo(4 + 1 + 4 + 16, 12);
  });

  it("is symmetric, zero at equality and a square of a metric", () => {
    fc.assert(
      fc.property(covariance(3), covariance(3), covariance(3), (A, B, C) => {
        const m = [0, 0, 0];
        const distance = (x: number[][], y: number[][]): number =>
          Math.sqrt(Math.max(0, buresW2(m, x, m, y).item()));
        // Differences of traces up to 40 lose some 10⁻¹², of which a root is taken.
        const rounding = 1e-5;
        expect(distance(A, A)).toBeLessThan(rounding);
        expect(Math.abs(distance(A, B) - distance(B, A))).toBeLessThan(rounding);
        expect(distance(A, C)).toBeLessThan(distance(A, B) + distance(B, C) + rounding);
      }),
      { numRuns: 25 },
    );
  });

  it("has derivatives, also where eigenvalues coincide", () => {
    checkGradients(
      (m: Tensor, B: Tensor) => {
        const S = B.matmul(B.transpose());
        return buresW2(m, S, f64(zero), f64(S2));
      },
      [
        f64([0.3, -0.2]),
        f64([
          [1, 0],
          [0, 1],
        ]),
      ],
    );
  });

  it("refuses what is no covariance", () => {
    expect(() =>
      buresW2(
        zero,
        [
          [1, 2],
          [0, 1],
        ],
        zero,
        S2,
      ),
    ).toThrow(/symmetric covariance S1/);
    expect(() =>
      buresW2(zero, S1, zero, [
        [1, 2],
        [2, 1],
      ]),
    ).toThrow(/negative eigenvalues; the least is -(1|0\.9999)/);
    expect(() => buresW2(zero, S1, [1], S2)).toThrow(/mean m2 with shape \[2\]/);
    expect(() =>
      buresW2(
        zero,
        [
          [Number.NaN, 0],
          [0, 1],
        ],
        zero,
        S2,
      ),
    ).toThrow(/finite numbers in S1/);
  });
});

describe("gaussianMap", () => {
  it("carries one covariance to the other, A S1 Aᵀ = S2", () => {
    fc.assert(
      fc.property(covariance(3), covariance(3), (A, B) => {
        const map = gaussianMap([1, 2, 3], A, [0, 0, 1], B).A;
        // Eigenvalues reach from 0.1 to 13, so roots and their inverses lose three digits.
        assertClose(map.matmul(f64(A)).matmul(map), B, { absolute: 1e-9 });
      }),
      { numRuns: 25 },
    );
  });

  it("refuses a singular first covariance", () => {
    expect(() =>
      gaussianMap(
        zero,
        [
          [1, 1],
          [1, 1],
        ],
        zero,
        S2,
      ),
    ).toThrow(/positive definite S1/);
  });
});

describe("empiricalGaussianMap", () => {
  it("matches means and covariances of weighted clouds", () => {
    const X = [
      [0, 1],
      [2, 0],
      [1, 3],
      [4, 1],
    ];
    const Y = [
      [5, 5],
      [6, 9],
      [8, 4],
    ];
    const [a, b] = [
      [0.1, 0.2, 0.3, 0.4],
      [0.5, 0.25, 0.25],
    ];
    const moved = empiricalGaussianMap(X, Y, { a, b, reg: 0 }).apply(X);
    const moments = (points: Tensor, w: number[]) => {
      const weights = f64(w).expandDims(-1);
      const mean = points.mul(weights).sum(0);
      const centred = points.sub(mean);
      return { mean, covariance: centred.mul(weights).transpose().matmul(centred) };
    };
    const [got, wanted] = [moments(moved, a), moments(f64(Y), b)];
    assertClose(got.mean, wanted.mean, { absolute: 1e-12 });
    assertClose(got.covariance, wanted.covariance, { absolute: 1e-12 });
  });

  it("refuses clouds of different dimensions and a negative reg", () => {
    expect(() => empiricalGaussianMap([[1, 2]], [[1]])).toThrow(/got X in 2, Y in 1/);
    expect(() => empiricalGaussianMap([[1]], [[1]], { reg: -1 })).toThrow(/reg ≥ 0; got -1/);
  });
});

describe("buresBarycenter", () => {
  it("averages means and, in one dimension, standard deviations", () => {
    const { mean, covariance, converged } = buresBarycenter([[0], [4]], [[[1]], [[25]]], {
      weights: [3, 1],
    });
    expect(converged).toBe(true);
    expect(mean.item()).toBeCloseTo(1, 14);
    expect(covariance.item()).toBeCloseTo(4, 12);
  });

  it("is the first measure if that has all the weight", () => {
    const { covariance } = buresBarycenter([zero, zero], [S1, S2], { weights: [1, 0] });
    assertClose(covariance, S1, { absolute: 1e-12 });
  });

  it("is where the mean of the maps to the measures is the identity", () => {
    const means = [zero, zero, zero];
    const S = [
      S1,
      S2,
      [
        [0.5, 0.2],
        [0.2, 0.4],
      ],
    ];
    const { covariance } = buresBarycenter(means, S, { tol: 1e-13 });
    const maps = S.map((s) => gaussianMap(zero, covariance, zero, s).A);
    const mean = maps.reduce((x, y) => x.add(y)).div(3);
    assertClose(
      mean,
      [
        [1, 0],
        [0, 1],
      ],
      { absolute: 1e-9 },
    );
  });

  it("refuses lists that do not fit and covariances that are all singular", () => {
    expect(() => buresBarycenter([zero], [])).toThrow(/as many means as covariances/);
    expect(() =>
      buresBarycenter(
        [zero],
        [
          [
            [1, 1],
            [1, 1],
          ],
        ],
      ),
    ).toThrow(/positive definite/);
  });
});
