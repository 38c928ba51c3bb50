import {
  grad,
  hvp,
  jit,
  random,
  ShapeError,
  type Tensor,
  tensor,
  valueAndGrad,
  vmap,
} from "@x/tensor";
import { describe, expect, it } from "vitest";
import { directions, slicedWasserstein, slicedWassersteinLoss } from "../../src/sliced";
import { expectNear } from "./close";

const normal = (seed: number, shape: number[], mean = 0): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64", mean });

const positive = (seed: number, n: number): Tensor => {
  const w = random.uniform(random.key(seed), [n], { dtype: "f64", low: 0.2 });
  return w.div(w.sum());
};

describe("slicedWassersteinLoss", () => {
  it.each([
    [2, 12, 12, "plain"],
    [1, 12, 17, "plain"],
    [2.5, 20, 9, "plain"],
    [2, 12, 12, "lcv"],
    [2, 12, 17, "ucv"],
    [2, 9, 9, "joint"],
  ] as const)(
    "has the value and gradients of slicedWasserstein: p = %s, %s and %s points, %s",
    (p, n, m, estimator) => {
      const [X, Y] = [normal(1, [n, 3]), normal(2, [m, 3], 0.7)];
      for (const weights of [{}, { a: positive(3, n), b: positive(4, m) }]) {
        const options = { p, estimator, theta: directions("mc", 9, 3), ...weights };
        const expected = slicedWasserstein(X, Y, { ...options, gradients: ["X", "Y"] });
        const f = (x: Tensor, y: Tensor) => slicedWassersteinLoss(x, y, options);
        const { value, grad: gradients } = {
          value: f(X, Y),
          grad: grad(f, { argnums: [0, 1] })(X, Y),
        };
        expect(value.item()).toBeCloseTo(expected.valueP, 11);
        expectNear(gradients[0] as Tensor, expected.gradients.X, 1e-11);
        expectNear(gradients[1] as Tensor, expected.gradients.Y, 1e-11);
      }
    },
  );

  it("has the gradients of slicedWasserstein by weights, which sums do not change", () => {
    const [X, Y] = [normal(1, [9, 3]), normal(2, [7, 3], 0.7)];
    const [a, b] = [positive(3, 9), positive(4, 7)];
    const theta = directions("mc", 6, 3);
    const expected = slicedWasserstein(X, Y, { a, b, theta, gradients: ["a", "b"] });
    const by = grad((s: Tensor, t: Tensor) => slicedWassersteinLoss(X, Y, { a: s, b: t, theta }), {
      argnums: [0, 1],
    });
    const [ga, gb] = by(a, b) as [Tensor, Tensor];
    expectNear(ga, expected.gradients.a, 1e-11);
    expectNear(gb, expected.gradients.b, 1e-11);
  });

  it("compiles, with new directions from a key that is passed in", () => {
    const [X, Y] = [normal(1, [10, 3]), normal(2, [14, 3], 1)];
    const f = jit((x: Tensor, key: Tensor) =>
      valueAndGrad((z: Tensor) => slicedWassersteinLoss(z, Y, { key, projections: 6 }))(x),
    );
    for (const seed of [3, 4]) {
      const expected = slicedWasserstein(X, Y, { seed, projections: 6, gradients: ["X"] });
      const [value, gradient] = f(X, random.key(seed)) as [Tensor, Tensor];
      expect(value.item()).toBeCloseTo(expected.valueP, 11);
      expectNear(gradient, expected.gradients.X, 1e-11);
    }
  });

  it("has second derivatives: those of a quadratic form where the order stays", () => {
    const [X, Y] = [normal(1, [8, 2]), normal(2, [8, 2], 1)];
    const theta = directions("mc", 5, 2);
    const V = normal(3, [8, 2]);
    const f = (x: Tensor) => slicedWassersteinLoss(x, Y, { theta });
    const product = hvp(f)(X, V) as Tensor;
    // ∂² = (2/n) mean θθᵀ for each point.
    const M = theta.T.matmul(theta).mul(2 / (8 * 5));
    expectNear(product, V.matmul(M), 1e-12);
  });

  it("maps over batches of clouds", () => {
    const [X, Y] = [normal(1, [3, 10, 2]), normal(2, [6, 2])];
    const theta = directions("mc", 5, 2);
    const all = vmap((x: Tensor) => slicedWassersteinLoss(x, Y, { theta }))(X) as Tensor;
    const each = [0, 1, 2].map((i) => slicedWasserstein(X.at(i), Y, { theta }).valueP);
    expectNear(all, each, 1e-12);
  });

  it("gives the root with the derivative 0 at 0, and gradients by directions", () => {
    const [X, Y] = [normal(1, [10, 2]), normal(2, [10, 2], 1)];
    const theta = directions("mc", 4, 2);
    const root = slicedWassersteinLoss(X, Y, { theta, root: true, p: 3 }).item();
    expect(root).toBeCloseTo(slicedWasserstein(X, Y, { theta, p: 3 }).value, 12);
    const at0 = grad((x: Tensor) => slicedWassersteinLoss(x, X, { theta, root: true }))(
      X,
    ) as Tensor;
    expectNear(at0, new Float64Array(20), 0);
    const by = grad((t: Tensor) => slicedWassersteinLoss(X, Y, { theta: t }))(theta) as Tensor;
    const move = normal(5, [4, 2]);
    const f = (t: number) =>
      slicedWassersteinLoss(X, Y, { theta: theta.add(move.mul(t)), normalize: true }).item();
    // Along the sphere only: the part of the move at right angles to each direction.
    const across = move.sub(theta.mul(move.mul(theta).sum(1, { keepDims: true })));
    expect(by.mul(across).sum().item()).toBeCloseTo((f(1e-5) - f(-1e-5)) / 2e-5, 7);
  });

  it("says what does not fit", () => {
    const X = tensor(
      [
        [0, 0],
        [1, 1],
      ],
      { dtype: "f64" },
    );
    expect(() => slicedWassersteinLoss(X, [[1, 2, 3]])).toThrow(ShapeError);
    expect(() => slicedWassersteinLoss(X, X, { a: [1, 2, 3] })).toThrow(
      "expected a of shape [2]; got [3]",
    );
    expect(() => slicedWassersteinLoss(X, X, { projections: 5, estimator: "joint" })).toThrow(
      "at least 8 directions",
    );
    expect(() => slicedWassersteinLoss(X, X, { p: 0 })).toThrow("expected a finite p ≥ 1");
  });
});
