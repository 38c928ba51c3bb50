import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ArgumentError,
  grad,
  jit,
  ShapeError,
  type Tensor,
  tensor,
  tril,
  vmap,
} from "../../src/index";
import { pivotedQr, qr, qrR, svdvals } from "../../src/linalg";
import { checkGradients } from "../../src/testing";
import {
  expectOrthonormal,
  expectSame,
  expectSmall,
  hilbert,
  lengths,
  randomMatrix,
  runs,
  seeds,
} from "./support";

function expectUpright(r: Tensor): void {
  expectSame(tril(r, -1), r.mul(0), 0);
  const n = Math.min(...r.shape.slice(-2));
  for (let i = 0; i < n; i++) expect(r.at("...", i, i).min().item()).toBeGreaterThanOrEqual(0);
}

describe("qr", () => {
  it("gives orthonormal columns and an upright triangle whose product is the matrix", () => {
    fc.assert(
      fc.property(lengths, lengths, fc.boolean(), seeds, (m, n, complete, seed) => {
        const a = randomMatrix([m, n], seed);
        const { q, r } = qr(a, { mode: complete ? "complete" : "reduced" });
        const k = complete ? m : Math.min(m, n);
        expect(q.shape).toEqual([m, k]);
        expect(r.shape).toEqual([k, n]);
        expectSame(q.matmul(r), a);
        expectOrthonormal(q);
        expectUpright(r);
        expect(qrR(a).toArray()).toEqual(
          r.at({ start: 0, stop: Math.min(m, n), step: 1 }).toArray(),
        );
      }),
      runs,
    );
  });

  it("is the one of Gram and Schmidt's, which is unique", () => {
    const a = randomMatrix([6, 3], 3);
    const { q } = qr(a);
    const columns: Tensor[] = [];
    for (let j = 0; j < 3; j++) {
      let v = a.at("...", j);
      for (const c of columns) v = v.sub(c.mul(c.mul(v).sum()));
      columns.push(v.div(v.norm()));
    }
    columns.forEach((c, j) => {
      expectSmall(q.at("...", j).sub(c), 1e-14);
    });
  });

  it("keeps its promises for dependent columns, zeros, and elements of any size", () => {
    const low = randomMatrix([30, 2], 1).matmul(randomMatrix([2, 20], 2));
    for (const a of [low, low.mul(0), low.mul(1e300), low.mul(1e-300), hilbert(15)]) {
      const { q, r } = qr(a);
      expectOrthonormal(q);
      expectSame(q.matmul(r), a);
    }
  });

  it("keeps the dtype", () => {
    const a = randomMatrix([5, 3], 1, "f32");
    const { q, r } = qr(a);
    expect([q.dtype, r.dtype]).toEqual(["f32", "f32"]);
    expectSame(q.matmul(r), a);
  });

  it("has the derivatives of finite differences, twice, for tall, square and wide matrices", () => {
    for (const shape of [
      [4, 2],
      [3, 3],
      [2, 4],
      [2, 3, 2],
    ]) {
      checkGradients((a: Tensor) => qr(a), [randomMatrix(shape, 4)], { order: 2 });
      checkGradients(qrR, [randomMatrix(shape, 5)]);
    }
    checkGradients((a: Tensor) => qr(a, { mode: "complete" }), [randomMatrix([3, 3], 4)]);
  });

  it("refuses to differentiate a completed basis", () => {
    const f = (a: Tensor): Tensor => qr(a, { mode: "complete" }).q.sum();
    expect(() => grad(f)(randomMatrix([3, 2]))).toThrow(ArgumentError);
    expect(() => grad(f)(randomMatrix([3, 2]))).toThrow(
      'qr: expected mode "reduced" to differentiate a tall matrix; got "complete" for 3 × 2',
    );
    expect(() =>
      grad((a: Tensor) => qr(a).q.sum())(
        tensor([
          [1, 1],
          [1, 1],
        ]),
      ),
    ).toThrow("qr: expected a triangular matrix without zeros on its diagonal");
  });

  it("does for a batch what it does for each", () => {
    const a = randomMatrix([3, 4, 2], 6);
    const { q, r } = jit(vmap((x: Tensor) => qr(x)))(a);
    for (let i = 0; i < 3; i++) {
      expect(q.at(i).toArray()).toEqual(qr(a.at(i)).q.toArray());
      expect(r.at(i).toArray()).toEqual(qr(a.at(i)).r.toArray());
    }
  });

  it("refuses vectors and unknown modes", () => {
    expect(() => qr([1, 2])).toThrow(ShapeError);
    expect(() => qr([1, 2])).toThrow(
      "qr: expected a matrix or a batch of them, [..., m, n]; got shape [2]",
    );
    expect(() => qr([[1]], { mode: "full" as "complete" })).toThrow(
      'qr: expected mode "reduced" or "complete"; got full',
    );
  });
});

