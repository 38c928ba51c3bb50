import { grad, hessian, jit, type Tensor, tensor } from "@x/tensor";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cost, costMatrix, minkowski } from "../../src/costs/index";

/** A cost of two points by its definition. */
const definitions: readonly [string, Cost, (x: number[], y: number[]) => number][] = [
  ["sqeuclidean", "sqeuclidean", (x, y) => sum(x, y, (s, t) => (s - t) ** 2)],
  ["euclidean", "euclidean", (x, y) => Math.hypot(...x.map((s, k) => s - (y[k] as number)))],
  ["cityblock", "cityblock", (x, y) => sum(x, y, (s, t) => Math.abs(s - t))],
  [
    "cosine",
    "cosine",
    (x, y) => {
      const norms = Math.hypot(...x) * Math.hypot(...y);
      return norms === 0 ? 1 : 1 - sum(x, y, (s, t) => s * t) / norms;
    },
  ],
  ["dot", "dot", (x, y) => -sum(x, y, (s, t) => s * t)],
  ["minkowski(1)", minkowski(1), (x, y) => sum(x, y, (s, t) => Math.abs(s - t))],
  ["minkowski(2)", minkowski(2), (x, y) => Math.hypot(...x.map((s, k) => s - (y[k] as number)))],
  ["minkowski(3)", minkowski(3), (x, y) => sum(x, y, (s, t) => Math.abs(s - t) ** 3) ** (1 / 3)],
  [
    "minkowski(1.5)",
    minkowski(1.5),
    (x, y) => sum(x, y, (s, t) => Math.abs(s - t) ** 1.5) ** (1 / 1.5),
  ],
  [
    "minkowski(∞)",
    minkowski(Infinity),
    (x, y) => Math.max(...x.map((s, k) => Math.abs(s - (y[k] as number)))),
  ],
];

const sum = (x: number[], y: number[], h: (s: number, t: number) => number): number =>
  x.reduce((total, s, k) => total + h(s, y[k] as number), 0);

const coordinate = fc.integer({ min: -40, max: 40 }).map((k) => k / 8);
const clouds = fc
  .record({
    n: fc.integer({ min: 1, max: 6 }),
    m: fc.integer({ min: 1, max: 6 }),
    d: fc.integer({ min: 1, max: 7 }),
  })
  .chain(({ n, m, d }) => {
    const point = fc.array(coordinate, { minLength: d, maxLength: d });
    return fc.tuple(
      fc.array(point, { minLength: n, maxLength: n }),
      fc.array(point, { minLength: m, maxLength: m }),
    );
  });

