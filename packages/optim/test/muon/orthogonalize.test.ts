import {
  ArgumentError,
  eye,
  jit,
  lower,
  random,
  ShapeError,
  stack,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "@x/tensor";
import { svd } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, it } from "vitest";
import { cansCubicCoeffs } from "../../src/muon/cans";
import { resolveCoefficients } from "../../src/muon/muon-coefficients";
import { oddPolynomialAt } from "../../src/muon/odd-polynomial";
import { type OrthogonalizeOptions, orthogonalize } from "../../src/muon/orthogonalize";

const f64 = { dtype: "f64" } as const;
const gaussian = (seed: number, shape: number[]): Tensor =>
  random.normal(random.key(seed), shape, f64);

/** UVᵀ by the singular value decomposition. */
function polarFactor(g: Tensor): Tensor {
  const { u, vt } = svd(g);
  return u.matmul(vt);
}

describe("orthogonalize", () => {
  it("takes single singular values through the quintic of Jordan", () => {
    const iterates: Record<number, number[]> = {
      1: [0.701, 1.11362, 0.720706, 1.089974, 0.696436],
      0.5: [1.188859, 0.896196, 0.824367, 0.93789, 0.765439],
      0.1: [0.339695, 0.992097, 0.70708, 1.106565, 0.71212],
      0.01: [0.03444, 0.118434, 0.400062, 1.09309, 0.698917],
    };
    for (const [start, values] of Object.entries(iterates)) {
      const polynomials = resolveCoefficients("test", "jordan", 5);
      let s = Number(start);
      for (const [i, value] of values.entries()) {
        s = oddPolynomialAt(polynomials[i] as (typeof polynomials)[number], s);
        expect(s).toBeCloseTo(value, 6);
      }
    }
  });

  it("ends in the known bands after five steps of Jordan", () => {
    const polynomials = resolveCoefficients("test", "jordan", 5);
    const image = (s: number): number => polynomials.reduce((x, p) => oddPolynomialAt(p, x), s);
    const grid = (low: number): number[] =>
      Array.from({ length: 100_001 }, (_, i) => image(low ** (1 - i / 1e5)));
    expect(Math.min(...grid(0.01))).toBeCloseTo(0.68183, 4);
    expect(Math.max(...grid(0.01))).toBeCloseTo(1.13436, 4);
    expect(Math.min(...grid(0.003))).toBeCloseTo(0.68183, 4);
    expect(Math.max(...grid(0.003))).toBeCloseTo(1.20237, 4);
  });

  it("gives the computed results of five steps on small matrices", () => {
    // Printed to eight digits from a norm with eps unscaled; here eps is relative to the largest entry, at most 6
    // times as much on matrices whose norm is at least 3.6: 2e-7 before the steps, which do not amplify it by more than 2.
    const close = { absolute: 4e-7, relative: 0 };
    assertClose(
      orthogonalize(
        tensor(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          f64,
        ),
      ),
      [
        [-0.56829011, 0.05774194, 0.683774],
        [0.5633547, 0.40561283, 0.24787096],
      ],
      close,
    );
    assertClose(
      orthogonalize(
        tensor(
          [
            [4, 0],
            [0, 3],
          ],
          f64,
        ),
      ),
      [
        [1.1192039, 0],
        [0, 0.72287613],
      ],
      close,
    );
    assertClose(
      orthogonalize(
        tensor(
          [
            [3, 1],
            [1, 2],
          ],
          f64,
        ),
      ),
      [
        [0.82965303, -0.14278011],
        [-0.14278011, 0.97243314],
      ],
      close,
    );
  });

  it("converges to the polar factor with cubic and Padé coefficients", () => {
    const known = [
      [-0.57779183, 0.1151167, 0.80802522],
      [0.70674602, 0.56575744, 0.42476886],
    ];
    for (const [coeffs, nsSteps] of [
      ["cubic", 40],
      ["pade", 25],
    ] as const) {
      const o = orthogonalize(
        tensor(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          f64,
        ),
        { coeffs, nsSteps },
      );
      assertClose(o, known, { absolute: 1e-8, relative: 0 });
      // Quadratic convergence ends at rounding.
      const g = gaussian(1, [6, 4]);
      const q = orthogonalize(g, { coeffs, nsSteps });
      assertClose(q.T.matmul(q), eye(4, f64), { absolute: 1e-10, relative: 0 });
      assertClose(q, polarFactor(g), { absolute: 1e-10, relative: 0 });
    }
  });

  it("maps singular values and keeps singular vectors for every schedule", () => {
    const g = gaussian(2, [5, 8]);
    const { u, s, vt } = svd(g);
    const norm = Math.hypot(...(s.toArray() as number[]));
    const own = [
      [2, -1.5, 0.5],
      [1.5, -0.5, 0],
    ];
    for (const coeffs of ["jordan", "polarExpress", "modded5", "cubic", "pade", own] as const) {
      const polynomials = resolveCoefficients("test", coeffs, 5);
      const image = (s.toArray() as number[]).map((x) =>
        polynomials.reduce((y, p) => oddPolynomialAt(p, y), x / norm),
      );
      const expected = u.mul(tensor(image, f64)).matmul(vt);
      // Rounding of f64, amplified by steep polynomials.
      assertClose(orthogonalize(g, { coeffs, eps: 0 }), expected, { absolute: 1e-11, relative: 0 });
    }
  });

  it("commutes with transposition and with orthogonal factors, and ignores scale", () => {
    const g = gaussian(3, [4, 7]);
    const p = random.orthogonal(random.key(4), 4, 4, f64);
    const q = random.orthogonal(random.key(5), 7, 7, f64);
    const o = orthogonalize(g, { eps: 0 });
    const close = { absolute: 1e-11, relative: 0 };
    assertClose(orthogonalize(g.T, { eps: 0 }), o.T, close);
    assertClose(orthogonalize(p.matmul(g).matmul(q), { eps: 0 }), p.matmul(o).matmul(q), close);
    for (const c of [1e-200, 1e-9, 1e9, 1e200]) {
      assertClose(orthogonalize(g.mul(c), { eps: 0 }), o, close);
    }
  });

  it("neither overflows nor vanishes in f32", () => {
    const g = gaussian(6, [3, 5]).cast("f32");
    const o = orthogonalize(g);
    for (const c of [1e-30, 1e30]) {
      // Scaling itself rounds; five steep steps amplify it.
      assertClose(orthogonalize(g.mul(c)), o, { absolute: 1e-4, relative: 0 });
    }
  });

  it("needs no more than f32", () => {
    const g = gaussian(7, [64, 128]);
    const difference = orthogonalize(g)
      .sub(orthogonalize(g.cast("f32")))
      .abs()
      .max()
      .item();
    expect(difference).toBeLessThan(3e-6);
  });

  it("returns zeros for zeros and takes empty matrices", () => {
    for (const normalize of ["frobenius", "schatten4", "schatten8", "aol"] as const) {
      for (const eps of [0, 1e-7]) {
        const o = orthogonalize(zeros([2, 3]), { normalize, eps });
        expect(o.toArray()).toEqual([
          [0, 0, 0],
          [0, 0, 0],
        ]);
      }
      expect(orthogonalize(zeros([0, 3]), { normalize }).shape).toEqual([0, 3]);
    }
  });

  it("treats leading axes as a batch", () => {
    const g = gaussian(8, [2, 3, 4, 5]);
    const o = orthogonalize(g);
    const looped = stack([0, 1].map((i) => stack([0, 1, 2].map((j) => orthogonalize(g.at(i, j))))));
    assertClose(o, looped, { absolute: 1e-14, relative: 0 });
    assertClose(vmap(vmap((x: Tensor) => orthogonalize(x)))(g), o, {
      absolute: 1e-14,
      relative: 0,
    });
    assertClose(jit((x: Tensor) => orthogonalize(x))(g), o, { absolute: 1e-14, relative: 0 });
  });

  it("comes closer to 1 with the tighter norms", () => {
    const g = gaussian(9, [30, 40]);
    const worst = (options: OrthogonalizeOptions): number => {
      const o = orthogonalize(g, { coeffs: "pade", nsSteps: 5, ...options });
      return o.matmul(o.T).sub(eye(30, f64)).abs().max().item();
    };
    const frobenius = worst({});
    const schatten4 = worst({ normalize: "schatten4" });
    const schatten8 = worst({ normalize: "schatten8" });
    expect(schatten4).toBeLessThan(frobenius);
    expect(schatten8).toBeLessThan(schatten4);
    // Row scaling ends at an orthogonal matrix, too.
    expect(worst({ normalize: "aol", nsSteps: 25 })).toBeLessThan(1e-10);
  });

  it("never divides by less than the largest singular value", () => {
    for (let seed = 10; seed < 20; seed++) {
      const g = gaussian(seed, [4, 9]);
      for (const normalize of ["frobenius", "schatten4", "schatten8", "aol"] as const) {
        const x = orthogonalize(g, { normalize, nsSteps: 1, coeffs: [[1, 0, 0]] });
        const { s } = svd(x);
        expect(s.max().item()).toBeLessThanOrEqual(1 + 1e-12);
      }
    }
  });

  it("scales the same whichever side is shorter, and forms the Gram matrix of the first step once", () => {
    const g = gaussian(22, [4, 9]);
    for (const [normalize, products] of [
      ["frobenius", 6],
      ["schatten4", 6],
      ["aol", 6],
      ["schatten8", 7],
    ] as const) {
      const run = (x: Tensor): Tensor => orthogonalize(x, { normalize, nsSteps: 2, eps: 0 });
      assertClose(run(g.T), run(g).T, { absolute: 1e-12, relative: 0 });
      expect(lower(run)(g).match(/cpu {2}dot/g)).toHaveLength(products);
    }
    // The first polynomial by hand, after scaling by hand.
    const square = g.matmul(g.T);
    const scaled: Record<string, Tensor> = {
      schatten4: g.div(square.norm().sqrt()),
      schatten8: g.div(square.matmul(square).norm().sqrt().sqrt()),
      aol: g.div(square.abs().sum(1, { keepDims: true }).sqrt()),
    };
    for (const [normalize, x] of Object.entries(scaled)) {
      const options = {
        normalize: normalize as "aol",
        nsSteps: 1,
        coeffs: "cubic",
        eps: 0,
      } as const;
      const expected = x.mul(1.5).sub(x.matmul(x.T).matmul(x).mul(0.5));
      assertClose(orthogonalize(g, options), expected);
    }
  });

  it("takes the cubics of CANS and leaves the square of the Gram matrix out", () => {
    const g = gaussian(21, [5, 9]);
    const { coeffs } = cansCubicCoeffs({ lower: 0.05, steps: 8 });
    const o = orthogonalize(g, { coeffs, nsSteps: 8, normalize: "schatten8" });
    assertClose(o, polarFactor(g), { absolute: 1e-6, relative: 0 });
  });

  it("says what is wrong with shapes, coefficients and steps", () => {
    expect(() => orthogonalize(tensor([1, 2]))).toThrow(ShapeError);
    expect(() => orthogonalize(tensor([1, 2]))).toThrow(
      "orthogonalize: expected a matrix or a stack of matrices [..., m, n]; got shape [2]; reshape it",
    );
    const g = eye(2);
    expect(() => orthogonalize(g, { nsSteps: 0 })).toThrow(ArgumentError);
    expect(() => orthogonalize(g, { nsSteps: 101 })).toThrow(
      "orthogonalize: expected nsSteps, an integer from 1 to 100; got 101",
    );
    expect(() => orthogonalize(g, { coeffs: [[1, 2]] })).toThrow(
      "orthogonalize: expected coeffs with rows of three finite numbers (a, b, c); got row 0 = [1, 2]",
    );
    expect(() => orthogonalize(g, { coeffs: [] })).toThrow("got no row");
    expect(() => orthogonalize(g, { coeffs: "newton" as "cubic" })).toThrow('got "newton"');
  });
});
