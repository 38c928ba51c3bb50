import { grad, hvp, matmul, random, type Tensor, tensor, valueAndGrad, zeros } from "@x/tensor";
import { solve } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  applyUpdates,
  type GradientTransformation,
  type LineSearch,
  lbfgs,
  type OptState,
  sophia,
  strongWolfe,
} from "../../src/index";

const f64 = { dtype: "f64" } as const;
const dimension = 6;
const basis = random.orthogonal(random.key(1), dimension, dimension, f64);
const matrix = matmul(basis.mul([1, 2, 5, 10, 30, 100]), basis.T);
const right = random.normal(random.key(2), [dimension], f64);
const quadratic = (x: Tensor): Tensor =>
  matmul(matrix, x).mul(x).sum().div(2).sub(right.mul(x).sum());

/** Exact on quadratics, whose slope is a line. */
const exact: LineSearch = (phi, start) => {
  const one = tensor(1, f64);
  return start.slope.div(start.slope.sub(phi(one).slope));
};

function run(
  t: GradientTransformation,
  loss: (x: Tensor) => Tensor,
  start: Tensor,
  steps: number,
): Tensor[] {
  let x = start;
  let state: OptState = t.init(x);
  const places = [x];
  for (let k = 0; k < steps; k++) {
    const [value, gradient] = valueAndGrad(loss)(x);
    const result = t.update(gradient, state, x, { value, valueFn: loss as (p: never) => Tensor });
    x = applyUpdates(x, result.updates);
    state = result.state;
    places.push(x);
  }
  return places;
}

describe("lbfgs", () => {
  test("with full memory and exact line search equals conjugate gradients, and ends within n steps", () => {
    const places = run(
      lbfgs({ lineSearch: exact }),
      quadratic,
      tensor(new Float64Array(dimension)),
      dimension,
    );
    let x = tensor(new Float64Array(dimension));
    let r = right;
    let p = r;
    for (let k = 0; k < dimension; k++) {
      const ap = matmul(matrix, p);
      const alpha = r.square().sum().div(p.mul(ap).sum());
      x = x.add(p.mul(alpha));
      const next = r.sub(ap.mul(alpha));
      p = next.add(p.mul(next.square().sum().div(r.square().sum())));
      r = next;
      // Conjugacy is lost to rounding at a rate of the condition number, 100.
      assertClose(places[k + 1] as Tensor, x, { absolute: 1e-9 });
    }
    assertClose(places[dimension] as Tensor, solve(matrix, right), { absolute: 1e-9 });
  });

  test("multiplies by the inverse Hessian of the dense BFGS recursion", () => {
    const t = lbfgs({ history: 4, lineSearch: null, lr: 1e-2 });
    const gradient = grad(quadratic);
    let x = random.normal(random.key(4), [dimension], f64);
    let state = t.init(x);
    const seen: { x: Tensor; g: Tensor }[] = [];
    let update = x;
    for (let k = 0; k < 4; k++) {
      const g = gradient(x);
      seen.push({ x, g });
      const result = t.update(g, state, x);
      update = result.updates;
      state = result.state;
      x = applyUpdates(x, update);
    }
    const eye = tensor(
      Array.from({ length: dimension }, (_, i) =>
        Array.from({ length: dimension }, (_, j) => Number(i === j)),
      ),
      f64,
    );
    const pairs = [0, 1, 2].map((k) => {
      const [a, b] = [seen[k], seen[k + 1]] as [{ x: Tensor; g: Tensor }, { x: Tensor; g: Tensor }];
      return { s: b.x.sub(a.x), y: b.g.sub(a.g) };
    });
    const newest = pairs[2] as { s: Tensor; y: Tensor };
    let h = eye.mul(newest.s.mul(newest.y).sum().div(newest.y.square().sum()));
    for (const { s, y } of pairs) {
      const rho = s.mul(y).sum().reciprocal();
      const v = eye.sub(s.expandDims(1).mul(y).mul(rho));
      h = matmul(matmul(v, h), v.T).add(s.expandDims(1).mul(s).mul(rho));
    }
    assertClose(update, matmul(h, (seen[3] as { g: Tensor }).g).mul(-1e-2), { relative: 1e-9 });
  });

  test("finds the minimum of Rosenbrock's function from the usual start to ten digits in 50 steps", () => {
    const rosenbrock = (p: Tensor): Tensor =>
      p
        .at(0)
        .neg()
        .add(1)
        .square()
        .add(p.at(1).sub(p.at(0).square()).square().mul(100));
    const places = run(lbfgs(), rosenbrock, tensor([-1.2, 1], f64), 50);
    assertClose(places.at(-1) as Tensor, [1, 1], { absolute: 1e-10 });
    const losses = places.map((p) => rosenbrock(p).item());
    losses.slice(1).forEach((loss, k) => {
      expect(loss).toBeLessThanOrEqual(losses[k] as number);
    });
  });

  test("skips pairs without positive curvature", () => {
    const t = lbfgs({ lineSearch: null, lr: 0.1 });
    let x = tensor([1, 2], f64);
    let state = t.init(x);
    for (let k = 0; k < 3; k++) {
      // A concave function: the gradient of −½‖x‖².
      const result = t.update(x.neg(), state, x);
      x = applyUpdates(x, result.updates);
      state = result.state;
    }
    expect(state.rho.abs().max().item()).toBe(0);
  });

  test("refuses a line search without the function, and a history of nothing", () => {
    const t = lbfgs();
    const x = tensor([1, 2], f64);
    expect(() => t.update(x, t.init(x), x)).toThrow(
      "lbfgs: expected a function extra.valueFn; got none",
    );
    expect(() => t.update(x, t.init(x))).toThrow("expected parameters as the third argument");
    expect(() => lbfgs({ history: 0 })).toThrow(
      "lbfgs: expected history to be a whole number ≥ 1; got 0",
    );
  });
});

