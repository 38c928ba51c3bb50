import { random, type Tensor, tensor } from "@x/tensor";
import { describe, expect, test } from "vitest";
import {
  type BilevelOptions,
  bilevel,
  scaleByLearningRate,
  schedule,
  solveBilevel,
} from "../../src/index";
import { best, drawNoise, noisyQuartic, quartic } from "./quartic";
import { f64, scalarRidge } from "./scalar-ridge";

const inner = scaleByLearningRate(0.25);
const linear = inner;
const outer = scaleByLearningRate(0.05);
const common = { outer, inner, innerSteps: 20 };

/** The curvature of the lower level is 2; the bound is what the method's own bias leaves. */
const methods: readonly [BilevelOptions<Tensor>, number][] = [
  [{ ...common, method: "cg" }, 1e-6],
  [{ ...common, method: "normalCg" }, 1e-6],
  [{ ...common, method: "neumann", alpha: 0.25, terms: 30 }, 1e-6],
  [{ ...common, method: "unrolled" }, 1e-5],
  [{ ...common, method: "unrolled", truncate: 15, checkpointEvery: 5 }, 1e-4],
  [{ ...common, method: "finiteDifference", precondition: (g: Tensor) => g.mul(0.5) }, 1e-6],
  [{ ...common, method: "amigo", linear }, 1e-6],
  [{ ...common, method: "soba", linear }, 1e-6],
  // λ ends at 60, so the minimum of Φ is missed by O(1/60).
  [{ ...common, method: "f2sa" }, 2e-2],
];

