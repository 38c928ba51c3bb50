import { jit, random, type Tensor, tensor } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  affineProjection,
  type BilevelProblem,
  hypergradient,
  type LvHbaOptions,
  lvHba,
  solveBilevel,
} from "../../src/index";
import { best, drawNoise, noisyQuartic, quartic } from "./quartic";
import { f64 } from "./scalar-ridge";

interface Lower {
  readonly one: Tensor;
  readonly two: Tensor;
}

/**
 * Lower level ½‖y₁‖² − xᵀy₁ + 1ᵀy₂ with 1ᵀ(x + y₁ + y₂) = 0, upper level ½‖x − y₂‖² + ½‖y₁ − 1‖², five components.
 *
 * y₁ = x + 1 with multiplier −1; the best is x = −0.3, y₁ = 0.7, y₂ = −0.4 in every component.
 */
const toy: BilevelProblem<Tensor, Lower> = {
  upper: (x, y) => x.sub(y.two).square().sum().add(y.one.sub(1).square().sum()).div(2),
  lower: (x, y) => y.one.square().sum().div(2).sub(x.mul(y.one).sum()).add(y.two.sum()),
  constraints: {
    equality: (x, y) => x.sum().add(y.one.sum()).add(y.two.sum()).reshape([1]),
  },
};
const ten = f64([10, 10, 10, 10, 10]);
const steps = { alpha: 0.01, beta: 0.02, eta: 0.02 };
const run = (options: LvHbaOptions, iterations: number) =>
  solveBilevel(lvHba(toy, options), ten, { one: ten, two: ten }, { iterations }).state;

