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
import {
  cond,
  det,
  expm,
  inv,
  lstsq,
  matrixPower,
  matrixRank,
  norm,
  pinv,
  slogdet,
  solve,
  trace,
} from "../../src/linalg";
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

/** Determinant by expansion along the first row. */
function expanded(rows: readonly (readonly number[])[]): number {
  if (rows.length === 0) return 1;
  const [first = [], ...rest] = rows;
  return first.reduce((sum, x, j) => {
    const minor = rest.map((row) => row.filter((_, k) => k !== j));
    return sum + (j % 2 === 0 ? 1 : -1) * x * expanded(minor);
  }, 0);
}

const singular = tensor(
  [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ],
  { dtype: "f64" },
);

describe("det and slogdet", () => {
  it("are those of the expansion in minors", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), seeds, (n, seed) => {
        const a = randomMatrix([n, n], seed);
        const expected = expanded(a.toArray() as number[][]);
        expect(Math.abs(det(a).item() - expected)).toBeLessThan(1e-12 * (1 + Math.abs(expected)));
        const { sign, logAbsDet } = slogdet(a);
        expect(sign.item()).toBe(Math.sign(expected));
        expect(Math.abs(logAbsDet.item() - Math.log(Math.abs(expected)))).toBeLessThan(1e-10);
      }),
      runs,
    );
  });

  it("are 0 and −Infinity for singular matrices", () => {
    const a = tensor([
      [1, 2],
      [2, 4],
    ]);
    expect(det(a).item()).toBe(0);
    expect(slogdet(a).sign.item()).toBe(0);
    expect(slogdet(a).logAbsDet.item()).toBe(-Infinity);
  });

  it("do not overflow in logarithms", () => {
    const { sign, logAbsDet } = slogdet(identity(400).mul(-1e10));
    expect(sign.item()).toBe(1);
    expect(logAbsDet.item()).toBeCloseTo(400 * Math.log(1e10), 6);
  });

  it("have the derivatives of finite differences, twice", () => {
    const a = randomMatrix([3, 3], 2);
    checkGradients(det, [a], { order: 2 });
    checkGradients((x: Tensor) => slogdet(x).logAbsDet, [a], { order: 2 });
    checkGradients(det, [randomMatrix([2, 3, 3], 3)]);
  });

  it("have cofactors for a gradient at singular matrices", () => {
    checkGradients(det, [singular]);
    checkGradients(det, [
      tensor([
        [1, 2],
        [2, 4],
      ]),
    ]);
    // All minors vanish at rank n − 2.
    expectSmall(grad(det)(singular.mul(0).add(1)), 1e-15);
    expect(() => grad((x: Tensor) => grad(det)(x).sum())(singular.mul(0).add(1))).toThrow(
      "expected an invertible matrix",
    );
  });

  it("do for a batch what they do for each", () => {
    const a = randomMatrix([3, 4, 4], 5);
    const each = [0, 1, 2].map((i) => det(a.at(i)).item());
    expect(det(a).toArray()).toEqual(each);
    expect(jit(vmap(det))(a).toArray()).toEqual(each);
    expect(vmap(slogdet)(a).logAbsDet.toArray()).toEqual(slogdet(a).logAbsDet.toArray());
  });
});

describe("pinv", () => {
  it("fulfils the four conditions of Moore and Penrose at any rank", () => {
    fc.assert(
      fc.property(lengths, lengths, fc.integer({ min: 0, max: 5 }), seeds, (m, n, r, seed) => {
        const a = randomMatrix([m, r], seed).matmul(randomMatrix([r, n], seed + 1));
        const g = pinv(a, { tolerance: 1e-10 });
        expect(g.shape).toEqual([n, m]);
        if (a.size === 0) return;
        const size = 1e-9 * (1 + g.abs().max().item()) * (1 + a.abs().max().item());
        expectSmall(a.matmul(g).matmul(a).sub(a), size);
        expectSmall(g.matmul(a).matmul(g).sub(g), size * (1 + g.abs().max().item()));
        expectSmall(a.matmul(g).sub(turned(a.matmul(g))), size);
        expectSmall(g.matmul(a).sub(turned(g.matmul(a))), size);
      }),
      runs,
    );
  });

  it("has the derivatives of finite differences at constant rank, twice", () => {
    for (const shape of [
      [4, 2],
      [2, 4],
      [3, 3],
    ]) {
      checkGradients((a: Tensor) => pinv(a), [randomMatrix(shape, 3)], { order: 2 });
    }
    const factors = [randomMatrix([4, 2], 1), randomMatrix([2, 3], 2)];
    const lowRank = (b: Tensor, c: Tensor): Tensor => pinv(b.matmul(c), { tolerance: 1e-8 });
    checkGradients(lowRank, factors);
  });

  it("refuses a negative tolerance and NaN", () => {
    expect(() => pinv([[1]], { tolerance: -1 })).toThrow("pinv: expected a tolerance ≥ 0; got -1");
    expect(() => pinv([[Number.NaN]])).toThrow("pinv: expected finite elements");
  });
});

