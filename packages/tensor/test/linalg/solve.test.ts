import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  eye,
  grad,
  jit,
  lower,
  ShapeError,
  type Tensor,
  tensor,
  tril,
  vmap,
} from "../../src/index";
import { inv, lu, solve, triangularSolve } from "../../src/linalg";
import { checkGradients } from "../../src/testing";
import {
  expectSame,
  expectSmall,
  hilbert,
  lengths,
  randomMatrix,
  runs,
  seeds,
  turned,
} from "./support";

const identity = (n: number): Tensor => eye(n, n, { dtype: "f64" });

/** Matrices with condition numbers below 10. */
const wellConditioned = (n: number, seed: number): Tensor =>
  randomMatrix([n, n], seed).div(Math.max(1, n)).add(identity(n).mul(2));

describe("solve", () => {
  it("gives X with A X = B", () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 60 }), seeds, (n, k, seed) => {
        const a = wellConditioned(n, seed);
        const b = randomMatrix([n, k], seed + 1);
        expectSame(a.matmul(solve(a, b)), b);
      }),
      runs,
    );
  });

  it("takes a vector and gives a vector", () => {
    const x = solve(
      tensor([
        [0, 2],
        [1, 0],
      ]),
      tensor([4, 3]),
    );
    expect(x.toArray()).toEqual([3, 2]);
    expect(solve([[2]], [5]).toArray()).toEqual([2.5]);
  });

  it("broadcasts leading axes", () => {
    const a = wellConditioned(3, 1);
    const batch = tensor([a, a.mul(2)]);
    const b = randomMatrix([5, 1, 3, 2], 2);
    const x = solve(batch, b);
    expect(x.shape).toEqual([5, 2, 3, 2]);
    expectSame(x.at(4, 1), solve(a.mul(2), b.at(4, 0)), 1);
  });

  it("is backward stable where the matrix is nearly singular", () => {
    const a = hilbert(12);
    const b = randomMatrix([12, 1], 3);
    const x = solve(a, b);
    // A residual of n ε ‖A‖ ‖x‖ whatever the condition, which is 1e16 here.
    expectSmall(a.matmul(x).sub(b), 12 * 2 ** -52 * 12 * x.abs().max().item());
  });

  it("rounds only its result to f32", () => {
    const a = hilbert(6).cast("f32");
    const b = randomMatrix([6, 2], 4, "f32");
    const exact = solve(a.cast("f64"), b.cast("f64"));
    expect(solve(a, b).toArray()).toEqual(exact.cast("f32").toArray());
  });

  it("names the pivot that is 0", () => {
    const singular = tensor([
      [1, 2],
      [2, 4],
    ]);
    expect(() => solve(singular, [1, 2])).toThrow(ArgumentError);
    expect(() => solve(singular, [1, 2])).toThrow(
      "solve: expected an invertible matrix; pivot 1 is 0; use lstsq or pinv for singular matrices",
    );
    expect(() => inv(tensor([eye(2), singular]))).toThrow(
      "inv: expected an invertible matrix; pivot 1 is 0 in matrix 1 of the batch",
    );
    expect(() => jit(inv)(singular)).toThrow("pivot 1 is 0");
  });

  it("refuses right-hand sides of another length", () => {
    expect(() => solve(identity(3), [1, 2])).toThrow(ShapeError);
    expect(() => solve(identity(3), randomMatrix([2, 3]))).toThrow(
      "solve: expected a right-hand side with 3 rows for a matrix of shape [3, 3]; got shape [2, 3]",
    );
    expect(() => solve(randomMatrix([2, 3]), [1, 2])).toThrow("expected a square matrix");
  });

  it("has the derivatives of finite differences, three times", () => {
    const args = [wellConditioned(3, 1), randomMatrix([3, 2], 2)];
    checkGradients(solve, args, { order: 2 });
    checkGradients(
      (a: Tensor, b: Tensor) => {
        return grad((x: Tensor) => solve(x, b).square().sum())(a);
      },
      args,
      { order: 2 },
    );
    checkGradients(solve, [
      randomMatrix([2, 3, 3], 5).add(identity(3).mul(4)),
      randomMatrix([3], 6),
    ]);
  });

  it("does for a batch what it does for each, whichever operand is batched", () => {
    const a = randomMatrix([4, 3, 3], 1).add(identity(3).mul(4));
    const b = randomMatrix([4, 3, 2], 2);
    const both = vmap(solve)(a, b);
    const left = vmap(solve, { inAxes: [0, null] })(a, b.at(0));
    const right = vmap(solve, { inAxes: [null, 0] })(a.at(0), b);
    for (let i = 0; i < 4; i++) {
      expectSame(both.at(i), solve(a.at(i), b.at(i)), 1);
      expectSame(left.at(i), solve(a.at(i), b.at(0)), 1);
      expectSame(right.at(i), solve(a.at(0), b.at(i)), 1);
    }
    checkGradients(vmap(solve, { inAxes: [null, 0] }), [a.at(0), b]);
  });

  it("factors the matrix of a batch of right-hand sides once", () => {
    const plan = lower(vmap(solve, { inAxes: [null, 0] }))(identity(3), randomMatrix([8, 3, 1]));
    expect(plan.match(/eliminate/g)).toHaveLength(1);
    expect(plan).toContain("f64[3, 8]");
  });
});