describe("lvHba", () => {
  // Computed by an independent program; half a unit of its last decimal, in every component.
  const digits = { relative: 0, absolute: 5.1e-5 };

  test("meets the computed iterates on the problem with a singular lower level, p = 0.3", () => {
    const { x, y, lambda } = run({ ...steps, p: 0.3 }, 5000);
    assertClose(x, ten.mul(0).add(-0.317), digits);
    assertClose(y.one, ten.mul(0).add(0.726), digits);
    assertClose(y.two, ten.mul(0).add(-0.409), digits);
    assertClose(lambda.equality as Tensor, [-1.0143], digits);
  });

  test("meets the computed iterates, p = 0.49, near the closed-form optimum", () => {
    const { x, y, lambda, gap } = run(steps, 20_000);
    assertClose(x, ten.mul(0).add(-0.3018), digits);
    assertClose(y.one, ten.mul(0).add(0.7029), digits);
    assertClose(y.two, ten.mul(0).add(-0.4011), digits);
    assertClose(lambda.equality as Tensor, [-1.0016], digits);
    expect(Math.abs(gap.item())).toBeLessThan(0.01);
  });

  test("solves what implicit differentiation cannot", () => {
    const { aux } = hypergradient(toy, ten, { one: ten.add(1), two: ten.add(1) }, { method: "cg" });
    expect(aux.converged.item()).toBe(0);
  });

  test("every iterate satisfies the constraints", () => {
    const solver = lvHba(toy, steps);
    let state = solver.init(ten, { one: ten, two: ten });
    for (let k = 0; k < 20; k++) {
      expect(Math.abs(toy.constraints?.equality?.(state.x, state.y).item() as number)).toBeLessThan(
        1e-12,
      );
      state = solver.step(state);
    }
  });

  test("without constraints it minimises Φ up to the bias of its penalty", () => {
    const solver = lvHba(quartic, { alpha: 0.05, eta: 0.2 });
    const { x, state } = solveBilevel(solver, f64(1), f64(0), { iterations: 5000 });
    // The bias is of the order of 1 / c_k = 5000^−0.49 = 0.015.
    expect(Math.abs(x.item() - best)).toBeLessThan(0.02);
    expect(state.error.item()).toBeLessThan(0.01);
  });

  test("an active inequality holds the lower level", () => {
    // y*(x) = max(x, 0); F pulls x down to where only the bound keeps y at 0.
    const problem: BilevelProblem<Tensor, Tensor> = {
      upper: (x, y) => x.add(1).square().add(y.sub(0.2).square()),
      lower: (x, y) => y.sub(x).square(),
      constraints: { inequality: (_, y) => y.neg().reshape([1]) },
    };
    const solver = lvHba(problem, { alpha: 0.05, eta: 0.1, beta: 0.1 });
    const { x, y, state } = solveBilevel(solver, f64(0.5), f64(2), { iterations: 5000 });
    // Φ = (x + 1)² + (max(x, 0) − 0.2)²: for x < 0 the minimum is −1, with y = 0.
    // Off by the bias of a penalty of 5000^0.49 = 65, times the ratio of the slopes of F and of the gap.
    expect(Math.abs(x.item() + 1)).toBeLessThan(0.1);
    expect(Math.abs(y.item())).toBeLessThan(0.03);
    expect(y.item()).toBeGreaterThanOrEqual(-1e-9);
    // Stationarity of the lower level at y = 0: 2(y − x) = λ.
    assertClose((state.lambda.inequality as Tensor).at(0), 2 * (y.item() - x.item()), {
      relative: 0.01,
    });
  });

  test("takes the steps of the algorithm, here written out for plain numbers", () => {
    // g = (y − x)² with −y ≤ 0, F = (x + 1)² + (y − 0.2)².
    const problem: BilevelProblem<Tensor, Tensor> = {
      upper: (x, y) => x.add(1).square().add(y.sub(0.2).square()),
      lower: (x, y) => y.sub(x).square(),
      constraints: { inequality: (_, y) => y.neg().reshape([1]) },
    };
    const [alpha, beta, eta, gamma1, gamma2, c, p, zMax] = [0.1, 0.3, 0.2, 2, 3, 0.5, 0.4, 0.2];
    const solver = lvHba(problem, { alpha, beta, eta, gamma1, gamma2, c, p, zMax });
    let state = solver.init(f64(-1), f64(1));
    let [x, y, theta, lambda, z] = [-1, 1, 1, 0, 0];
    for (let k = 0; k < 30; k++) {
      const slope = 2 * (theta - x) - lambda + (theta - y) / gamma1;
      lambda = Math.max(0, lambda - eta * (theta + (lambda - z) / gamma2));
      theta -= eta * slope;
      const ck = c * (k + 1) ** p;
      const dx = (2 * (x + 1)) / ck - 2 * (y - x) + 2 * (theta - x);
      const dy = (2 * (y - 0.2)) / ck + 2 * (y - x) - (y - theta) / gamma1;
      x -= alpha * dx;
      y = Math.max(0, y - alpha * dy);
      z = Math.min(zMax, Math.max(0, z + (beta * (lambda - z)) / gamma2));
      state = solver.step(state);
      // The projection is iterative, good to 1e-10 a step.
      const near = { relative: 0, absolute: 1e-8 };
      assertClose(state.x, x, near);
      assertClose(state.y, y, near);
      assertClose(state.theta, theta, near);
      assertClose(state.lambda.inequality as Tensor, [lambda], near);
      assertClose(state.z.inequality as Tensor, [z], near);
    }
    // The bounds on λ and z were met on the way.
    expect(z).toBe(zMax);
  });

  test("runs compiled, plain and inside jit to the same state, in f32", () => {
    const start = tensor([10, 10, 10, 10, 10]);
    const go = (wrap: "plain" | "compiled" | "outer") => {
      const solver = lvHba(toy, { ...steps, jit: wrap === "compiled" });
      let state = solver.init(start, { one: start, two: start });
      const step = wrap === "outer" ? jit(solver.step) : solver.step;
      for (let k = 0; k < 5; k++) state = step(state);
      expect(state.x.dtype).toBe("f32");
      return state.x;
    };
    const expected = go("plain");
    // f32 values of size 10: a few roundings of 1e-6.
    assertClose(go("compiled"), expected, { relative: 1e-6 });
    assertClose(go("outer"), expected, { relative: 1e-6 });
  });

  test("resumes exactly, with noise", () => {
    const make = () => lvHba(noisyQuartic, { sample: drawNoise, key: random.key(4) });
    const whole = solveBilevel(make(), f64(1), f64(0), { iterations: 8 });
    const half = solveBilevel(make(), f64(1), f64(0), { iterations: 3 });
    const rest = solveBilevel(make(), f64(1), f64(0), { iterations: 5, state: half.state });
    expect(rest.x.item()).toBe(whole.x.item());
    expect(rest.errors).toEqual(whole.errors.slice(3));
  });

  test("refuses options and problems out of range", () => {
    expect(() => lvHba(toy, { p: 0.5 })).toThrow("lvHba: expected p in (0, 0.5); got 0.5");
    expect(() => lvHba(toy, { gamma1: 0 })).toThrow("gamma1 > 0 and finite; got 0");
    const round = {
      ...quartic,
      constraints: { inequality: (x: Tensor) => x.square().sub(1).reshape([1]) },
    };
    expect(() => lvHba(round).init(f64(2), f64(0))).toThrow(
      /expected constraints that are affine in \(x, y\); they are off by .*; give projectXY for others/,
    );
    const wrong = {
      ...quartic,
      constraints: {
        inequality: (x: Tensor) => x.square().sub(1).reshape([1]),
        projectXY: (x: Tensor, y: Tensor) => [x, y] as const,
      },
    };
    expect(() => lvHba(wrong).init(f64(2), f64(0))).toThrow("the largest violation is 3;");
    const wide = {
      ...quartic,
      constraints: { projectXY: (x: Tensor, y: Tensor) => [x, y.reshape([1])] as const },
    };
    expect(() => lvHba(wide).init(f64(2), f64(0))).toThrow(
      "lvHba: expected projectXY to keep the tree and the shapes of y, f64 []; it returns f64 [1]",
    );
    const narrow = { ...quartic, constraints: { projectY: (y: Tensor) => y.cast("f32") } };
    expect(() => lvHba(narrow).init(f64(2), f64(0))).toThrow(
      "lvHba: expected projectY to keep the tree and the shapes of y, f64 []; it returns f32 []",
    );
  });
});