describe("strongWolfe", () => {
  const search = (f: (a: number) => number, df: (a: number) => number, first = 1): number => {
    const phi = (a: Tensor) => ({
      value: tensor(f(a.item()), f64),
      slope: tensor(df(a.item()), f64),
    });
    return strongWolfe({ c1: 1e-4, c2: 0.1 })(phi, phi(tensor(0, f64)), tensor(first, f64)).item();
  };

  test.each([1e-3, 1e-1, 1, 10, 1e3])(
    "meets both conditions on Moré and Thuente's first function from a first step of %f",
    (first) => {
      // φ(α) = −α/(α² + 2).
      const f = (a: number): number => -a / (a * a + 2);
      const df = (a: number): number => (a * a - 2) / (a * a + 2) ** 2;
      const alpha = search(f, df, first);
      expect(f(alpha)).toBeLessThanOrEqual(f(0) + 1e-4 * alpha * df(0));
      expect(Math.abs(df(alpha))).toBeLessThanOrEqual(0.1 * Math.abs(df(0)));
    },
  );

  test("closes in on the minimum from both sides when the slope must all but vanish", () => {
    // Each bracket must keep the minimum inside, or the search runs out of evaluations far from it.
    for (const first of [1e-3, 0.1, 1, 7, 1e3]) {
      const phi = (a: Tensor) => ({
        value: a.square().square().add(a.sub(2).square()),
        slope: a.square().mul(a).mul(4).add(a.sub(2).mul(2)),
      });
      let evaluations = 0;
      const counted = (a: Tensor) => {
        evaluations++;
        return phi(a);
      };
      const alpha = strongWolfe({ c2: 1e-6, maxEvaluations: 40 })(
        counted,
        phi(tensor(0, f64)),
        tensor(first, f64),
      );
      expect(Math.abs(phi(alpha).slope.item())).toBeLessThanOrEqual(1e-6 * 4);
      expect(evaluations).toBeLessThan(25);
    }
  });

  test("cuts back steps into NaN and infinity", () => {
    // Defined for α < 1 alone: −log(1 − α) − 2α has its minimum at ½.
    const alpha = search(
      (a) => (a < 1 ? -Math.log(1 - a) - 2 * a : Number.NaN),
      (a) => 1 / (1 - a) - 2,
      8,
    );
    expect(Math.abs(1 / (1 - alpha) - 2)).toBeLessThanOrEqual(0.1);
  });

  test("returns 0 along a direction that only rises", () => {
    expect(
      search(
        (a) => a,
        () => 1,
      ),
    ).toBe(0);
  });
});

