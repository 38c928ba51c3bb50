import { grad, matmul, random, type Tensor, tensor, valueAndGrad } from "@x/tensor";
import { solve } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  applyUpdates,
  type GradientTransformation,
  type LineSearch,
  lbfgs,
  type OptState,
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