describe("pivotedQr", () => {
  it("orders columns so that the diagonal falls", () => {
    fc.assert(
      fc.property(lengths, lengths, seeds, (m, n, seed) => {
        const a = randomMatrix([m, n], seed);
        const { q, r, permutation } = pivotedQr(a);
        expectOrthonormal(q);
        expectUpright(r);
        expectSame(q.matmul(r), a.take(permutation, 1));
        expectFalling(r);
      }),
      runs,
    );
  });

  it("takes in each step the column with the largest part outside those before it", () => {
    const a = randomMatrix([7, 5], 8);
    const order = pivotedQr(a).permutation.toArray() as number[];
    for (let k = 0; k < 5; k++) {
      const { q } = qr(a.take(order.slice(0, k), 1));
      const rest = a.sub(q.matmul(q.T.matmul(a)));
      const norms = rest.norm(0).toArray() as number[];
      const left = norms.map((v, j) => (order.slice(0, k).includes(j) ? 0 : v));
      expect(left.indexOf(Math.max(...left))).toBe(order[k]);
    }
  });

  it("shows the rank, also where norms fall by cancellation", () => {
    const low = randomMatrix([50, 3], 1).matmul(randomMatrix([3, 40], 2));
    const { r } = pivotedQr(low);
    expect(r.at(2, 2).item()).toBeGreaterThan(0.1);
    expectSmall(r.at(3), 1e-13);
    expectFalling(r);
    const nearly = hilbert(15);
    const s = svdvals(nearly).toArray() as number[];
    const d = pivotedQr(nearly).r;
    // The diagonal follows the singular values within a factor that stays small in practice.
    for (let i = 0; i < 10; i++) {
      expect(d.at(i, i).item() / (s[i] as number)).toBeGreaterThan(0.1);
      expect(d.at(i, i).item() / (s[i] as number)).toBeLessThan(10);
    }
  });

  it("has the derivatives of finite differences, twice", () => {
    for (const shape of [
      [4, 2],
      [3, 3],
      [2, 4],
      [2, 3, 2],
    ]) {
      const f = (a: Tensor): Tensor[] => [pivotedQr(a).q, pivotedQr(a).r];
      checkGradients(f, [randomMatrix(shape, 11)], { order: 2 });
    }
  });

  it("does for a batch what it does for each", () => {
    const a = randomMatrix([3, 2, 4], 6);
    const { permutation, r } = vmap(pivotedQr)(a);
    for (let i = 0; i < 3; i++) {
      expect(permutation.at(i).toArray()).toEqual(pivotedQr(a.at(i)).permutation.toArray());
      expect(r.at(i).toArray()).toEqual(pivotedQr(a.at(i)).r.toArray());
    }
  });
});

/** Diagonal elements fall, to rounding. */
function expectFalling(r: Tensor): void {
  const n = Math.min(...r.shape);
  for (let i = 1; i < n; i++) {
    const [before, now] = [r.at(i - 1, i - 1).item(), r.at(i, i).item()];
    expect(now).toBeLessThanOrEqual(before * (1 + 1e-6) + 1e-300);
  }
}