describe("sophia", () => {
  const curvatures = tensor([1, 10, 0.1], f64);
  const loss = (x: Tensor): Tensor => x.square().mul(curvatures).sum().div(2);
  const extra = (x: Tensor): { hvp: (v: never) => unknown } => ({
    hvp: ((v: Tensor) => hvp(loss)(x, v)) as (v: never) => unknown,
  });

  test("divides by the curvature where the step is not clipped: exact on a diagonal Hessian", () => {
    // z⊙Hz is the diagonal itself, whatever the signs, so h = (1 − β₂) · curvature after one look.
    const t = sophia(1, { betas: [0, 0.5], gamma: 200 });
    const x = tensor([1, -2, 3], f64);
    const { updates } = t.update(grad(loss)(x), t.init(x), x, extra(x));
    assertClose(updates, x.div(-100), { relative: 1e-12 });
  });

  test("clips to one step of lr, and takes the sign where curvature is negative", () => {
    const t = sophia(0.1, { betas: [0, 0], gamma: 1e-3 });
    const x = tensor([1, -2, 0], f64);
    expect(t.update(grad(loss)(x), t.init(x), x, extra(x)).updates.toArray()).toEqual([
      -0.1, 0.1, -0,
    ]);
    const steep = sophia(0.1, { betas: [0, 0], gamma: 1e3 });
    const hill = { hvp: ((v: Tensor) => v.neg()) as (v: never) => unknown };
    assertClose(steep.update(x.neg(), steep.init(x), x, hill).updates, [0.1, -0.1, 0]);
  });

  test("looks at the curvature every k steps alone", () => {
    const t = sophia(0.1, { every: 3 });
    const x = tensor([1, -2, 3], f64);
    let looks = 0;
    const counted = {
      hvp: ((v: Tensor) => {
        looks++;
        return v;
      }) as (v: never) => unknown,
    };
    let state = t.init(x);
    for (let k = 0; k < 7; k++) state = t.update(x, state, x, counted).state;
    expect(looks).toBe(3);
  });

  test("equals the formula written out over ten steps, with looks at every third", () => {
    const [b1, b2, gamma] = [0.9, 0.8, 3];
    const t = sophia(0.1, { betas: [b1, b2], gamma, every: 3 });
    const scales = [1, 10, 0.1];
    let x = tensor([1, -2, 3], f64);
    let state = t.init(x);
    const theta = [1, -2, 3];
    const [m, h] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (let k = 0; k < 10; k++) {
      const result = t.update(grad(loss)(x), state, x, extra(x));
      x = applyUpdates(x, result.updates);
      state = result.state;
      for (const [i, c] of scales.entries()) {
        m[i] = b1 * (m[i] as number) + (1 - b1) * c * (theta[i] as number);
        // z⊙Hz is the diagonal itself, whatever the signs.
        if (k % 3 === 0) h[i] = b2 * (h[i] as number) + (1 - b2) * c;
        const u = (m[i] as number) / (1 - b1 ** (k + 1)) / Math.max(gamma * (h[i] as number), 1e-8);
        theta[i] = (theta[i] as number) - 0.1 * Math.min(1, Math.max(-1, u));
      }
      assertClose(x, theta, { relative: 1e-12 });
    }
  });

  test("draws other signs at every look and for every leaf", () => {
    const t = sophia(1, { every: 1 });
    const params = { a: zeros([32], f64), b: zeros([32], f64) };
    const drawn: string[] = [];
    const spy = {
      hvp: ((v: typeof params) => {
        drawn.push(String(v.a.dataSync()), String(v.b.dataSync()));
        return v;
      }) as (v: never) => unknown,
    };
    let state = t.init(params);
    for (let k = 0; k < 3; k++) state = t.update(params, state, params, spy).state;
    // Two draws of 32 signs are the same once in 2³².
    expect(new Set(drawn).size).toBe(6);
  });

  test("takes the sign of the gradient where the curvature is zero, and nothing of nothing", () => {
    const t = sophia(0.1, { betas: [0, 0] });
    const flat = { hvp: ((v: Tensor) => v.mul(0)) as (v: never) => unknown };
    const x = tensor([3, -1e-3, 0], f64);
    assertClose(t.update(x, t.init(x), x, flat).updates, [-0.1, 0.1, 0]);
  });

  test("draws the same signs for the same seed, and others for another", () => {
    const dense = { hvp: ((v: Tensor) => matmul(matrix, v)) as (v: never) => unknown };
    const x = random.normal(random.key(0), [dimension], f64);
    const first = (seed: number): number[] => {
      const t = sophia(1, { seed, gamma: 1e3 });
      return Array.from(t.update(x, t.init(x), x, dense).updates.dataSync());
    };
    expect(first(1)).toEqual(first(1));
    // z and −z look the same, so two seeds may agree; six do not.
    expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => String(first(seed)))).size).toBeGreaterThan(1);
  });

  test("refuses to run without Hessian-vector products", () => {
    const t = sophia(1);
    const x = tensor([1], f64);
    expect(() => t.update(x, t.init(x), x)).toThrow(
      "sophia: expected a function extra.hvp; got none",
    );
  });
});
