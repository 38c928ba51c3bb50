import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  eye,
  grad,
  jit,
  ShapeError,
  type Tensor,
  tensor,
  vmap,
} from "../../src/index";
import { cholesky, choleskySolve, solve } from "../../src/linalg";
import { checkGradients } from "../../src/testing";
import {
  expectSame,
  hilbert,
  lengths,
  randomDefinite,
  randomMatrix,
  runs,
  seeds,
  turned,
} from "./support";

describe("cholesky", () => {
  it("gives a lower triangular factor with a positive diagonal", () => {
    fc.assert(
      fc.property(lengths, seeds, (n, seed) => {
        const a = randomDefinite([n, n], seed);
        const l = cholesky(a);
        expectSame(l.matmul(turned(l)), a);
        for (let i = 0; i < n; i++) {
          expect(l.at(i, i).item()).toBeGreaterThan(0);
          for (let j = i + 1; j < n; j++) expect(l.at(i, j).item()).toBe(0);
        }
      }),
      { ...runs, numRuns: 15 },
    );
  });

  it("knows the factor of [[4, 2], [2, 5]]", () => {
    expect(
      cholesky(
        tensor([
          [4, 2],
          [2, 5],
        ]),
      ).toArray(),
    ).toEqual([
      [2, 0],
      [1, 2],
    ]);
  });

  it("works block by block on larger matrices", () => {
    const a = randomDefinite([200, 200], 5);
    const l = cholesky(a);
    expectSame(l.matmul(turned(l)), a);
  });

  it("keeps the dtype and computes f32 in f64", () => {
    const a = hilbert(5).cast("f32");
    const l = cholesky(a);
    expect(l.dtype).toBe("f32");
    const exact = cholesky(a.cast("f64"));
    expect(l.toArray()).toEqual(exact.cast("f32").toArray());
  });

  it("takes the symmetric part", () => {
    const a = randomDefinite([4, 4]);
    const skew = randomMatrix([4, 4]);
    const l = cholesky(a.add(skew).sub(turned(skew)));
    expectSame(l.matmul(turned(l)), a);
  });

  it("names the pivot, and the matrix of a batch, that is not positive", () => {
    const a = tensor([
      [1, 2],
      [2, 1],
    ]);
    expect(() => cholesky(a)).toThrow(ArgumentError);
    expect(() => cholesky(a)).toThrow(
      "cholesky: expected a positive definite matrix; pivot 1 is -3; add a multiple of the identity, or use eigh",
    );
    const batch = tensor([eye(2), a]);
    expect(() => cholesky(batch)).toThrow("pivot 1 is -3 in matrix 1 of the batch");
    expect(() => jit(cholesky)(batch)).toThrow("pivot 1 is -3 in matrix 1 of the batch");
    expect(() => cholesky(tensor([[Number.NaN]]))).toThrow("pivot 0 is NaN");
    expect(() => cholesky(tensor([[0]]))).toThrow("pivot 0 is 0");
    expect(() => cholesky(tensor([[Infinity]]))).toThrow("pivot 0 is Infinity");
  });

  it("refuses what is not square", () => {
    expect(() => cholesky(tensor([1, 2]))).toThrow(ShapeError);
    expect(() => cholesky(tensor([[1, 2]]))).toThrow(
      "cholesky: expected a square matrix, [..., n, n]; got shape [1, 2]",
    );
  });

  it("has the derivatives of finite differences, twice", () => {
    checkGradients(cholesky, [randomDefinite([3, 3])], { order: 2 });
    checkGradients(cholesky, [randomDefinite([2, 3, 3])]);
    checkGradients(
      (b: Tensor) => cholesky(b.matmul(b.T).add(eye(3, 3, { dtype: "f64" }))),
      [randomMatrix([3, 3])],
    );
  });

  it("has a symmetric gradient", () => {
    const g = grad((a: Tensor) => cholesky(a).square().sum())(randomDefinite([4, 4]));
    expectSame(turned(g), g, 1);
  });

  it("does for a batch what it does for each", () => {
    const a = randomDefinite([3, 2, 4, 4]);
    const l = cholesky(a);
    expect(l.at(1, 0).toArray()).toEqual(cholesky(a.at(1, 0)).toArray());
    expect(vmap(cholesky, { inAxes: 1, outAxis: 1 })(a).toArray()).toEqual(l.toArray());
    expect(jit(vmap(cholesky))(a).toArray()).toEqual(l.toArray());
  });
});

describe("choleskySolve", () => {
  it("solves by the factor what solve solves", () => {
    const a = randomDefinite([2, 5, 5]);
    const b = randomMatrix([5, 3], 7);
    expectSame(choleskySolve(cholesky(a), b), solve(a, b), 200);
    const v = randomMatrix([5], 8);
    expectSame(choleskySolve(cholesky(a), v).expandDims(-1), solve(a, v).expandDims(-1), 200);
  });

  it("has the derivatives of finite differences", () => {
    const f = (a: Tensor, b: Tensor): Tensor => choleskySolve(cholesky(a), b);
    checkGradients(f, [randomDefinite([3, 3]), randomMatrix([3, 2])], { order: 2 });
  });
});