describe("affineProjection", () => {
  const normal = (seed: number, shape: readonly number[]): Tensor =>
    random.normal(random.key(seed), shape, { dtype: "f64" });
  const [a, e, x, y] = [normal(1, [6, 7]), normal(2, [2, 7]), normal(3, [3]), normal(4, [4])];
  const join = (u: Tensor, v: Tensor): Tensor => f64([...u.dataSync(), ...v.dataSync()]);
  const wide = (u: Tensor, v: Tensor, m: Tensor): Tensor =>
    m
      .at("...", [0, 1, 2])
      .matmul(u)
      .add(m.at("...", [3, 4, 5, 6]).matmul(v));
  const constraints = {
    inequality: (u: Tensor, v: Tensor) => wide(u, v, a).sub(0.1),
    equality: (u: Tensor, v: Tensor) => wide(u, v, e).sub([0.5, -0.3]),
  };
  const project = affineProjection(constraints, x, y);

  test("finds the feasible point that satisfies the optimality conditions", () => {
    const far: readonly [Tensor, Tensor] = [x.mul(5), y.mul(5)];
    const [u, v] = project(...far);
    expect(constraints.inequality(u, v).max().item()).toBeLessThan(1e-9);
    expect(constraints.equality(u, v).abs().max().item()).toBeLessThan(1e-9);
    // No feasible point is on the far side: ⟨z − p, q − p⟩ ≤ 0 for projections q of other points.
    const p = join(u, v);
    const away = join(...far).sub(p);
    expect(away.norm().item()).toBeGreaterThan(0.5);
    for (let i = 0; i < 40; i++) {
      const q = join(...project(normal(100 + i, [3]).mul(4), normal(200 + i, [4]).mul(4)));
      expect(away.mul(q.sub(p)).sum().item()).toBeLessThan(1e-7);
    }
  });

  test("leaves feasible points where they are", () => {
    const [u, v] = project(x, y);
    const [again, too] = project(u, v);
    assertClose(join(again, too), join(u, v), { absolute: 1e-8 });
  });

  test("is exact for equalities alone, also redundant ones", () => {
    const twice = affineProjection(
      { equality: (u: Tensor, v: Tensor) => u.add(v).sub(1).mul([1, 2]) },
      f64(0),
      f64(0),
    );
    const [u, v] = twice(f64(3), f64(0));
    assertClose(u, 2, { absolute: 1e-12 });
    assertClose(v, -1, { absolute: 1e-12 });
  });
});
