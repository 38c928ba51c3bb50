import { expandDims, type Tensor, tensor, where } from "@x/tensor";
import { normal, rng, uniform } from "@x/tensor/random";
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type Cost, costMatrix, minkowski } from "../../src/costs/index";
import { sinkhorn } from "../../src/sinkhorn/sinkhorn";
import { sinkhornPoints } from "../../src/streaming/index";

const cloud = (seed: number, n: number, d: number): Tensor =>
  normal(rng(seed).next(), [n, d], { dtype: "f64" });

const weights = (seed: number, n: number): Tensor => {
  const w = uniform(rng(seed).next(), [n], { dtype: "f64" }).add(0.1);
  return w.div(w.sum());
};

const distance = (x: Tensor, y: Tensor): number => x.sub(y).abs().max().item();

const costs: readonly [string, Cost][] = [
  ["sqeuclidean", "sqeuclidean"],
  ["euclidean", "euclidean"],
  ["cityblock", "cityblock"],
  ["cosine", "cosine"],
  ["dot", "dot"],
  ["minkowski(3)", minkowski(3)],
  ["minkowski(1.5)", minkowski(1.5)],
  ["minkowski(∞)", minkowski(Infinity)],
  ["a function", (x, y) => costMatrix(x, y, "euclidean").sqrt()],
];

/** Plain iterations in the log domain, in JavaScript. */
function reference(C: number[][], a: number[], b: number[], eps: number): number[][] {
  const lse = (z: number[]): number => {
    const top = Math.max(...z);
    return top + Math.log(z.reduce((s, x) => s + Math.exp(x - top), 0));
  };
  let f = a.map(() => 0);
  let g = b.map(() => 0);
  for (let k = 0; k < 20_000; k++) {
    const next = C.map(
      (row) =>
        -eps * lse(row.map((c, j) => Math.log(b[j] as number) + ((g[j] as number) - c) / eps)),
    );
    const moved = Math.max(...next.map((x, i) => Math.abs(x - (f[i] as number))));
    f = next;
    g = b.map(
      (_, j) =>
        -eps *
        lse(
          C.map(
            (row, i) => Math.log(a[i] as number) + ((f[i] as number) - (row[j] as number)) / eps,
          ),
        ),
    );
    if (moved < 1e-14) break;
  }
  return C.map((row, i) =>
    row.map(
      (c, j) =>
        (a[i] as number) *
        (b[j] as number) *
        Math.exp(((f[i] as number) + (g[j] as number) - c) / eps),
    ),
  );
}