describe("bilevel", () => {
  test.each(methods)("reaches the minimiser of Φ: %o", (options, bound) => {
    const { x, y, errors } = solveBilevel(bilevel(quartic, options), f64(1), f64(0), {
      iterations: 600,
    });
    expect(Math.abs(x.item() - best)).toBeLessThan(bound);
    expect(Math.abs(y.item() - 1.5 * x.item())).toBeLessThan(bound);
    expect(errors.at(-1)).toBeLessThan(1e-3);
  });

  test.each(methods)("gives the same compiled and plain, in f32: %o", (options) => {
    const run = (compile: boolean) =>
      solveBilevel(bilevel(quartic, { ...options, jit: compile }), tensor(1), tensor(0), {
        iterations: 3,
      });
    const [fast, plain] = [run(true), run(false)];
    expect(fast.x.dtype).toBe("f32");
    // Fused and single operations round alike up to a few ulp, which a difference quotient multiplies by 1/2ε.
    expect(Math.abs(fast.x.item() - plain.x.item())).toBeLessThan(2e-5);
  });

  /** Gradients of F and g, products with ∇²_yy g and ∇²_xy g of the first step of each of `methods`. */
  const counts = [
    // The first residual, one iteration; H is a scalar.
    [1, 20, 2, 1],
    // H ∇_y F, the first residual, one iteration, the last residual.
    [1, 20, 6, 1],
    [1, 20, 30, 1],
    [1, 20, 20, 20],
    [1, 20, 15, 15],
    [1, 22, 0, 0],
    [11, 20, 10, 1],
    [1, 1, 1, 1],
    [21, 42, 0, 0],
  ];
  test("counts what it evaluates", () => {
    const seen = methods.map(([options]) => {
      const solver = bilevel(quartic, options);
      const { cost } = solver.step(solver.init(f64(1), f64(0)));
      return [
        cost.upperGradients,
        cost.lowerGradients,
        cost.hessianProducts,
        cost.crossProducts,
      ].map((c) => c.item());
    });
    expect(seen).toEqual(counts);
  });

  test("cg counts one product per iteration and one for the first residual", () => {
    const solver = bilevel(quartic, { ...common, method: "cg" });
    // H is a scalar: one step solves it; at the second outer step v is warm but ∇_y F has changed.
    const state = solver.step(solver.step(solver.init(f64(1), f64(0))));
    expect(state.cost.hessianProducts.item()).toBe(4);
    expect(state.cost.lowerGradients.item()).toBe(40);
    expect(state.cost.crossProducts.item()).toBe(2);
  });

  test("stochastic soba with falling steps comes near the minimum", () => {
    const falling = (rate: number) =>
      scaleByLearningRate(schedule((step) => step.div(100).add(1).rsqrt().mul(rate)));
    const solver = bilevel(noisyQuartic, {
      method: "soba",
      outer: falling(0.1),
      inner: falling(0.2),
      linear: falling(0.2),
      sample: drawNoise,
      key: random.key(1),
    });
    const { x, state } = solveBilevel(solver, f64(1), f64(0), { iterations: 3000 });
    // Noise of 0.05 · 1.5 in a slope of curvature 0.37, averaged over about 1 / (0.02 · 0.37) steps, four
    // standard errors.
    expect(Math.abs(x.item() - best)).toBeLessThan(4 * ((0.075 / 0.37) * Math.sqrt(0.02 * 0.37)));
    expect(state.cost.hessianProducts.item()).toBe(3000);
  });

  test.each(["cg", "neumann", "amigo", "f2sa"] as const)(
    "%s resumes exactly, with noise",
    (method) => {
      const own = { cg: {}, neumann: { alpha: 0.25 }, amigo: { linear }, f2sa: {} }[method];
      const options = { ...common, method, ...own, sample: drawNoise, key: random.key(2) };
      const make = () => bilevel(noisyQuartic, options as BilevelOptions<Tensor, never>);
      const whole = solveBilevel(make(), f64(1), f64(0), { iterations: 6 });
      const half = solveBilevel(make(), f64(1), f64(0), { iterations: 2 });
      const rest = solveBilevel(make(), f64(1), f64(0), { iterations: 4, state: half.state });
      expect(rest.x.item()).toBe(whole.x.item());
      expect(rest.errors).toEqual(whole.errors.slice(2));
    },
  );

  test("soba does not take its first step, with v still 0, for the end", () => {
    // g couples x and y only through products: ∇²_xy g v is 0 at v = 0.
    const problem = { ...scalarRidge };
    const solver = bilevel(problem, { ...common, method: "soba", linear });
    const { iterations, x } = solveBilevel(solver, f64(0), f64(0), {
      iterations: 50,
      tolerance: 1e-9,
    });
    expect(iterations).toBe(50);
    expect(x.item()).not.toBe(0);
  });

  test("stops at a tolerance, at a signal, and says so", () => {
    const solver = bilevel(quartic, { ...common, method: "cg" });
    const met = solveBilevel(solver, f64(1), f64(0), { iterations: 1000, tolerance: 1e-3 });
    expect(met.converged).toBe(true);
    expect(met.errors.at(-1)).toBeLessThanOrEqual(1e-3);
    expect(met.errors.at(-2)).toBeGreaterThan(1e-3);

    const controller = new AbortController();
    const cut = solveBilevel(solver, f64(1), f64(0), {
      iterations: 1000,
      signal: controller.signal,
      onStep: (state) => {
        if (state.step.item() === 5) controller.abort();
      },
    });
    expect([cut.iterations, cut.converged]).toEqual([5, false]);
    expect(() =>
      solveBilevel(solver, f64(1), f64(0), {
        iterations: 2,
        tolerance: 1e-9,
        throwOnFailure: true,
      }),
    ).toThrow(/expected bilevel \(cg\) to reach the tolerance 1e-9; its error is .* after 2 steps/);
  });

  test("refuses unknown methods and options out of range", () => {
    const at = (o: object) => () =>
      bilevel(scalarRidge, { ...common, ...o } as BilevelOptions<Tensor>);
    expect(at({ method: "magic" })).toThrow("amigo or soba; got magic");
    expect(at({ method: "f2sa", lambda: 0 })).toThrow("lambda > 0 and finite; got 0");
    expect(at({ method: "amigo", linear, linearSteps: 0 })).toThrow(
      "linearSteps to be a whole number ≥ 1; got 0",
    );
    expect(at({ method: "cg", innerSteps: -1 })).toThrow(
      "innerSteps to be a whole number ≥ 0; got -1",
    );
    expect(() =>
      solveBilevel(bilevel(quartic, { ...common, method: "cg" }), f64(1), f64(0), {
        iterations: -1,
      }),
    ).toThrow("iterations to be a whole number ≥ 0; got -1");
    expect(() => bilevel({ upper: quartic.upper } as never, { ...common, method: "cg" })).toThrow(
      "expected a problem with functions upper and lower; got undefined for lower",
    );
  });
});
