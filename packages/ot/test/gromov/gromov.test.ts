import type { Tensor } from "@x/tensor";
import { rng } from "@x/tensor/random";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs/cost-matrix";
import { emd } from "../../src/exact/emd";
import { entropicGW, gromovWasserstein } from "../../src/gromov";
import golden from "../golden/gromov.json";

const { C1, C2, M, p, q } = golden;
const goldenCase = (method: string, loss: string) =>
  golden.cases.find((c) => c.method === method && c.loss === loss) as {
    value: number;
    plan: number[][];
  };

/** Points in the square [−1, 1]². */
function cloud(n: number, seed: number): number[][] {
  const random = rng(seed);
  return Array.from({ length: n }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
}

/** The objective by four loops. */
function bruteForce(
  x: number[][],
  y: number[][],
  plan: Tensor,
  loss: (a: number, b: number) => number,
): number {
  const P = plan.toArray() as number[][];
  let sum = 0;
  P.forEach((row, i) => {
    row.forEach((w, j) => {
      P.forEach((other, k) => {
        other.forEach((v, l) => {
          sum += loss(x[i]?.[k] as number, y[j]?.[l] as number) * w * v;
        });
      });
    });
  });
  return sum;
}

const square = (a: number, b: number): number => (a - b) ** 2;
const kl = (a: number, b: number): number =>
  (a === 0 ? 0 : a * Math.log(a / Math.max(b, 1e-15))) - a + b;

const marginalsOf = (plan: Tensor): Tensor[] => [plan.sum(1), plan.sum(0)];

describe("gromovWasserstein", () => {
  it("is ½(d1 − d2)² for spaces of two points", () => {
    const { value, converged } = gromovWasserstein(
      [
        [0, 1],
        [1, 0],
      ],
      [
        [0, 3],
        [3, 0],
      ],
    );
    expect(value).toBeCloseTo(2, 14);
    expect(converged).toBe(true);
  });

  it("matches a path with its relabelled copy", () => {
    const path = [
      [0, 1, 2],
      [1, 0, 1],
      [2, 1, 0],
    ];
    const copy = [
      [0, 1, 1],
      [1, 0, 2],
      [1, 2, 0],
    ];
    const { plan, value } = gromovWasserstein(path, copy, { init: "lowerBound" });
    expect(value).toBeCloseTo(0, 14);
    // The middle of the path, 1, is point 0 of the copy.
    expect(plan.at(1, 0).item()).toBeCloseTo(1 / 3, 14);
  });

  it("finds a permuted and turned copy of a cloud, where distances tell the points apart", () => {
    const X = cloud(12, 1);
    const order = Array.from({ length: 12 }, (_, i) => (5 * i) % 12);
    const Y = order.map((i) => {
      const [x, y] = X[i] as [number, number];
      return [0.6 * x - 0.8 * y + 3, 0.8 * x + 0.6 * y - 1];
    });
    const { plan, value } = gromovWasserstein(costMatrix(X, X), costMatrix(Y, Y), {
      init: "lowerBound",
    });
    expect(value).toBeLessThan(1e-12);
    order.forEach((i, j) => {
      expect(plan.at(i, j).item()).toBeCloseTo(1 / 12, 12);
    });
  });

  it("does not see turns and shifts of a space", () => {
    const [X, Y] = [cloud(8, 2), cloud(9, 3)];
    const turned = Y.map(([x, y]) => [-(y as number) + 2, (x as number) - 5]);
    const within = (Z: number[][]): Tensor => costMatrix(Z, Z);
    const one = gromovWasserstein(within(X), within(Y));
    const two = gromovWasserstein(within(X), within(turned));
    expect(Math.abs(one.value - two.value)).toBeLessThan(1e-9);
  });

  it.each(["square", "kl"])("is POT's value for unequal weights and the loss %s", (name) => {
    const loss = name as "square" | "kl";
    const { plan, value, quadratic } = gromovWasserstein(C1, C2, { p, q, loss, tol: 1e-14 });
    expect(value).toBeCloseTo(goldenCase("exact", loss).value, 9);
    expect(value).toBeCloseTo(bruteForce(C1, C2, plan, loss === "kl" ? kl : square), 10);
    expect(quadratic).toBe(value);
    assertClose(marginalsOf(plan)[0] as Tensor, p, { absolute: 1e-14 });
    assertClose(marginalsOf(plan)[1] as Tensor, q, { absolute: 1e-14 });
  });

  it.each(golden.cases.filter((c) => c.method === "fused"))(
    "is POT's fused value for alpha = $alpha",
    ({ alpha, value }) => {
      const result = gromovWasserstein(C1, C2, { p, q, M, alpha, tol: 1e-14 });
      expect(result.value).toBeCloseTo(value, 9);
      expect(
        (1 - (alpha as number)) * result.linear + (alpha as number) * result.quadratic,
      ).toBeCloseTo(result.value, 14);
    },
  );

  it("is exact transport on M for alpha = 0", () => {
    const { value, plan } = gromovWasserstein(C1, C2, { p, q, M, alpha: 0 });
    const exact = emd(p, q, M);
    expect(value).toBeCloseTo(exact.cost, 12);
    assertClose(plan, exact.plan.toDense(), { absolute: 1e-12 });
  });

  it("descends, for symmetric and other matrices, to a value that the four loops confirm", () => {
    const entry = fc.integer({ min: 0, max: 16 }).map((v) => v / 8);
    const matrix = (n: number): fc.Arbitrary<number[][]> =>
      fc.array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: n, maxLength: n });
    fc.assert(
      fc.property(matrix(4), matrix(5), (x, y) => {
        const { plan, value, history } = gromovWasserstein(x, y, {
          maxIterations: 100,
          warn: false,
        });
        expect(Math.abs(value - bruteForce(x, y, plan, square))).toBeLessThan(1e-12);
        for (let k = 1; k < history.length; k++)
          expect(history[k] as number).toBeLessThanOrEqual((history[k - 1] as number) + 1e-12);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps the best of several starts, the same for the same seed", () => {
    const [x, y] = [cloud(10, 4), cloud(10, 5)].map((Z) => costMatrix(Z, Z)) as [Tensor, Tensor];
    const once = gromovWasserstein(x, y);
    const often = gromovWasserstein(x, y, { restarts: 5, seed: 1 });
    expect(often.value).toBeLessThanOrEqual(once.value);
    expect(gromovWasserstein(x, y, { restarts: 5, seed: 1 }).value).toBe(often.value);
  });

  it.each([1e-6, 1, 1e8])(
    "has the same plan in every unit of distance (%s) and of mass",
    (unit) => {
      const [x, y] = [cloud(7, 6), cloud(8, 7)].map((Z) => costMatrix(Z, Z)) as [Tensor, Tensor];
      const mass = 1 / unit;
      const options = {
        p: Array.from({ length: 7 }, () => mass / 7),
        q: Array.from({ length: 8 }, () => mass / 8),
      };
      const plain = gromovWasserstein(x, y);
      const scaled = gromovWasserstein(x.mul(unit), y.mul(unit), options);
      assertClose(scaled.plan.div(mass), plain.plan, { absolute: 1e-12 });
      const entropic = entropicGW(x, y);
      const other = entropicGW(x.mul(unit), y.mul(unit), options);
      expect(entropic.converged && other.converged, other.status).toBe(true);
      assertClose(other.plan.div(mass), entropic.plan, { absolute: 1e-7 });
    },
  );

  it("leaves points without mass out", () => {
    const { plan, value } = gromovWasserstein(
      [
        [0, 1, 9],
        [1, 0, 9],
        [9, 9, 0],
      ],
      [
        [0, 3],
        [3, 0],
      ],
      { p: [0.5, 0.5, 0] },
    );
    expect(value).toBeCloseTo(2, 14);
    expect(plan.sum(1).toArray()).toEqual([0.5, 0.5, 0]);
  });

  it("says so when it runs out of iterations", () => {
    const { converged, status } = gromovWasserstein(C1, C2, {
      p,
      q,
      maxIterations: 1,
      tol: 0,
      warn: false,
    });
    expect(converged).toBe(false);
    expect(status).toMatch(/not converged/);
  });

  it("refuses what it cannot use, by name", () => {
    const two = [
      [0, 1],
      [1, 0],
    ];
    expect(() => gromovWasserstein([[0, 1]], two)).toThrow(/C1 within one space as a square/);
    expect(() => gromovWasserstein(two, two, { alpha: 0.5 })).toThrow(/costs M between the spaces/);
    expect(() => gromovWasserstein(two, two, { M: [[1]], alpha: 0.5 })).toThrow(
      /M with shape \[2, 2\]/,
    );
    expect(() => gromovWasserstein(two, two, { alpha: 2 })).toThrow(/alpha from 0 to 1; got 2/);
    expect(() =>
      gromovWasserstein(
        two,
        [
          [0, -1],
          [1, 0],
        ],
        { loss: "kl" },
      ),
    ).toThrow(/C2\[0, 1\] = -1/);
    expect(() => gromovWasserstein(two, two, { p: [1, 1], q: [1, 2] })).toThrow(
      /p and q with the same sum/,
    );
    expect(() =>
      gromovWasserstein(two, two, {
        init: [
          [1, 0],
          [0, 1],
        ],
      }),
    ).toThrow(/marginals p and q/);
    expect(() => gromovWasserstein(two, two, { restarts: -1 })).toThrow(/restarts/);
  });
});

describe("entropicGW", () => {
  it.each(["square", "kl"])("is POT's plan for the loss %s", (name) => {
    const loss = name as "square" | "kl";
    const { value, plan, converged } = entropicGW(C1, C2, { p, q, loss, eps: 0.5, tol: 1e-11 });
    expect(converged).toBe(true);
    // POT stops its inner iterations at 10⁻⁹.
    assertClose(plan, goldenCase("entropic", loss).plan, { absolute: 1e-7 });
    expect(value).toBeCloseTo(goldenCase("entropic", loss).value, 6);
  });

  it("comes near the unregularised value as ε falls, and the proximal form reaches it", () => {
    const exact = gromovWasserstein(C1, C2, { p, q, M, alpha: 0.3, tol: 1e-14 }).value;
    const regular = (eps: number): number =>
      entropicGW(C1, C2, { p, q, M, alpha: 0.3, eps, maxIterations: 200, warn: false }).value;
    const gaps = [0.5, 0.1, 0.02].map((eps) => Math.abs(regular(eps) - exact));
    expect(gaps[1] as number).toBeLessThan(gaps[0] as number);
    expect(gaps[2] as number).toBeLessThan(gaps[1] as number);
    const proximal = entropicGW(C1, C2, {
      p,
      q,
      M,
      alpha: 0.3,
      eps: 0.2,
      method: "proximal",
      warn: false,
    });
    expect(Math.abs(proximal.value - exact)).toBeLessThan(1e-5);
  });

  it("does not call a result converged whose plan has the wrong marginals", () => {
    const far = 1e8;
    const { value, converged, status } = entropicGW(
      [
        [0, far],
        [far, 0],
      ],
      [
        [0, 2 * far],
        [2 * far, 0],
      ],
      { eps: 1e-9, warn: false },
    );
    expect(converged || value >= 0, status).toBe(true);
    expect(Number.isFinite(value)).toBe(true);
  });

  it("refuses a bad ε and both kinds of it", () => {
    const two = [
      [0, 1],
      [1, 0],
    ];
    expect(() => entropicGW(two, two, { eps: 0 })).toThrow(/eps > 0; got 0/);
    expect(() => entropicGW(two, two, { eps: 1, relativeEps: 1 })).toThrow(/got both/);
    expect(() => entropicGW(two, two, { relativeEps: -1 })).toThrow(/of the gradient's deviation/);
  });
});
