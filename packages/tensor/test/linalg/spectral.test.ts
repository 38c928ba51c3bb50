import fc from "fast-check";
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { ArgumentError, eye, grad, jit, type Tensor, tensor, vmap } from "../../src/index";
import { eigh, eigvals, eigvalsh, expm, svd, svdvals, symmetricFunction } from "../../src/linalg";
import { checkGradients } from "../../src/testing";
import {
  expectOrthonormal,
  expectSame,
  expectSmall,
  hilbert,
  lengths,
  randomMatrix,
  randomSymmetric,
  runs,
  seeds,
  turned,
} from "./support";

/** −1 on the neighbours of a diagonal of 2: eigenvalues 2 − 2 cos(kπ / (n + 1)). */
const chainMatrix = (n: number): Tensor =>
  eye(n, n, { dtype: "f64" })
    .mul(2)
    .sub(eye(n, n, { dtype: "f64" }).roll(1, 0).mul(upperPart(n)))
    .sub(turned(eye(n, n, { dtype: "f64" }).roll(1, 0).mul(upperPart(n))));

/** 0 in the first row, 1 below: keeps what rolling brings in at the top out. */
const upperPart = (n: number): Tensor =>
  tensor(
    Float64Array.from({ length: n }, (_, i) => Number(i > 0)),
    { shape: [n, 1] },
  );

const diagonalMatrix = (values: readonly number[]): Tensor =>
  eye(values.length, values.length, { dtype: "f64" }).mul(tensor(values, { dtype: "f64" }));

const rebuilt = ({ values, vectors }: { values: Tensor; vectors: Tensor }): Tensor =>
  vectors.mul(values.expandDims(-2)).matmul(turned(vectors));

describe("eigh", () => {
  it("gives orthonormal vectors and ascending values whose product is the matrix", () => {
    fc.assert(
      fc.property(lengths, seeds, (n, seed) => {
        const a = randomSymmetric([n, n], seed);
        const eigen = eigh(a);
        expectOrthonormal(eigen.vectors);
        expectSame(rebuilt(eigen), a);
        expect(eigen.values.sort().toArray()).toEqual(eigen.values.toArray());
        expectSmall(eigvalsh(a).sub(eigen.values), 1e-12);
      }),
      runs,
    );
  });

  it("knows the eigenvalues of a chain", () => {
    const n = 40;
    const expected = Array.from(
      { length: n },
      (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)),
    );
    expectSmall(eigvalsh(chainMatrix(n)).sub(tensor(expected, { dtype: "f64" })), 1e-14);
  });

  it("agrees with another implementation", () => {
    const a = randomSymmetric([20, 20], 9);
    const other = new EigenvalueDecomposition(new Matrix(a.toArray() as number[][]));
    const expected = [...other.realEigenvalues].sort((x, y) => x - y);
    expectSmall(eigvalsh(a).sub(tensor(expected, { dtype: "f64" })), 1e-13);
  });

  it("separates equal values and elements of any size", () => {
    const q = eigh(randomSymmetric([6, 6], 1)).vectors;
    for (const values of [
      [1, 1, 1, 1, 1, 1],
      [0, 0, 0, 0, 0, 0],
      [-1, -1, 0, 0, 2, 2],
      [1e-12, 1e-6, 1, 1e6, 1e6, 1e9],
    ]) {
      const a = q.mul(tensor(values, { dtype: "f64" })).matmul(q.T);
      const eigen = eigh(a);
      expectOrthonormal(eigen.vectors);
      expectSame(rebuilt(eigen), a.add(a.T).mul(0.5));
    }
    for (const scale of [1e300, 1e-300, 1e-310]) {
      const a = randomSymmetric([5, 5], 2).mul(scale);
      // Subnormal elements have lost digits of their own.
      expectSmall(rebuilt(eigh(a)).sub(a), 1e-13 * scale + 1e-322);
    }
  });

  it("keeps the dtype and takes the symmetric part", () => {
    const a = randomMatrix([4, 4], 3, "f32");
    const { values } = eigh(a);
    expect(values.dtype).toBe("f32");
    expect(values.toArray()).toEqual(eigvalsh(a.add(a.T).mul(0.5)).toArray());
  });

  it("has the derivatives of finite differences, twice, in values and in functions of the vectors", () => {
    const a = randomSymmetric([4, 4], 5);
    checkGradients(eigvalsh, [a], { order: 2 });
    // Signs of vectors are arbitrary: their squares and projections are not.
    checkGradients((x: Tensor) => eigh(x).vectors.square(), [a], { order: 2 });
    const exponential = (x: Tensor): Tensor => {
      const { values, vectors } = eigh(x);
      return vectors.mul(values.exp()).matmul(vectors.T);
    };
    checkGradients(exponential, [a], { order: 2 });
    checkGradients(eigvalsh, [randomSymmetric([2, 3, 3], 6)]);
  });

  it("gives right gradients at equal eigenvalues to what their turns do not change", () => {
    const a = eigh(randomSymmetric([3, 3], 1)).vectors;
    const twice = a.mul(tensor([1, 1, 4], { dtype: "f64" })).matmul(a.T);
    const m = randomSymmetric([3, 3], 7);
    // The projection on the space of the two equal values, and a sum over values.
    const projection = (x: Tensor): Tensor => {
      const basis = eigh(x).vectors.take([0, 1], 1);
      return m.mul(basis.matmul(basis.T)).sum();
    };
    checkGradients(projection, [twice]);
    checkGradients((x: Tensor) => eigh(x).values.exp().sum(), [twice]);
  });

  it("does for a batch what it does for each", () => {
    const a = randomSymmetric([3, 4, 4], 8);
    const { values, vectors } = jit(vmap(eigh))(a);
    for (let i = 0; i < 3; i++) {
      expect(values.at(i).toArray()).toEqual(eigh(a.at(i)).values.toArray());
      expect(vectors.at(i).toArray()).toEqual(eigh(a.at(i)).vectors.toArray());
    }
  });

  it("refuses NaN and infinity by their place", () => {
    expect(() =>
      eigh([
        [1, 2],
        [2, Number.NaN],
      ]),
    ).toThrow(ArgumentError);
    expect(() =>
      eigh([
        [1, 2],
        [2, Number.NaN],
      ]),
    ).toThrow("eigh: expected finite elements; got NaN in row 1, column 1");
    expect(() => eigvalsh(tensor([eye(2), eye(2).mul(Infinity)]))).toThrow(
      "eigvalsh: expected finite elements; got Infinity in row 0, column 0 in matrix 1 of the batch",
    );
  });
});

