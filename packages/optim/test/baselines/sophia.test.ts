import { grad, hvp, matmul, random, type Tensor, tensor, zeros } from "@x/tensor";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import { applyUpdates, sophia } from "../../src/index";

const f64 = { dtype: "f64" } as const;
const dimension = 6;
const basis = random.orthogonal(random.key(1), dimension, dimension, f64);
const matrix = matmul(basis.mul([1, 2, 5, 10, 30, 100]), basis.T);

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
