import { random, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costMatrix } from "../../src/costs";
import { emd } from "../../src/exact";
import { empiricalGaussianMap } from "../../src/gaussian";
import { barycentricMap, Transport } from "../../src/mapping";
import { classPlan } from "../../src/mapping/class-plan";
import { nearestOf } from "../../src/mapping/nearest";
import { sinkhorn } from "../../src/sinkhorn";
import golden from "../golden/mapping.json";

const draw = (seed: number, n: number, d = 2): Tensor =>
  random.normal(random.key(seed), [n, d], { dtype: "f64" });

const X = draw(1, 20);
const Y = draw(2, 30).mul(0.5).add([3, -1]);

describe("barycentricMap", () => {
  it("is the mean of a row of the plan, dense or sparse, and the origin for an empty row", () => {
    const P = [
      [0.1, 0.3],
      [0, 0],
      [0.6, 0],
    ];
    const points = [
      [0, 4],
      [8, 0],
    ];
    assertClose(barycentricMap(P, points), [
      [6, 1],
      [0, 0],
      [0, 4],
    ]);
    const { plan } = emd(null, null, costMatrix(X, Y));
    assertClose(barycentricMap(plan, Y), barycentricMap(plan.toDense(), Y), { absolute: 1e-14 });
  });

  it("is that of the result of sinkhorn", () => {
    const result = sinkhorn(null, null, costMatrix(X, Y), { eps: 0.5 });
    assertClose(barycentricMap(result.plan(), Y), result.barycentricMap(Y), { absolute: 1e-13 });
  });

  it("refuses what does not fit", () => {
    expect(() => barycentricMap([[1, 2]], [[1]])).toThrow(
      "barycentricMap: expected as many points Y as P has columns; got 1 and 2",
    );
    expect(() => barycentricMap([[1, -2]], [[1], [2]])).toThrow("got P[0, 1] = -2");
  });
});

describe("nearestOf", () => {
  it("finds the point that comparing all of them finds", () => {
    const coordinate = fc.integer({ min: -6, max: 6 });
    const cloud = fc.array(fc.tuple(coordinate, coordinate, coordinate), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(cloud, cloud, (points, queries) => {
        const data = Float64Array.from(points.flat());
        const find = nearestOf({ data, rows: points.length, columns: 3 });
        const at = Float64Array.from(queries.flat());
        const distance = (i: number, q: number) =>
          [0, 1, 2].reduce(
            (s, k) => s + ((data[3 * i + k] as number) - (at[3 * q + k] as number)) ** 2,
            0,
          );
        for (const q of queries.keys()) {
          const least = Math.min(...points.map((_, i) => distance(i, q)));
          expect(distance(find(at, 3 * q), q)).toBe(least);
        }
      }),
    );
  });
});