describe("symmetricFunction", () => {
  const root = (a: Tensor): Tensor => symmetricFunction(a, (x) => x.sqrt());
  const definite = (seed: number): Tensor => {
    const a = randomMatrix([4, 4], seed);
    return a.matmul(a.T).add(eye(4, 4, { dtype: "f64" }));
  };

  it("gives roots that square to the matrix, and the exponential", () => {
    const a = definite(1);
    expectSame(root(a).matmul(root(a)), a, 50);
    const b = randomSymmetric([2, 5, 5], 2).mul(0.3);
    expectSame(
      symmetricFunction(b, (x) => x.exp()),
      expm(b),
      50,
    );
    expect(root(eye(0)).shape).toEqual([0, 0]);
  });

  it("has the derivatives of finite differences, twice where eigenvalues differ", () => {
    checkGradients(root, [definite(3)], { order: 2 });
    checkGradients((a: Tensor) => symmetricFunction(a, (x) => x.log()), [definite(4)], {
      order: 2,
    });
    checkGradients(root, [definite(5).broadcastTo([2, 4, 4])]);
  });

  it("has right derivatives where eigenvalues are equal, nearly equal, or near 0", () => {
    const q = eigh(randomSymmetric([4, 4], 6)).vectors;
    for (const values of [
      [1, 1, 1, 1],
      [1, 1, 3, 3],
      [1, 1 + 1e-9, 2, 2 + 1e-4],
      [2, 2.1, 2.2, 40],
    ]) {
      const a = q.mul(tensor(values, { dtype: "f64" })).matmul(q.T);
      checkGradients(root, [a]);
      checkGradients((x: Tensor) => symmetricFunction(x, (v) => v.reciprocal()), [a]);
    }
    const tiny = q.mul(tensor([0, 1e-12, -1e-9, 1], { dtype: "f64" })).matmul(q.T);
    const exponential = (x: Tensor): Tensor => symmetricFunction(x, (v) => v.exp());
    checkGradients(exponential, [tiny]);
    // Against the series, to rounding: differences of e^x at 1e-9 would have lost seven digits.
    const m = randomSymmetric([4, 4], 7);
    const g = grad((x: Tensor) => m.mul(exponential(x)).sum())(tiny);
    const exact = grad((x: Tensor) => m.mul(expm(x.add(x.T).mul(0.5))).sum())(tiny);
    expectSmall(g.sub(exact), 1e-13);
  });

  it("does in jit and for a batch what it does for each", () => {
    const a = definite(8)
      .expandDims(0)
      .mul(tensor([[[1]], [[2]], [[3]]], { dtype: "f64" }));
    const each = root(a);
    expect(jit(root)(a).toArray()).toEqual(each.toArray());
    expect(vmap(root)(a).toArray()).toEqual(each.toArray());
    expect(jit(vmap(root))(a).toArray()).toEqual(each.toArray());
    const slope = jit(vmap(grad((x: Tensor) => root(x).square().sum())))(a);
    // tr(√A √A) = tr A
    expectSmall(slope.sub(eye(4, 4, { dtype: "f64" })), 1e-12);
  });
});