describe("sinkhornPoints", () => {
  it("solves the problem of two points on each side in closed form", () => {
    const { linear, value, f, g, converged } = sinkhornPoints([[0], [1]], [[0], [1]], { eps: 1 });
    expect(converged).toBe(true);
    expect(linear).toBeCloseTo(0.2689414213699951, 10);
    expect(value).toBeCloseTo(0.3798854930417225, 10);
    // Symmetric up to the sign of the points: both potentials are half of the value.
    for (const t of [f, g])
      for (const x of t.dataSync()) expect(x).toBeCloseTo(0.3798854930417225 / 2, 10);
  });

  it.each(costs)(
    "agrees with plain iterations for %s, in few and in many dimensions",
    (_name, cost) => {
      for (const [n, m, d] of [
        [5, 9, 2],
        [9, 5, 3],
        [7, 70, 11],
      ] as const) {
        const [X, Y] = [cloud(1, n, d), cloud(2, m, d)];
        const [a, b] = [weights(3, n), weights(4, m)];
        const C = costMatrix(X, Y, cost);
        const eps = 0.4 * (C.std().item() + 0.1);
        const result = sinkhornPoints(X, Y, { a, b, cost, eps, tol: 1e-11 });
        expect(result.converged).toBe(true);
        const expected = tensor(
          reference(C.toArray() as number[][], [...a.dataSync()], [...b.dataSync()], eps),
          { dtype: "f64" },
        );
        // The marginal error is 1e-11, and the exponential is good to 1e-12.
        expect(distance(result.plan(), expected)).toBeLessThan(2e-10);
        expect(result.linear).toBeCloseTo(expected.mul(C).sum().item(), 8);
      }
    },
  );

  it("agrees with the solver of the cost matrix to 1e-9 in every number", () => {
    const [X, Y] = [cloud(5, 300, 3), cloud(6, 217, 3)];
    const [a, b] = [weights(7, 300), weights(8, 217)];
    const options = { eps: 0.3, tol: 1e-11 };
    const points = sinkhornPoints(X, Y, { a, b, ...options });
    const dense = sinkhorn(a, b, costMatrix(X, Y), options);
    for (const key of ["linear", "value", "entropic"] as const)
      expect(Math.abs(points[key] - dense[key])).toBeLessThan(1e-9);
    expect(distance(points.f, dense.f)).toBeLessThan(1e-8);
    expect(distance(points.g, dense.g)).toBeLessThan(1e-8);
    const V = cloud(9, 217, 2);
    expect(distance(points.apply(V), dense.apply(V))).toBeLessThan(1e-9);
    expect(distance(points.applyT(X), dense.applyT(X))).toBeLessThan(1e-9);
    expect(distance(points.apply(b), dense.apply(b))).toBeLessThan(1e-9);
    expect(distance(points.barycentricMap(), dense.barycentricMap(Y))).toBeLessThan(1e-7);
    expect(distance(points.plan(), dense.plan())).toBeLessThan(1e-10);
  });

  it("leaves tiles out without a trace, at an ε so small that most carry nothing", () => {
    for (const cost of ["sqeuclidean", "euclidean", "cityblock", minkowski(3)] as Cost[]) {
      const [X, Y] = [cloud(10, 500, 2), cloud(11, 600, 2)];
      const eps = cost === "sqeuclidean" ? 0.02 : 0.05;
      const result = sinkhornPoints(X, Y, { cost, eps, tol: 1e-3, maxIterations: 500 });
      // The same potentials, evaluated without leaving anything out.
      const [f, g, C] = [result.f.expandDims(1), result.g.expandDims(0), costMatrix(X, Y, cost)];
      const P = f
        .add(g)
        .sub(C)
        .div(eps)
        .exp()
        .div(500 * 600);
      expect(distance(result.plan(), P)).toBeLessThan(1e-12);
      const error = P.sum(1)
        .sub(1 / 500)
        .abs()
        .sum()
        .add(
          P.sum(0)
            .sub(1 / 600)
            .abs()
            .sum(),
        );
      expect(Math.abs(error.item() - result.marginalError)).toBeLessThan(1e-9);
      expect(result.marginalError).toBeLessThan(1e-3);
    }
  });

  it("has the marginals it was given, whatever the weights, and leaves points without mass alone", () => {
    const coordinate = fc.integer({ min: -16, max: 16 }).map((k) => k / 8);
    const points = (n: number): fc.Arbitrary<number[][]> =>
      fc.array(fc.array(coordinate, { minLength: 2, maxLength: 2 }), {
        minLength: n,
        maxLength: n,
      });
    const mass = (n: number): fc.Arbitrary<number[]> =>
      fc
        .array(fc.integer({ min: 0, max: 5 }), { minLength: n, maxLength: n })
        .filter((w) => w.some((x) => x > 0));
    const problem = fc
      .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
      .chain(([n, m]) => fc.tuple(points(n), points(m), mass(n), mass(m)));
    fc.assert(
      fc.property(problem, ([X, Y, a, b]) => {
        const sum = (w: number[]): number => w.reduce((x, y) => x + y, 0);
        const scaled = b.map((w) => (w * sum(a)) / sum(b));
        // With costs up to 32 at ε = 8 the iterations contract at least by tanh²(4 · 32 / 8 / 4) < 0.9987 each.
        const result = sinkhornPoints(X, Y, {
          a,
          b: scaled,
          eps: 8,
          tol: 1e-8,
          maxIterations: 20_000,
        });
        expect(result.converged).toBe(true);
        const P = result.plan();
        expect(distance(P.sum(1), tensor(a, { dtype: "f64" }))).toBeLessThan(1e-7);
        expect(distance(P.sum(0), tensor(scaled, { dtype: "f64" }))).toBeLessThan(1e-7);
        for (const [i, w] of a.entries()) if (w === 0) expect(P.at(i).abs().max().item()).toBe(0);
        expect([...result.f.dataSync(), ...result.g.dataSync()].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("gives points without mass the potential of the update formula", () => {
    const [X, Y] = [cloud(12, 6, 2), cloud(13, 5, 2)];
    const a = [0, 1, 2, 0, 3, 1];
    const b = [3, 0, 1, 2, 1];
    const eps = 0.7;
    const { f, g } = sinkhornPoints(X, Y, { a, b, eps, tol: 1e-12 });
    const C = costMatrix(X, Y).toArray() as number[][];
    const softMinimum = (costsTo: number[], potential: Tensor, w: number[]): number =>
      -eps *
      Math.log(
        costsTo.reduce(
          (s, c, k) => s + (w[k] as number) * Math.exp((potential.at(k).item() - c) / eps),
          0,
        ),
      );
    for (const i of [0, 3])
      expect(f.at(i).item()).toBeCloseTo(softMinimum(C[i] as number[], g, b), 9);
    expect(g.at(1).item()).toBeCloseTo(
      softMinimum(
        C.map((row) => row[1] as number),
        f,
        a,
      ),
      9,
    );
  });

  it("goes on from potentials of an earlier call at once", () => {
    const [X, Y] = [cloud(14, 80, 3), cloud(15, 90, 3)];
    const first = sinkhornPoints(X, Y, { eps: 0.5 });
    const again = sinkhornPoints(X, Y, { eps: 0.5, init: first });
    expect(first.iterations).toBeGreaterThan(5);
    expect(again.iterations).toBeLessThanOrEqual(2);
    expect(again.value).toBeCloseTo(first.value, 9);
  });

  it("needs fewer iterations with over-relaxation, for the same result", () => {
    const [X, Y] = [cloud(16, 120, 2), cloud(17, 130, 2)];
    const options = { eps: 0.1, maxIterations: 20_000 };
    const plain = sinkhornPoints(X, Y, { ...options, overrelax: false });
    const relaxed = sinkhornPoints(X, Y, { ...options, overrelax: 1.5 });
    expect(plain.converged && relaxed.converged).toBe(true);
    expect(relaxed.iterations).toBeLessThan(0.7 * plain.iterations);
    expect(relaxed.linear).toBeCloseTo(plain.linear, 7);
  });

  it("needs a fraction of the plain iterations with Anderson acceleration, which is the default", () => {
    const [X, Y] = [cloud(16, 120, 2), cloud(17, 130, 2)];
    const options = { eps: 0.1, maxIterations: 20_000 };
    for (const [, cost] of costs) {
      const plain = sinkhornPoints(X, Y, { ...options, cost, anderson: false });
      const accelerated = sinkhornPoints(X, Y, { ...options, cost });
      expect(accelerated.converged).toBe(true);
      expect(accelerated.iterations).toBeLessThan(0.5 * plain.iterations);
      expect(accelerated.linear).toBeCloseTo(plain.linear, 7);
    }
  });

  it("reaches a small ε by way of larger ones", () => {
    const [X, Y] = [cloud(18, 60, 2), cloud(19, 60, 2)];
    const options = { eps: 0.05, maxIterations: 20_000, tol: 1e-8 };
    const direct = sinkhornPoints(X, Y, options);
    const annealed = sinkhornPoints(X, Y, { ...options, anneal: 0.5 });
    expect(annealed.converged).toBe(true);
    expect(annealed.history[0]?.stage).toBe("anneal");
    expect(annealed.linear).toBeCloseTo(direct.linear, 6);
  });

  it("takes a default ε from the spread of the costs, for every cost", () => {
    const [X, Y] = [cloud(20, 30, 3), cloud(21, 40, 3)];
    for (const [, cost] of costs) {
      const { eps } = sinkhornPoints(X, Y, { cost, maxIterations: 1, warn: false });
      const C = costMatrix(X, Y, cost);
      expect(Math.abs(eps / (0.05 * C.std().item()) - 1)).toBeLessThan(1e-9);
    }
  });

  it("allows forbidden pairs in a cost function", () => {
    const forbidden: Cost = (x, y) => {
      const C = costMatrix(x, y);
      const at = tensor(
        [
          [0, 0],
          [0, Infinity],
        ],
        { dtype: "f64" },
      );
      return x.shape[0] === 2 && y.shape[0] === 2 ? C.add(at) : C;
    };
    const { plan, linear, converged } = sinkhornPoints([[0], [1]], [[0], [1]], {
      cost: forbidden,
      eps: 1,
      a: [0.7, 0.3],
      b: [0.5, 0.5],
    });
    expect(converged).toBe(true);
    // The second point may go only to the first.
    const P = plan().toArray() as number[][];
    expect(P[1]?.[1]).toBeLessThan(1e-200);
    expect(P[1]?.[0]).toBeCloseTo(0.3, 8);
    expect(P[0]?.[1]).toBeCloseTo(0.5, 8);
    expect(linear).toBeCloseTo(0.8, 8);
  });

  it("stays finite from far-off potentials and at tiny and huge scales", () => {
    for (const scale of [1e-100, 1e-6, 1, 1e6, 1e60]) {
      const [X, Y] = [cloud(22, 20, 2).mul(scale), cloud(23, 25, 2).mul(scale)];
      const result = sinkhornPoints(X, Y, { eps: 0.5 * scale * scale, tol: 1e-10 });
      expect(result.converged).toBe(true);
      expect(result.linear / scale / scale).toBeCloseTo(
        sinkhornPoints(cloud(22, 20, 2), cloud(23, 25, 2), { eps: 0.5, tol: 1e-10 }).linear,
        7,
      );
    }
    const g = Float64Array.from({ length: 25 }, (_, j) => (j % 2 === 0 ? 1e5 : -1e5));
    const far = sinkhornPoints(cloud(22, 20, 2), cloud(23, 25, 2), { eps: 0.5, init: { g } });
    expect(far.converged).toBe(true);
  });

  it("raises a tolerance that doubles cannot reach, and says so, for every cost", () => {
    const [X, Y] = [cloud(31, 60, 3), cloud(32, 50, 3).add(10)];
    for (const [, cost] of costs) {
      const options = { cost, eps: costMatrix(X, Y, cost).std().item() };
      const result = sinkhornPoints(X, Y, { ...options, tol: 1e-300 });
      expect(result.status).toMatch(
        /converged; tol raised to \d\.\de-1[345], what doubles resolve/,
      );
      expect(result.converged).toBe(true);
      expect(result.iterations).toBeLessThan(100);
      expect(sinkhornPoints(X, Y, { ...options, tol: 1e-9 }).status).not.toContain("raised");
    }
  });

  it("raises a tolerance to four roundings of the largest exponent, as a fraction of the mass", () => {
    // Costs 0 and 1, and those of a function with a forbidden pair: the spread is 1 in each.
    const functions: readonly Cost[] = [
      "sqeuclidean",
      (x, y) => where(costMatrix(x, y).greater(0.5), Infinity, expandDims(x.sum(-1), 1)),
    ];
    for (const cost of functions) {
      const result = sinkhornPoints([[0], [1]], [[0], [1]], {
        ...{ a: [3, 3], b: [3, 3], cost, eps: 1e-3, tol: 1e-300 },
      });
      expect(result.converged).toBe(true);
      expect(result.status).toContain(`tol raised to ${(4 * 2 ** -52 * 1001).toExponential(1)}`);
      expect(result.marginalError).toBeLessThanOrEqual(6 * 4 * 2 ** -52 * 1001);
    }
  });

  it("says that it did not converge, and warns once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const options = { eps: 0.01, maxIterations: 3 };
      const result = sinkhornPoints(cloud(24, 30, 2), cloud(25, 30, 2), options);
      expect(result.converged).toBe(false);
      expect(result.status).toMatch(
        /^streaming: 3 iterations, marginal error .*, not at most 1e-9; more iterations/,
      );
      expect(warn).toHaveBeenCalledTimes(1);
      sinkhornPoints(cloud(24, 30, 2), cloud(25, 30, 2), { ...options, warn: false });
      expect(warn).toHaveBeenCalledTimes(1);
    } finally {
      warn.mockRestore();
    }
  });

  it("refuses what it cannot use", () => {
    const X = [[0, 1]];
    expect(() => sinkhornPoints(X, [[1]])).toThrow(
      "sinkhornPoints: expected points of the same dimension; got X with 2 and Y with 1 coordinates",
    );
    expect(() => sinkhornPoints(X, X, { eps: 0 })).toThrow(
      "sinkhornPoints: expected eps > 0, in units of the cost; got 0",
    );
    expect(() => sinkhornPoints([[NaN, 1]], X)).toThrow(
      "sinkhornPoints: expected finite numbers in X; got X[0, 0] = NaN",
    );
    expect(() => sinkhornPoints(X, X, { a: [1], b: [2] })).toThrow(
      "sinkhornPoints: expected a and b with the same sum; got 1 and 2",
    );
    expect(() => sinkhornPoints(X, X, { cost: "l2" as Cost })).toThrow(
      "sinkhornPoints: expected cost sqeuclidean",
    );
    expect(() => sinkhornPoints(X, X, { overrelax: 2 })).toThrow(
      "sinkhornPoints: expected overrelax between 0 and 2; got 2",
    );
    expect(() => sinkhornPoints(X, X, { anneal: 1 })).toThrow(
      "sinkhornPoints: expected anneal between 0 and 1; got 1",
    );
    expect(() => sinkhornPoints(X, X, { tol: 0 })).toThrow(
      "sinkhornPoints: expected tol > 0; got 0",
    );
    expect(() => sinkhornPoints(X, X, { maxIterations: 0 })).toThrow(
      "sinkhornPoints: expected maxIterations to be a whole number ≥ 1; got 0",
    );
    expect(() => sinkhornPoints(X, X, { eps: 1, cost: (x) => x.mul(NaN).at("...", [0]) })).toThrow(
      "sinkhornPoints: expected a cost function of numbers or +Infinity; got NaN",
    );
  });
});
