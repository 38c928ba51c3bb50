import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emd } from "../../src/exact";
import { greenkhorn, semiDualSag, sinkhorn, sinkhornBatch, sinkhornNewton } from "../../src/index";
import { feasibilityNote, findBottleneck } from "../../src/internal/bottleneck";
import { readMatrix } from "../../src/internal/read";

const whole = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 5 }), { minLength: length, maxLength: length });

/** A pattern of allowed pairs and whole weights of the same sum. */
const patterns = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([n, m]) =>
    fc.record({
      open: fc.array(fc.array(fc.boolean(), { minLength: m, maxLength: m }), {
        minLength: n,
        maxLength: n,
      }),
      rows: whole(n),
      columns: whole(m),
    }),
  )
  .map(({ open, rows, columns }) => {
    const sum = (w: readonly number[]): number => w.reduce((x, y) => x + y, 0);
    const [p, q] = [sum(rows) + 1, sum(columns) + 1];
    // One more on the first keeps the sums positive; products make them equal.
    const a = rows.map((w, i) => (w + (i === 0 ? 1 : 0)) * q);
    const b = columns.map((w, j) => (w + (j === 0 ? 1 : 0)) * p);
    return { C: open.map((row) => row.map((yes) => (yes ? 0 : Infinity))), a, b };
  });

const isFeasible = (a: number[], b: number[], C: number[][]): boolean => {
  try {
    emd(a, b, C);
    return true;
  } catch {
    return false;
  }
};

describe("findBottleneck", () => {
  it("finds rows without room exactly where the exact solver finds no plan, and they prove it", () => {
    fc.assert(
      fc.property(patterns, ({ C, a, b }) => {
        const found = findBottleneck(
          readMatrix("test", "C", C, { forbidden: true }),
          Float64Array.from(a),
          Float64Array.from(b),
        );
        expect(found === undefined).toBe(isFeasible(a, b, C));
        if (found === undefined) return;
        const rows = [...found.rows];
        const mass = rows.reduce((sum, i) => sum + (a[i] as number), 0);
        const room = b.reduce(
          (sum, w, j) => (rows.some((i) => C[i]?.[j] === 0) ? sum + w : sum),
          0,
        );
        expect(found).toMatchObject({ mass, room });
        expect(mass).toBeGreaterThan(room);
      }),
      { numRuns: 300 },
    );
  });

  it("takes the one plan that a chain of allowed pairs leaves, however long", () => {
    // Row i may go to columns i and i + 1; the last row to its own alone: mass moves back along the whole chain.
    const n = 600;
    const data = new Float64Array(n * n).fill(Infinity);
    for (let i = 0; i < n; i++) {
      data[i * n + i] = 0;
      if (i + 1 < n) data[i * n + i + 1] = 0;
    }
    const [a, b] = [new Float64Array(n).fill(1), new Float64Array(n).fill(1)];
    const costs = { data, rows: n, columns: n };
    expect(findBottleneck(costs, a, b)).toBeUndefined();
    const heavy = a.slice();
    [heavy[0], heavy[n - 1]] = [0.5, 1.5];
    expect(findBottleneck(costs, heavy, b)).toEqual({
      rows: new Int32Array([n - 1]),
      mass: 1.5,
      room: 1,
    });
  });
});

describe("solvers of problems with forbidden pairs that do not converge", () => {
  // Rows 0 and 1 weigh 0.8 and may only go to column 0, which takes 0.5.
  const C = [
    [0, Infinity, Infinity],
    [1, Infinity, Infinity],
    [1, 0, 2],
  ];
  const [a, b] = [
    [0.3, 0.5, 0.2],
    [0.5, 0.25, 0.25],
  ];
  const proof =
    /there is no plan: rows 0, 1 of C weigh 0\.3 more than all columns that they may reach; allow more pairs/;
  const options = { eps: 0.1, warn: false, maxIterations: 50 };

  it("say that there is no plan, and why", () => {
    const dense = (["auto", "scaling", "log", "stabilized"] as const).map((mode) =>
      sinkhorn(a, b, C, { ...options, mode }),
    );
    const others = [
      sinkhornNewton(a, b, C, options),
      sinkhornNewton(a, b, C, { ...options, variant: "paper" }),
      semiDualSag(a, b, C, options),
      greenkhorn(a, b, C, options),
      sinkhornBatch([a], [b], [C], options).results[0],
    ];
    for (const result of [...dense, ...others]) {
      expect(result?.converged).toBe(false);
      expect(result?.status).toMatch(proof);
    }
  });

  it("name rows as they came where others have no weight or the sides are exchanged", () => {
    const wide = [[3, 3, 3, 3], ...C.map((row) => [...row, 1])];
    const { status } = sinkhorn([0, ...a], [...b, 0], wide, options);
    expect(status).toMatch(/there is no plan: rows 1, 2 of C weigh 0\.3 more/);
  });

  it("say that there is one, where they only need longer", () => {
    const { converged, status } = sinkhorn(
      null,
      null,
      [
        [0, 1],
        [Infinity, 0],
      ],
      { ...options, maxIterations: 3, finish: false },
    );
    expect(converged).toBe(false);
    expect(status).toMatch(/the allowed pairs admit a plan: more iterations may help$/);
  });

  it("say nothing of plans where no pair is forbidden", () => {
    const { converged, status } = sinkhorn(
      null,
      null,
      [
        [0, 1],
        [3, 0],
      ],
      { ...options, maxIterations: 1, tol: 1e-14, finish: false },
    );
    expect(converged).toBe(false);
    expect(status).not.toMatch(/ plan/);
    const costs = readMatrix("test", "C", [[0, 1]]);
    expect(feasibilityNote(costs, Float64Array.of(1), Float64Array.of(0.5, 0.5))).toBeUndefined();
  });
});