describe("svd", () => {
  it("gives orthonormal vectors and falling values whose product is the matrix", () => {
    fc.assert(
      fc.property(lengths, lengths, fc.boolean(), seeds, (m, n, fullMatrices, seed) => {
        const a = randomMatrix([m, n], seed);
        const { u, s, vt } = svd(a, { fullMatrices });
        const k = Math.min(m, n);
        expect(u.shape).toEqual([m, fullMatrices ? m : k]);
        expect(vt.shape).toEqual([fullMatrices ? n : k, n]);
        expectOrthonormal(u);
        expectOrthonormal(vt.T);
        const part = (x: Tensor, axis: number): Tensor =>
          x.take(Array.from({ length: k }, (_, i) => i) as number[], axis);
        const [left, right] = k === 0 ? [u, vt] : [part(u, 1), part(vt, 0)];
        if (k > 0) expectSame(left.mul(s).matmul(right), a);
        expect(s.sort(-1, { descending: true }).toArray()).toEqual(s.toArray());
        if (k > 0) expect(s.min().item()).toBeGreaterThanOrEqual(0);
        expectSmall(svdvals(a).sub(s), 1e-12);
      }),
      runs,
    );
  });

  it("agrees with another implementation on Hilbert's matrix", () => {
    const a = hilbert(10);
    const other = new SingularValueDecomposition(new Matrix(a.toArray() as number[][]));
    // Both are within a few ε of the largest value, 1.75.
    expectSmall(svdvals(a).sub(tensor(other.diagonal, { dtype: "f64" })), 5e-15);
  });

  it("is the eigenvalue decomposition of a positive definite matrix", () => {
    expectSmall(
      svdvals(hilbert(8))
        .flip(0)
        .sub(eigvalsh(hilbert(8))),
      1e-15,
    );
  });

  it("knows rank, zeros and elements of any size", () => {
    const low = randomMatrix([30, 2], 1).matmul(randomMatrix([2, 20], 2));
    expectSmall(svdvals(low).at({ start: 2, stop: undefined, step: 1 }), 1e-12);
    for (const a of [low, low.mul(0), low.mul(1e290), low.mul(1e-290), chainLike()]) {
      const { u, s, vt } = svd(a);
      expectOrthonormal(u);
      expectOrthonormal(vt.T);
      expectSame(u.mul(s).matmul(vt), a);
    }
  });

  it("has the derivatives of finite differences, twice", () => {
    for (const shape of [
      [4, 2],
      [3, 3],
      [2, 4],
    ]) {
      const a = randomMatrix(shape, 3);
      checkGradients(svdvals, [a], { order: 2 });
      // Signs of pairs of vectors are arbitrary: squares and products are not.
      checkGradients((x: Tensor) => svd(x).u.square(), [a], { order: 2 });
      checkGradients((x: Tensor) => svd(x).vt.square(), [a], { order: 2 });
      checkGradients(
        (x: Tensor) => {
          const { u, s, vt } = svd(x);
          return u.mul(s.tanh()).matmul(vt);
        },
        [a],
        { order: 2 },
      );
    }
    checkGradients(svdvals, [randomMatrix([2, 3, 2], 4)]);
    checkGradients(
      (x: Tensor) => svd(x, { fullMatrices: true }).u.square(),
      [randomMatrix([3, 3], 4)],
    );
  });

  it("gives right gradients at equal and zero singular values to what turns do not change", () => {
    const m = randomMatrix([3, 3], 7);
    const one = eye(3, 3, { dtype: "f64" });
    // The nuclear norm at the identity: U Vᵀ.
    expectSame(grad((a: Tensor) => svdvals(a).sum())(one), one);
    // The polar factor there moves with the antisymmetric part.
    const polar = (a: Tensor): Tensor => {
      const { u, vt } = svd(a);
      return m.mul(u.matmul(vt)).sum();
    };
    expectSame(grad(polar)(one), m.sub(m.T).mul(0.5));
    checkGradients(polar, [diagonalMatrix([2, 2, 1])]);
    // The projection on the spaces of the two largest, the others being 0.
    const low = randomMatrix([5, 2], 8).matmul(randomMatrix([2, 4], 9));
    const projection = (b: Tensor): Tensor => {
      const u = svd(b).u.take([0, 1], 1);
      return randomSymmetric([5, 5], 3).mul(u.matmul(u.T)).sum();
    };
    checkGradients(projection, [low]);
  });

  it("refuses to differentiate completed bases", () => {
    const f = (a: Tensor): Tensor => svd(a, { fullMatrices: true }).s.sum();
    expect(() => grad(f)(randomMatrix([3, 2]))).toThrow(
      "svd: expected fullMatrices: false to differentiate 3 × 2",
    );
  });

  it("does for a batch what it does for each", () => {
    const a = randomMatrix([3, 4, 2], 8);
    const { u, s } = jit(vmap((x: Tensor) => svd(x)))(a);
    for (let i = 0; i < 3; i++) {
      expect(u.at(i).toArray()).toEqual(svd(a.at(i)).u.toArray());
      expect(s.at(i).toArray()).toEqual(svd(a.at(i)).s.toArray());
    }
  });

  it("refuses NaN", () => {
    expect(() => svd([[Number.NaN, 1]])).toThrow(
      "svd: expected finite elements; got NaN in row 0, column 0",
    );
  });
});