describe("lstsq", () => {
  it("leaves a residual that is orthogonal to the columns, and is the shortest such", () => {
    fc.assert(
      fc.property(lengths, lengths, fc.integer({ min: 1, max: 3 }), seeds, (m, n, k, seed) => {
        const a = randomMatrix([m, n], seed);
        const b = randomMatrix([m, k], seed + 1);
        const x = lstsq(a, b);
        expect(x.shape).toEqual([n, k]);
        if (a.size === 0) return;
        const bound = 1e-9 * (1 + x.abs().max().item());
        expectSmall(turned(a).matmul(a.matmul(x).sub(b)), bound);
        // Shortest: in the span of the rows.
        expectSmall(pinv(a).matmul(a).matmul(x).sub(x), bound);
      }),
      runs,
    );
  });

  it("fits a line", () => {
    const a = tensor(
      [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
      { dtype: "f64" },
    );
    const x = lstsq(a, [1, 3, 5]);
    expectSmall(x.sub(tensor([2, 1], { dtype: "f64" })), 1e-14);
  });

  it("gives the shortest solution where columns depend on each other", () => {
    const a = tensor([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    expectSmall(lstsq(a, [2, 2, 2]).sub(1), 1e-6);
    expect(lstsq(a.mul(0), [1, 2, 3]).toArray()).toEqual([0, 0]);
  });

  it("agrees with solve where that works and with pinv everywhere", () => {
    const a = randomMatrix([5, 5], 4).add(identity(5).mul(3));
    const b = randomMatrix([5, 2], 5);
    expectSame(lstsq(a, b), solve(a, b), 100);
    const batch = randomMatrix([2, 6, 3], 6);
    expectSame(
      lstsq(batch, randomMatrix([6, 1], 7)),
      pinv(batch).matmul(randomMatrix([6, 1], 7)),
      100,
    );
  });

  it("has the derivatives of finite differences, twice", () => {
    for (const shape of [
      [4, 2],
      [2, 4],
      [3, 3],
    ]) {
      const args = [randomMatrix(shape, 3), randomMatrix([shape[0] as number, 2], 4)];
      checkGradients((a: Tensor, b: Tensor) => lstsq(a, b), args, { order: 2 });
    }
    const lowRank = (p: Tensor, q: Tensor, b: Tensor): Tensor =>
      lstsq(p.matmul(q), b, { tolerance: 1e-8 });
    checkGradients(lowRank, [
      randomMatrix([4, 2], 1),
      randomMatrix([2, 3], 2),
      randomMatrix([4], 5),
    ]);
  });

  it("does for a batch what it does for each", () => {
    const a = randomMatrix([3, 4, 2], 1);
    const b = randomMatrix([3, 4], 2);
    const x = vmap((p: Tensor, q: Tensor) => lstsq(p, q))(a, b);
    const shared = vmap((q: Tensor) => lstsq(a.at(0), q))(b);
    for (let i = 0; i < 3; i++) {
      expectSmall(x.at(i).sub(lstsq(a.at(i), b.at(i))), 1e-14);
      expectSmall(shared.at(i).sub(lstsq(a.at(0), b.at(i))), 1e-14);
    }
  });

  it("refuses right-hand sides of another length", () => {
    expect(() => lstsq(randomMatrix([3, 2]), [1, 2])).toThrow(ShapeError);
  });
});

describe("norms", () => {
  const a = tensor(
    [
      [1, -2, 3],
      [-4, 5, -6],
    ],
    { dtype: "f64" },
  );

  it("are those of the definitions", () => {
    expect(norm(a).item()).toBeCloseTo(Math.sqrt(91), 14);
    expect(norm(a, 1).item()).toBe(9);
    expect(norm(a, -1).item()).toBe(5);
    expect(norm(a, Infinity).item()).toBe(15);
    expect(norm(a, -Infinity).item()).toBe(6);
    const gram = eigenvaluesOfGram();
    expect(norm(a, 2).item()).toBeCloseTo(Math.sqrt(gram[1]), 13);
    expect(norm(a, -2).item()).toBeCloseTo(Math.sqrt(gram[0]), 13);
    expect(norm(a, "nuc").item()).toBeCloseTo(Math.sqrt(gram[0]) + Math.sqrt(gram[1]), 13);
  });

  /** Of A Aᵀ = [[14, −32], [−32, 77]]. */
  const eigenvaluesOfGram = (): [number, number] => {
    const half = 91 / 2;
    const root = Math.sqrt(half ** 2 - (14 * 77 - 32 ** 2));
    return [half - root, half + root];
  };

  it.each(["fro", "nuc", 1, 2, Infinity, -1, -2, -Infinity] as const)(
    "have the derivatives of finite differences for %s",
    (kind) => {
      checkGradients((x: Tensor) => norm(x, kind), [randomMatrix([2, 3, 4], 5)]);
    },
  );

  it("refuse unknown kinds and vectors", () => {
    expect(() => norm(a, 3)).toThrow(ArgumentError);
    expect(() => norm(a, 3)).toThrow('norm: expected "fro", "nuc", ±1, ±2 or ±Infinity; got 3');
    expect(() => norm([1, 2])).toThrow(ShapeError);
    expect(norm(tensor([], { shape: [0, 3] }), 2).item()).toBe(0);
    expect(() => norm(tensor([], { shape: [0, 3] }), -2)).toThrow(ShapeError);
  });
});

describe("cond and matrixRank", () => {
  it("know Hilbert's matrix", () => {
    // From the exact inverse; Higham 2002, table 28.1.
    expect(cond(hilbert(4)).item()).toBeCloseTo(1.5514e4, -1);
    expect(cond(hilbert(4), 1).item()).toBeCloseTo(28375, 5);
    expect(cond(identity(3).mul(0)).item()).toBeNaN();
    expect(matrixRank(hilbert(4)).item()).toBe(4);
    expect(matrixRank(hilbert(20)).item()).toBeLessThan(15);
  });

  it("count what is above the tolerance, for each of a batch", () => {
    const low = randomMatrix([2, 9, 3], 1).matmul(randomMatrix([2, 3, 8], 2));
    const rank = matrixRank(low);
    expect(rank.dtype).toBe("i32");
    expect(rank.toArray()).toEqual([3, 3]);
    expect(
      matrixRank(
        tensor([
          [1, 0],
          [0, 1e-3],
        ]),
        { tolerance: 0.01 },
      ).item(),
    ).toBe(1);
    expect(matrixRank(singular).item()).toBe(2);
    expect(matrixRank(tensor([], { shape: [0, 3] })).item()).toBe(0);
    expect(matrixRank(singular.mul(0)).item()).toBe(0);
  });
});

describe("matrixPower", () => {
  it("multiplies, inverts and knows the powers of a turn", () => {
    const a = randomMatrix([2, 3, 3], 4);
    expectSame(matrixPower(a, 5), a.matmul(a).matmul(a).matmul(a).matmul(a), 1e3);
    expectSame(matrixPower(a, 1), a, 0);
    expectSame(matrixPower(a, 0), identity(3).broadcastTo([2, 3, 3]), 0);
    expectSame(matrixPower(a, -2), inv(a).matmul(inv(a)), 1e3);
    expect(
      matrixPower(
        [
          [0, -1],
          [1, 0],
        ],
        4000002,
      ).toArray(),
    ).toEqual([
      [-1, 0],
      [0, -1],
    ]);
    checkGradients((x: Tensor) => matrixPower(x, 3), [a]);
  });

  it("refuses fractions", () => {
    expect(() => matrixPower(identity(2), 0.5)).toThrow(
      "matrixPower: expected an integer exponent; got 0.5",
    );
  });
});

describe("expm", () => {
  it("knows turns, nilpotent matrices and diagonals", () => {
    const t = 0.7;
    const turn = expm(
      tensor(
        [
          [0, -t],
          [t, 0],
        ],
        { dtype: "f64" },
      ),
    );
    const expected = [
      [Math.cos(t), -Math.sin(t)],
      [Math.sin(t), Math.cos(t)],
    ];
    expectSmall(turn.sub(tensor(expected, { dtype: "f64" })), 1e-15);
    expect(
      expm([
        [0, 3],
        [0, 0],
      ]).toArray(),
    ).toEqual([
      [1, 3],
      [0, 1],
    ]);
    const large = expm(
      tensor(
        [
          [-30, 0],
          [0, 12],
        ],
        { dtype: "f64" },
      ),
    );
    expect(Math.abs(large.at(0, 0).item() / Math.exp(-30) - 1)).toBeLessThan(1e-12);
    expect(Math.abs(large.at(1, 1).item() / Math.exp(12) - 1)).toBeLessThan(1e-12);
    expect(expm(identity(0)).shape).toEqual([0, 0]);
  });

  it("is the limit of (I + A / k)^k and turns sums of commuting matrices into products", () => {
    const a = randomMatrix([6, 6], 3);
    expectSame(expm(a.mul(2)), expm(a).matmul(expm(a)), 1e3);
    const k = 2 ** 20;
    const limit = matrixPower(identity(6).add(a.div(k)), k);
    // The error is A² e^A / 2k.
    expectSmall(limit.sub(expm(a)), (50 * expm(a).abs().max().item()) / k);
  });

  it("has the derivatives of finite differences, three times", () => {
    const a = randomMatrix([3, 3], 5);
    checkGradients(expm, [a], { order: 2 });
    checkGradients((x: Tensor) => grad((y: Tensor) => expm(y).square().sum())(x), [a], {
      order: 2,
    });
  });

  it("does for a batch what it does for each and refuses NaN", () => {
    const a = randomMatrix([3, 4, 4], 6);
    expect(vmap(expm)(a).at(1).toArray()).toEqual(expm(a.at(1)).toArray());
    expect(() => expm([[Number.NaN]])).toThrow("expm: expected finite elements; got NaN");
  });
});

describe("trace", () => {
  it("sums the diagonal", () => {
    expect(trace(singular).item()).toBe(15);
    expect(trace(tensor([singular, identity(3)])).toArray()).toEqual([15, 3]);
  });
});