describe("Transport", () => {
  it("by emd sends fitted points to the means of their plan and new ones along with the nearest", () => {
    const transport = new Transport({ method: "emd" }).fit({ X, Y });
    expect(transport.converged).toBe(true);
    const images = barycentricMap(emd(null, null, costMatrix(X, Y)).plan, Y);
    assertClose(transport.transform(X), images, { absolute: 1e-12 });
    // Far closer than any other of 20 normal points.
    assertClose(transport.transform(X.add(1e-6)), images.add(1e-6), { absolute: 1e-12 });
  });

  it("by sinkhorn is the barycentric map on fitted points, and a softmax on new ones", () => {
    const eps = 0.3;
    const transport = new Transport({ method: "sinkhorn", eps, tol: 1e-12 }).fit({ X, Y });
    const result = sinkhorn(null, null, costMatrix(X, Y), { eps, tol: 1e-12 });
    // Rows of the plan are exact to the marginal error, which entries of weight 1/20 feel 20 times.
    assertClose(transport.transform(X), result.barycentricMap(Y), { absolute: 1e-9 });
    const x = [0.3, -0.2];
    const g = result.g.toArray() as number[];
    const rows = Y.toArray() as [number, number][];
    const w = rows.map(([p, q], j) =>
      Math.exp(((g[j] as number) - (p - 0.3) ** 2 - (q + 0.2) ** 2) / eps),
    );
    const sum = w.reduce((s, v) => s + v);
    const mean = [0, 1].map((k) =>
      w.reduce((s, v, j) => s + (v * (rows[j]?.[k] as number)) / sum, 0),
    );
    assertClose(transport.transform([x]), [mean], { absolute: 1e-10 });
    const near = new Transport({ method: "sinkhorn", eps, outOfSample: "nearest" }).fit({ X, Y });
    assertClose(near.transform(X), result.barycentricMap(Y), { absolute: 1e-7 });
  });

  it("debiased is the identity for equal clouds and the shift for shifted ones, seen or not", () => {
    const transport = new Transport({ method: "sinkhorn", eps: 1, debiased: true, tol: 1e-12 });
    const other = draw(7, 15).mul(2);
    assertClose(transport.fit({ X, Y: X }).transform(other), other, { absolute: 1e-10 });
    const shift = [2, -5];
    // The potentials of a shifted problem are others, equal in exact numbers only.
    assertClose(transport.fit({ X, Y: X.add(shift) }).transform(other), other.add(shift), {
      absolute: 1e-8,
    });
    const blurred = new Transport({ method: "sinkhorn", eps: 1 }).fit({ X, Y: X }).transform(X);
    expect(blurred.std().item()).toBeLessThan(0.9 * X.std().item());
  });

  it("by Gaussians is their affine map", () => {
    const transport = new Transport({ method: "gaussian", reg: 0 }).fit({ X, Y });
    assertClose(transport.transform(Y), empiricalGaussianMap(X, Y, { reg: 0 }).apply(Y), {
      absolute: 1e-12,
    });
  });

  it("leaves points without mass out of the plan and moves them like new ones", () => {
    const a = [0.5, 0, 0.5];
    const data = { X: [[0], [1], [10]], Y: [[5], [20]], a };
    for (const options of [
      { method: "emd" },
      { method: "sinkhorn", eps: 0.01, outOfSample: "nearest" },
    ] as const)
      assertClose(new Transport(options).fit(data).transform(data.X), [[5], [6], [20]], {
        absolute: 1e-9,
      });
    const soft = new Transport({ method: "sinkhorn", eps: 1 }).fit({ ...data, b: [1, 0] });
    assertClose(soft.transform([[3]]), [[5]], { absolute: 1e-12 });
  });

  it("comes back from JSON with every bit, for each kind of map", () => {
    for (const options of [
      { method: "emd" },
      { method: "sinkhorn", eps: 0.5, debiased: true },
      { method: "sinkhorn", eps: 0.5, cost: "euclidean" },
      { method: "gaussian" },
    ] as const) {
      const transport = new Transport(options).fit({ X, Y });
      const copy = Transport.fromJSON(JSON.parse(JSON.stringify(transport)));
      expect(copy.transform(Y).toArray()).toEqual(transport.transform(Y).toArray());
      expect(copy.status).toBe(transport.status);
    }
  });

  it("refuses JSON that is something else", () => {
    const json = JSON.parse(
      JSON.stringify(new Transport({ method: "sinkhorn", eps: 1 }).fit({ X, Y })),
    );
    const changed = (change: object) => () => Transport.fromJSON({ ...json, ...change });
    expect(() => Transport.fromJSON(null)).toThrow("expected a transport; got null");
    expect(changed({ version: 2 })).toThrow("in version 1");
    expect(changed({ method: "magic" })).toThrow('got "magic"');
    expect(changed({ map: { kind: "nearest", from: [[1]], to: [[1], [2]] } })).toThrow(
      "as many images",
    );
    expect(changed({ map: { kind: "nearest", from: [[1]], to: "x" } })).toThrow(
      "rows of numbers in to",
    );
    expect(changed({ map: { ...json.map, eps: -1 } })).toThrow("expected eps > 0; got -1");
    expect(changed({ map: { ...json.map, cost: "toString" } })).toThrow("expected cost");
    const target = { ...json.map.target, potential: [1] };
    expect(changed({ map: { ...json.map, target } })).toThrow("target.potential with shape [30]");
  });

  it("refuses what does not fit", () => {
    const transport = new Transport({ method: "emd" });
    expect(() => transport.transform(X)).toThrow(
      "Transport.transform: expected a fitted transport",
    );
    expect(() => transport.fit({ X, Y: [[1]] })).toThrow("got X in 2, Y in 1");
    expect(() => transport.fit({ X, Y }).transform([[1]])).toThrow("expected X with shape [k, 2]");
    expect(() => new Transport({ method: "classes" }).fit({ X, Y })).toThrow("expected labels");
    expect(() => new Transport({ method: "classes" }).fit({ X, Y, labels: [1] })).toThrow(
      "expected 20 labels",
    );
    const contradiction = { method: "sinkhorn", debiased: true, cost: "euclidean" } as const;
    expect(() => new Transport(contradiction).fit({ X, Y })).toThrow(
      "cost sqeuclidean with debiased",
    );
  });
});