describe("costMatrix", () => {
  it.each(definitions)(
    "computes %s as it is defined, in any dimension",
    (_name, cost, definition) => {
      fc.assert(
        fc.property(clouds, ([X, Y]) => {
          const C = costMatrix(X, Y, cost);
          expect(C.dtype).toBe("f64");
          const got = C.toArray() as number[][];
          for (const [i, x] of X.entries())
            for (const [j, y] of Y.entries()) {
              const expected = definition(x, y);
              // Coordinates up to 5 in d ≤ 7 dimensions: rounding of squares near 700, whose root keeps half the digits.
              const tolerance =
                cost === "euclidean" || (typeof cost !== "string" && x.length > 4) ? 3e-6 : 1e-11;
              expect(Math.abs((got[i]?.[j] as number) - expected)).toBeLessThan(tolerance);
            }
        }),
        { numRuns: 60 },
      );
    },
  );

  it("has no error from far-away clouds, by differences or about the common mean", () => {
    for (const d of [3, 8]) {
      const at = (offset: number): number[][] => [Array.from({ length: d }, () => 1e8 + offset)];
      expect(costMatrix(at(0), at(0.5)).item()).toBe(0.25 * d);
    }
  });

  it("gives exact zeros between coinciding points and never a negative cost", () => {
    for (const d of [2, 33]) {
      const X = Array.from({ length: 9 }, (_, i) =>
        Array.from({ length: d }, (_, k) => Math.sin(7 * i + 3 * k)),
      );
      for (const cost of ["euclidean", "cityblock", minkowski(2.5)] as Cost[]) {
        const C = costMatrix(X, X, cost).toArray() as number[][];
        for (const [i, row] of C.entries()) expect(row[i]).toBe(0);
      }
      const squared = costMatrix(X, X).dataSync();
      expect(Math.min(...squared)).toBeGreaterThanOrEqual(0);
    }
  });

  it("has gradient 0 where points coincide and no NaN anywhere", () => {
    for (const d of [2, 9]) {
      const X = tensor(
        Array.from({ length: 4 }, (_, i) =>
          Array.from({ length: d }, (_, k) => Math.cos(i * d + k)),
        ),
        { dtype: "f64" },
      );
      for (const [, cost] of definitions) {
        const one = X.at([0]);
        const g = grad((x: Tensor) => costMatrix(x, one, cost).sum())(one).dataSync();
        const expected =
          cost === "dot" ? (one.neg().dataSync() as Float64Array) : new Float64Array(d);
        for (const [k, value] of g.entries()) expect(value).toBeCloseTo(expected[k] as number, 14);
        const all = grad((x: Tensor) => costMatrix(x, X, cost).sum())(X).dataSync();
        expect(all.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it.each(definitions)("has the gradient of %s that central differences see", (_name, cost) => {
    for (const d of [3, 6]) {
      const point = (seed: number): number[][] =>
        Array.from({ length: 3 }, (_, i) =>
          Array.from({ length: d }, (_, k) => Math.sin(seed + 5 * i + 2.3 * k)),
        );
      const [X, Y, V] = [point(1), point(2), point(3)].map((z) => tensor(z, { dtype: "f64" })) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const weights = tensor(point(4), { dtype: "f64" }).at("...", [0, 1, 2]);
      const loss = (x: Tensor): Tensor => costMatrix(x, Y, cost).mul(weights).sum();
      const slope = grad(loss)(X).mul(V).sum().item();
      // Truncation h² |f'''| / 6 and rounding 1e-16 / h are both near 1e-10 at h = 1e-5.
      const h = 1e-5;
      const difference = (loss(X.add(V.mul(h))).item() - loss(X.sub(V.mul(h))).item()) / (2 * h);
      expect(Math.abs(slope - difference)).toBeLessThan(1e-7 * Math.max(1, Math.abs(slope)));
    }
  });

  it("keeps the second derivative of the squared distance where it is clamped at zero", () => {
    const x = tensor(
      Array.from({ length: 6 }, (_, k) => Math.sin(k)),
      { dtype: "f64" },
    );
    const y = x.reshape([1, 6]);
    const H = hessian((z: Tensor) => costMatrix(z.reshape([1, 6]), y).sum())(
      x,
    ).toArray() as number[][];
    for (const [i, row] of H.entries())
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo(i === j ? 2 : 0, 12);
  });

  it("is the same inside jit, and stays f32 when that is asked for", () => {
    const X = tensor(
      [
        [0.5, 1.5, -2],
        [3, 0.25, 1],
      ],
      { dtype: "f64" },
    );
    for (const [, cost] of definitions) {
      const plain = costMatrix(X, X, cost).dataSync();
      const traced = jit((x: Tensor) => costMatrix(x, x, cost))(X).dataSync();
      for (const [k, value] of traced.entries()) expect(value).toBeCloseTo(plain[k] as number, 14);
    }
    expect(costMatrix(X.cast("f32"), X, "sqeuclidean", { dtype: "f32" }).dtype).toBe("f32");
    expect(costMatrix(X.cast("f32"), X).dtype).toBe("f64");
  });

  it("takes a function of two tensors and checks what it returns", () => {
    const cube: Cost = (x, y) => costMatrix(x, y, "euclidean").pow(3);
    expect(costMatrix([[0]], [[2]], cube).item()).toBe(8);
    expect(() => costMatrix([[0], [1]], [[2]], (x) => x.T)).toThrow(
      "costMatrix: expected a cost function that returns shape [2, 1]; got [1, 2]",
    );
  });

  it("refuses points of different dimensions, unknown names and orders below 1", () => {
    expect(() => costMatrix([[1, 2]], [[1]])).toThrow(
      "costMatrix: expected X with shape [n, d] and Y with shape [m, d]; got [1, 2] and [1, 1]",
    );
    expect(() => costMatrix([[1]], [[1]], "manhattan" as Cost)).toThrow(
      "costMatrix: expected cost sqeuclidean, euclidean, cityblock, cosine, dot or a function; got manhattan",
    );
    expect(() => minkowski(0.5)).toThrow("minkowski: expected an order p ≥ 1; got 0.5");
  });
});

describe("costMatrix of many points", () => {
  it.each(definitions)(
    "computes %s by the same definition, by whatever way is fastest",
    (_name, cost, definition) => {
      for (const [n, m, d] of [
        [70, 130, 3],
        [33, 65, 1],
        [40, 90, 20],
      ] as const) {
        const cloud = (count: number, seed: number): number[][] =>
          Array.from({ length: count }, (_, i) =>
            Array.from({ length: d }, (_, k) => Math.sin(seed + 7.3 * i + 1.7 * k * k)),
          );
        const [X, Y] = [cloud(n, 1), cloud(m, 2)];
        // Points of X again, so that distances of exactly 0 are among them.
        Y[5] = X[7] as number[];
        const C = costMatrix(X, Y, cost).toArray() as number[][];
        for (const [i, x] of X.entries())
          for (const [j, y] of Y.entries())
            expect(Math.abs((C[i]?.[j] as number) - definition(x, y))).toBeLessThan(1e-11);
        if (cost === "euclidean" || cost === "cityblock")
          expect(Object.is(C[7]?.[5], 0)).toBe(true);
      }
    },
  );

  it("keeps derivatives where values come from a kernel", () => {
    const X = tensor(
      Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]),
      { dtype: "f64" },
    );
    const Y = X.at([...Array(35).keys()]).add(0.1);
    for (const cost of ["sqeuclidean", "euclidean", "cityblock"] as const) {
      const C = costMatrix(X, Y, cost);
      const [value, slope] = [C.sum().item(), grad((x: Tensor) => costMatrix(x, Y, cost).sum())(X)];
      const h = 1e-6;
      const moved = costMatrix(X.add(h), Y, cost).sum().item();
      // Forward difference: second derivatives of 1400 summands times h / 2, and kinks of none of them.
      expect(Math.abs((moved - value) / h - slope.sum().item())).toBeLessThan(0.05);
    }
  });
});