describe("inv", () => {
  it("gives the inverse, also of nothing and of a batch", () => {
    const a = randomMatrix([2, 40, 40], 3).add(identity(40).mul(20));
    expectSame(a.matmul(inv(a)), identity(40).broadcastTo([2, 40, 40]));
    expect(inv(identity(0)).shape).toEqual([0, 0]);
    expect(inv([[4]]).toArray()).toEqual([[0.25]]);
  });

  it("knows the inverse of Hilbert's matrix, whose elements are whole", () => {
    const expected = [
      [16, -120, 240, -140],
      [-120, 1200, -2700, 1680],
      [240, -2700, 6480, -4200],
      [-140, 1680, -4200, 2800],
    ];
    // A condition number of 1.6e4 costs four digits.
    expectSmall(inv(hilbert(4)).sub(tensor(expected, { dtype: "f64" })), 6480 * 1.6e4 * 2 ** -52);
  });

  it("has the derivatives of finite differences, twice", () => {
    checkGradients(inv, [wellConditioned(3, 4)], { order: 2 });
  });
});

describe("triangularSolve", () => {
  const options = [true, false].flatMap((isLower) =>
    [true, false].flatMap((transpose) =>
      [true, false].map((unitDiagonal) => ({ lower: isLower, transpose, unitDiagonal })),
    ),
  );

  it.each(options)("substitutes in %o", (o) => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 9 }), seeds, (n, k, seed) => {
        const a = randomMatrix([n, n], seed).div(Math.max(1, n)).add(identity(n).mul(2));
        const b = randomMatrix([n, k], seed + 1);
        const x = triangularSolve(a, b, o);
        const triangle = o.lower ? tril(a) : tril(a.T).T;
        const whole = o.unitDiagonal
          ? triangle.sub(identity(n).mul(triangle)).add(identity(n))
          : triangle;
        expectSame((o.transpose ? whole.T : whole).matmul(x), b);
      }),
      { ...runs, numRuns: 15 },
    );
  });

  it.each(options)("has the derivatives of finite differences in %o", (o) => {
    const a = wellConditioned(3, 2);
    checkGradients(
      (t: Tensor, b: Tensor) => triangularSolve(t, b, o),
      [a, randomMatrix([3, 2], 3)],
      {
        order: 2,
      },
    );
  });

  it("does for a batch what it does for each", () => {
    const a = randomMatrix([4, 3, 3], 1).add(identity(3).mul(4));
    const b = randomMatrix([4, 3, 2], 2);
    for (const inAxes of [
      [0, 0],
      [null, 0],
      [0, null],
    ] as const) {
      const args = [inAxes[0] === null ? a.at(0) : a, inAxes[1] === null ? b.at(0) : b] as const;
      const x = vmap((p: Tensor, q: Tensor) => triangularSolve(p, q), { inAxes })(...args);
      for (let i = 0; i < 4; i++) {
        const each = triangularSolve(
          inAxes[0] === null ? a.at(0) : a.at(i),
          inAxes[1] === null ? b.at(0) : b.at(i),
        );
        expectSame(x.at(i), each, 1);
      }
    }
  });

  it("names the diagonal element that is 0", () => {
    expect(() =>
      triangularSolve(
        [
          [1, 0],
          [3, 0],
        ],
        [1, 2],
      ),
    ).toThrow(
      "triangularSolve: expected a triangular matrix without zeros on its diagonal; element 1 is 0",
    );
    expect(
      triangularSolve(
        [
          [1, 0],
          [3, 0],
        ],
        [1, 2],
        { unitDiagonal: true },
      ).toArray(),
    ).toEqual([1, -1]);
  });
});

describe("lu", () => {
  it("gives A[permutation] = L U with a unit lower triangle of elements up to 1", () => {
    fc.assert(
      fc.property(lengths, lengths, seeds, (m, n, seed) => {
        const a = randomMatrix([m, n], seed);
        const { permutation, lower: l, upper } = lu(a);
        const k = Math.min(m, n);
        expect(l.shape).toEqual([m, k]);
        expect(upper.shape).toEqual([k, n]);
        expectSame(l.matmul(upper), a.take(permutation));
        expectSmall(l, 1);
        expectSame(tril(l), l, 0);
        expectSame(tril(turned(upper)), turned(upper), 0);
      }),
      runs,
    );
  });

  it("factors singular matrices", () => {
    const a = tensor([
      [1, 2],
      [2, 4],
    ]);
    const { permutation, lower: l, upper } = lu(a);
    expect(permutation.toArray()).toEqual([1, 0]);
    expect(l.toArray()).toEqual([
      [1, 0],
      [0.5, 1],
    ]);
    expect(upper.toArray()).toEqual([
      [2, 4],
      [0, 0],
    ]);
  });

  it("has the derivatives of finite differences for square matrices and refuses others", () => {
    const f = (a: Tensor): Tensor[] => {
      const { lower: l, upper } = lu(a);
      return [l, upper];
    };
    checkGradients(f, [randomMatrix([3, 3], 5)], { order: 2 });
    checkGradients(f, [randomMatrix([2, 3, 3], 6)]);
    expect(() => grad((a: Tensor) => lu(a).upper.sum())(randomMatrix([2, 3]))).toThrow(
      "lu: expected a square matrix to differentiate; got 2 × 3",
    );
  });

  it("does for a batch what it does for each", () => {
    const a = randomMatrix([3, 4, 2], 7);
    const { permutation, lower: l, upper } = vmap(lu)(a);
    for (let i = 0; i < 3; i++) {
      const each = lu(a.at(i));
      expect(permutation.at(i).toArray()).toEqual(each.permutation.toArray());
      expect(l.at(i).toArray()).toEqual(each.lower.toArray());
      expect(upper.at(i).toArray()).toEqual(each.upper.toArray());
    }
  });
});