/** Bidiagonal matrices with zeros on the diagonal, which take other steps than the rest. */
const chainLike = (): Tensor =>
  tensor(
    [
      [1, 1, 0, 0, 0],
      [0, 0, 1, 0, 0],
      [0, 0, 2, 1, 0],
      [0, 0, 0, 3, 1],
      [0, 0, 0, 0, 0],
    ],
    { dtype: "f64" },
  );

describe("eigvals", () => {
  it("knows real and complex pairs", () => {
    const { real, imaginary } = eigvals([
      [0, -2, 0],
      [2, 0, 0],
      [0, 0, 5],
    ]);
    const pairs = (real.toArray() as number[]).map((x, i) => [x, imaginary.at(i).item()]);
    pairs.sort((p, q) => (p[1] as number) - (q[1] as number));
    pairs.flat().forEach((x, i) => {
      expect(Math.abs(x - ([0, -2, 5, 0, 0, 2][i] as number))).toBeLessThan(1e-6);
    });
  });

  it("sums to the trace, multiplies to the determinant and is that of eigh on symmetric matrices", () => {
    const a = randomSymmetric([2, 6, 6], 3);
    const { real, imaginary } = eigvals(a);
    expectSmall(imaginary, 0);
    expectSmall(real.sort().sub(eigvalsh(a)), 1e-12);
    const general = randomMatrix([5, 5], 4);
    expect(
      Math.abs(eigvals(general).real.sum().item() - general.mul(eye(5)).sum().item()),
    ).toBeLessThan(1e-13);
  });

  it("handles the empty matrix and refuses NaN and differentiation", () => {
    expect(eigvals(eye(0)).real.shape).toEqual([0]);
    expect(() => eigvals([[Number.NaN]])).toThrow("eigvals: expected finite elements");
    expect(() => grad((a: Tensor) => eigvals(a).real.sum())(eye(2))).toThrow(
      "eigvals has no derivative",
    );
    expect(vmap(eigvals)(tensor([eye(2), eye(2).mul(3)])).real.toArray()).toEqual([
      [1, 1],
      [3, 3],
    ]);
  });
});
