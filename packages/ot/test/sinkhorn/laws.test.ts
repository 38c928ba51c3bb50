import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emd } from "../../src/exact";
import { sinkhorn } from "../../src/sinkhorn";
import { entropicTransport } from "../../src/sinkhorn/sinkhorn";
import { bookSinkhorn, distance1, problems } from "./problems";

// For costs in [0, 1] half an iteration of Sinkhorn contracts Hilbert's metric by tanh(1/(2ε)) (Birkhoff), 0.97 at
// ε = ¼. So 500 iterations are exact, and a plan of marginal error 10⁻¹¹ lies within some 10⁻¹⁰ of the solution.
const eps = 0.25;
const settings = { eps, tol: 1e-11, warn: false };
const near = 1e-9;

const rows = (C: readonly (readonly number[])[]) => C.map((row) => [...row]);

describe("sinkhorn", () => {
  it("has the same solution in every form, and in the form of the books", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { a, b, C, n, m } = problem;
        const solve = (options: object) =>
          sinkhorn(a, b, C, { ...settings, ...options })
            .plan()
            .dataSync();
        const book = bookSinkhorn(problem, eps, 500);
        const log = solve({ mode: "log" });
        expect(distance1(log, book)).toBeLessThan(near);
        expect(distance1(solve({ mode: "scaling" }), book)).toBeLessThan(near);
        expect(distance1(solve({ mode: "stabilized" }), book)).toBeLessThan(near);
        expect(distance1(solve({ anneal: 0.5 }), book)).toBeLessThan(near);
        const costs = { data: Float64Array.from(C.flat()), rows: n, columns: m };
        const forced = { ...settings, mode: "stabilized", absorbEvery: 10, finish: false } as const;
        const folded = entropicTransport("test", a, b, costs, forced);
        expect(distance1(folded.plan().dataSync(), book)).toBeLessThan(near);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps the plan when rows and columns of the costs are shifted, and shifts the value", () => {
    fc.assert(
      fc.property(
        problems,
        fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 18, maxLength: 18 }),
        ({ a, b, C, n }, shifts) => {
          const shifted = C.map((row, i) =>
            row.map((c, j) => c + (shifts[i] as number) + (shifts[n + j] as number)),
          );
          const plain = sinkhorn(a, b, C, settings);
          const moved = sinkhorn(a, b, shifted, settings);
          expect(distance1(plain.plan().dataSync(), moved.plan().dataSync())).toBeLessThan(near);
          let shift = 0;
          a.forEach((w, i) => {
            shift += w * (shifts[i] as number);
          });
          b.forEach((w, j) => {
            shift += w * (shifts[n + j] as number);
          });
          expect(moved.linear - plain.linear).toBeCloseTo(shift, 8);
          expect(moved.value - plain.value).toBeCloseTo(shift, 8);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("depends on costs in units of eps only", () => {
    fc.assert(
      fc.property(problems, fc.integer({ min: -300, max: 300 }), ({ a, b, C }, exponent) => {
        const scale = 10 ** exponent;
        const plain = sinkhorn(a, b, C, settings);
        const scaled = sinkhorn(
          a,
          b,
          C.map((row) => row.map((c) => c * scale)),
          { ...settings, eps: eps * scale },
        );
        expect(distance1(plain.plan().dataSync(), scaled.plan().dataSync())).toBeLessThan(near);
        expect(scaled.linear / scale).toBeCloseTo(plain.linear, 8);
      }),
      { numRuns: 30 },
    );
  });

  it("transposes and permutes with the problem", () => {
    fc.assert(
      fc.property(problems, ({ a, b, C, n, m }) => {
        const plain = sinkhorn(a, b, C, settings).plan();
        const flipped = sinkhorn(
          [...b],
          [...a],
          Array.from({ length: m }, (_, j) => C.map((row) => row[j] as number)),
          settings,
        ).plan();
        expect(distance1(plain.T.dataSync(), flipped.dataSync())).toBeLessThan(near);
        const reversed = sinkhorn([...a].reverse(), b, rows(C).reverse(), settings).plan();
        const back = reversed.dataSync();
        const turned = Float64Array.from({ length: n * m }, (_, k) => {
          const i = n - 1 - Math.floor(k / m);
          return back[i * m + (k % m)] as number;
        });
        expect(distance1(plain.dataSync(), turned)).toBeLessThan(near);
      }),
      { numRuns: 30 },
    );
  });

  it("lies between the exact cost and that plus eps times the smaller entropy", () => {
    const entropy = (w: Float64Array) => w.reduce((sum, x) => sum - x * Math.log(x), 0);
    fc.assert(
      fc.property(problems, fc.double({ min: 1e-4, max: 1, noNaN: true }), ({ a, b, C }, e) => {
        const exact = emd(a, b, C).cost;
        const { linear, value, converged } = sinkhorn(a, b, C, { ...settings, eps: e });
        expect(converged).toBe(true);
        expect(linear).toBeGreaterThan(exact - 1e-9);
        expect(value).toBeGreaterThan(linear - 1e-9);
        // value ≤ ⟨P*, C⟩ + ε KL(P* | a⊗b) for the exact P*, and KL(P* | a⊗b) ≤ min(H(a), H(b)).
        expect(value).toBeLessThan(exact + e * Math.min(entropy(a), entropy(b)) + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it("has a dual value that no other potentials exceed", () => {
    fc.assert(
      fc.property(
        problems,
        fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 18, maxLength: 18 }),
        ({ a, b, C, n }, noise) => {
          const { f, g, value } = sinkhorn(a, b, C, settings);
          const [x, y] = [f.dataSync(), g.dataSync()];
          let dual = eps;
          for (let i = 0; i < a.length; i++) {
            const fi = (x[i] as number) + (noise[i] as number);
            dual += (a[i] as number) * fi;
            for (let j = 0; j < b.length; j++) {
              const gj = (y[j] as number) + (noise[n + j] as number);
              if (i === 0) dual += (b[j] as number) * gj;
              const z = (fi + gj - ((C[i] as number[])[j] as number)) / eps;
              dual -= eps * (a[i] as number) * (b[j] as number) * Math.exp(z);
            }
          }
          expect(dual).toBeLessThan(value + 1e-9);
        },
      ),
      { numRuns: 40 },
    );
  });
});