describe("the plan by classes", () => {
  const classes = Int32Array.from({ length: 20 }, (_, i) => (i < 2 ? -1 : i % 3));
  const a = new Float64Array(20).fill(1 / 20);
  const b = new Float64Array(30).fill(1 / 30);
  const costs = costMatrix(X, Y);
  const C = { data: costs.dataSync() as Float64Array, rows: 20, columns: 30 };
  const eps = 0.2;

  /** The objective that majorisation lowers, with the softened roots. */
  function objective(P: Float64Array, eta: number): number {
    let sum = 0;
    const masses = new Float64Array(90);
    P.forEach((p, k) => {
      const c = classes[Math.floor(k / 30)] as number;
      sum += p * (C.data[k] as number) + (p > 0 ? eps * p * Math.log(p) : 0);
      if (c >= 0) masses[30 * c + (k % 30)] = (masses[30 * c + (k % 30)] as number) + p;
    });
    return masses.reduce((s, m) => s + eta * Math.sqrt(m + 1e-3), sum);
  }

  it("lowers its objective from round to round and leaves sinkhorn's plan for η = 0", () => {
    const plan = (rounds: number, eta: number) =>
      classPlan(a, b, C, classes, { eps, eta, rounds }).plan().dataSync() as Float64Array;
    const eta = 0.5;
    const values = [0, 1, 2, 5, 10].map((rounds) => objective(plan(rounds, eta), eta));
    for (let k = 1; k < values.length; k++)
      expect(values[k]).toBeLessThan((values[k - 1] as number) + 1e-9);
    expect(values[4]).toBeLessThan((values[0] as number) - 0.01);
    assertClose(tensor(plan(10, 0)), tensor(plan(0, 1)), { absolute: 0 });
  });

  it("equals POT's after as many rounds", () => {
    const { labels, eps, eta } = golden;
    const C = { data: Float64Array.from(golden.C.flat()), rows: 8, columns: 6 };
    const [a, b] = [Float64Array.from(golden.a), Float64Array.from(golden.b)];
    const options = { eps, eta, rounds: 3, tol: 1e-13 };
    const { plan } = classPlan(a, b, C, Int32Array.from(labels), options);
    assertClose(plan(), golden.plan, { absolute: 1e-11 });
  });

  it("gives target points mass of one class where plain transport mixes two", () => {
    // Both classes lie at the same places but for a small offset along a line of targets.
    const at = (offset: number) => Array.from({ length: 10 }, (_, i) => [i / 10, offset]);
    const data = {
      X: [...at(0), ...at(0.02)],
      Y: Array.from({ length: 20 }, (_, i) => [i / 20, 1 + (i % 2) / 50]),
      labels: Array.from({ length: 20 }, (_, i) => (i < 10 ? "a" : "b")),
    };
    const plan = (eta: number) => {
      const [x, y] = [costMatrix(data.X, data.Y), 20];
      const numbers = Int32Array.from(data.labels, (l) => (l === "a" ? 0 : 1));
      const w = new Float64Array(y).fill(1 / y);
      const matrix = { data: x.dataSync() as Float64Array, rows: 20, columns: 20 };
      return classPlan(w, w, matrix, numbers, { eps: 0.02, eta, rounds: 10 }).plan();
    };
    const purity = (eta: number) => {
      const P = plan(eta).toArray() as number[][];
      return data.Y.reduce((sum, _, j) => {
        const mass = [0, 10].map((first) =>
          P.slice(first, first + 10).reduce((s, row) => s + (row[j] as number), 0),
        );
        return sum + Math.max(...mass);
      }, 0);
    };
    expect(purity(0)).toBeLessThan(0.7);
    expect(purity(0.1)).toBeGreaterThan(0.9);
    const transport = new Transport({ method: "classes", eps: 0.02, eta: 0.1 }).fit(data);
    assertClose(transport.transform(data.X), barycentricMap(plan(0.1), data.Y), { absolute: 1e-9 });
  });
});
