import { grad, jit, random, type Tensor, tensor } from "@x/tensor";
import { inv } from "@x/tensor/linalg";
import { assertClose } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  type BilevelProblem,
  type HypergradientOptions,
  hypergradient,
  scaleByLearningRate,
} from "../../src/index";
import { exactSlope, f64, scalarRidge } from "./scalar-ridge";

const inner = scaleByLearningRate(0.25);

/** At x = 0 the lower minimum is 1 and the slope of Φ −0.25; the other values come from the closed forms. */
const cases: readonly [string, number, HypergradientOptions<Tensor>, number][] = [
  ["cg is exact", 1, { method: "cg" }, -0.25],
  ["normalCg is exact", 1, { method: "normalCg" }, -0.25],
  [
    "neumann with no term beyond the first",
    1,
    { method: "neumann", alpha: 0.25, terms: 0 },
    -0.125,
  ],
  ["neumann with 1 product", 1, { method: "neumann", alpha: 0.25, terms: 1 }, -0.1875],
  ["neumann with 5 products", 1, { method: "neumann", alpha: 0.25, terms: 5 }, -0.24609375],
  [
    "neumann with 20 products",
    1,
    { method: "neumann", alpha: 0.25, terms: 20 },
    -0.24999988079071045,
  ],
  ["unrolled over 1 step from 0", 0, { method: "unrolled", inner, steps: 1 }, 0],
  ["unrolled over 2 steps from 0", 0, { method: "unrolled", inner, steps: 2 }, -0.03125],
  ["unrolled over 10 steps from 0", 0, { method: "unrolled", inner, steps: 10 }, -0.24683142],
  ["unrolled over 40 steps from 0", 0, { method: "unrolled", inner, steps: 40 }, -0.25],
  ["f2sa with λ = 1", 0, { method: "f2sa", lambda: 1, inner, steps: 200 }, -0.1527777778],
  ["f2sa with λ = 10", 0, { method: "f2sa", lambda: 10, inner, steps: 200 }, -0.235261],
  ["f2sa with λ = 100", 0, { method: "f2sa", lambda: 100, inner, steps: 200 }, -0.248447],
  ["f2sa with λ = 1000", 0, { method: "f2sa", lambda: 1000, inner, steps: 200 }, -0.249844],
  // The identity in place of 1/H = ½ doubles the slope, a factor ½ mends it.
  ["finiteDifference", 1, { method: "finiteDifference" }, -0.5],
  [
    "finiteDifference told the inverse curvature",
    1,
    { method: "finiteDifference", precondition: (g: Tensor) => g.mul(0.5) },
    -0.25,
  ],
];

describe("hypergradient on scalar ridge", () => {
  test.each(cases)("%s", (_, y, options, expected) => {
    const plain = hypergradient(scalarRidge, f64(0), f64(y), options).grad;
    // Half a unit of the last decimal that was computed.
    assertClose(plain, expected, { relative: 0, absolute: 5e-7 });
    const compiled = jit(
      (x: Tensor, at: Tensor) => hypergradient(scalarRidge, x, at, options).grad,
    );
    // The same operations, possibly fused: a few roundings, which f2sa multiplies by λ.
    assertClose(compiled(f64(0), f64(y)), plain, { relative: 1e-10, absolute: 1e-12 });
    const single = hypergradient(scalarRidge, tensor(0), tensor(y), options).grad;
    expect(single.dtype).toBe("f32");
    // f32 resolves ∇_x g to 6e-8, which F²SA multiplies by λ and the difference quotient divides by 2ε.
    assertClose(single, expected, { relative: 0, absolute: 1e-4 });
  });
});

/** F = ½‖A₁y − b₁‖² + ½‖x.shift‖², g = ½‖A₂y − b₂ + A₃ x.shift‖² + ½ Σ e^{x.log} y²; y = { a, b } in two leaves. */
interface Upper {
  readonly log: Tensor;
  readonly shift: Tensor;
}
interface Lower {
  readonly a: Tensor;
  readonly b: Tensor;
}
const draw = (seed: number, shape: readonly number[]): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64" });
const [a1, a2, a3] = [draw(1, [12, 5]), draw(2, [12, 5]), draw(3, [12, 2])];
const [b1, b2] = [draw(4, [12]), draw(5, [12])];
const whole = (y: Lower): Tensor => y.a.mul([1, 1, 0, 0, 0]).add(y.b.mul([0, 0, 1, 1, 1]));
const wide: BilevelProblem<Upper, Lower> = {
  upper: (x, y) => a1.matmul(whole(y)).sub(b1).square().sum().add(x.shift.square().sum()).div(2),
  lower: (x, y) => {
    const residual = a2.matmul(whole(y)).sub(b2).add(a3.matmul(x.shift));
    // Coordinates that `whole` ignores are drawn to 0, so the minimum is unique.
    const idle = y.a
      .mul([0, 0, 1, 1, 1])
      .square()
      .sum()
      .add(y.b.mul([1, 1, 0, 0, 0]).square().sum());
    return residual
      .square()
      .sum()
      .add(x.log.exp().mul(whole(y).square()).sum())
      .add(idle)
      .div(2);
  },
};
/** The lower minimum by solving the normal equations. */
const minimum = (x: Upper): Lower => {
  const matrix = a2.T.matmul(a2).add(x.log.exp().mul(f64(1)).mul(eye5()));
  const y = inv(matrix).matmul(a2.T.matmul(b2.sub(a3.matmul(x.shift))));
  return { a: y.mul([1, 1, 0, 0, 0]), b: y.mul([0, 0, 1, 1, 1]) };
};
const eye5 = (): Tensor =>
  f64([...Array(5)].map((_, i) => [...Array(5)].map((__, j) => +(i === j))));
const x0: Upper = { log: draw(6, [5]).mul(0.3), shift: draw(7, [2]) };
/** ∇Φ by differentiating through the closed form. */
const exact = grad((x: Upper) => wide.upper(x, minimum(x), undefined))(x0);

test("cg follows the closed form wherever x is, in f32 too", () => {
  for (const x of [-2, -0.5, 0.8, 3]) {
    const y = 2 / (1 + Math.exp(x));
    const at = (dtype: "f32" | "f64"): Tensor =>
      hypergradient(scalarRidge, tensor(x, { dtype }), tensor(y, { dtype }), { method: "cg" }).grad;
    assertClose(at("f64"), exactSlope(x), { relative: 1e-12 });
    // A handful of roundings of 6e-8, and y − ½ cancels at most to a tenth.
    assertClose(at("f32"), exactSlope(x), { relative: 1e-5 });
  }
});

describe("hypergradient on trees", () => {
  const y = minimum(x0);
  const largest = 40;
  const all: readonly [HypergradientOptions<Lower>, number][] = [
    [{ method: "cg", tolerance: 1e-12 }, 1e-9],
    [{ method: "normalCg", tolerance: 1e-14, maxIterations: 500 }, 1e-7],
    [{ method: "neumann", alpha: 1 / largest, terms: 3000 }, 1e-9],
    [{ method: "unrolled", inner: scaleByLearningRate(1 / largest), steps: 3000 }, 1e-9],
    // The bias is O(1/λ).
    [{ method: "f2sa", lambda: 1e5, inner: scaleByLearningRate(1 / largest), steps: 3000 }, 1e-3],
  ];
  test.each(all)("agrees with the derivative of the closed form: %o", (options, relative) => {
    const run = jit(() => hypergradient(wide, x0, y, options));
    const { grad: g, aux } = run();
    assertClose(g.log, exact.log, { relative, absolute: relative });
    assertClose(g.shift, exact.shift, { relative, absolute: relative });
    expect(aux.converged.item()).toBe(1);
  });

  test("agrees with central differences of Φ", () => {
    const { grad: g } = hypergradient(wide, x0, y, { method: "cg", tolerance: 1e-12 });
    const phi = (x: Upper): number => wide.upper(x, minimum(x), undefined).item();
    const direction = { log: draw(8, [5]), shift: draw(9, [2]) };
    const h = 1e-5;
    const moved = (s: number): Upper => ({
      log: x0.log.add(direction.log.mul(s)),
      shift: x0.shift.add(direction.shift.mul(s)),
    });
    const slope = (phi(moved(h)) - phi(moved(-h))) / (2 * h);
    const along = g.log.mul(direction.log).sum().add(g.shift.mul(direction.shift).sum()).item();
    // Error of the difference: h² times third derivatives of order 10.
    expect(Math.abs(along - slope)).toBeLessThan(1e-6 * Math.abs(slope));
  });
});

describe("options of hypergradient", () => {
  test("truncate differentiates only the last steps of the same path", () => {
    // y_T = y_{T−1} − ¼ (y_{T−1} − 2 + eˣ y_{T−1}), so dy_T/dx = −¼ y_{T−1} with y_{T−1} held fixed.
    const { grad: g, aux } = hypergradient(scalarRidge, f64(0), f64(0), {
      method: "unrolled",
      inner,
      steps: 4,
      truncate: 1,
    });
    const before = 1 - 0.5 ** 3;
    const y = 1 - 0.5 ** 4;
    assertClose(aux.y, y, { absolute: 1e-12 });
    assertClose(g, (y - 0.5) * -0.25 * before, { absolute: 1e-12 });
  });

  test("checkpointEvery changes nothing but memory", () => {
    const at = (checkpointEvery?: number): Tensor =>
      hypergradient(scalarRidge, f64(0.3), f64(0), {
        method: "unrolled",
        inner,
        steps: 12,
        checkpointEvery,
      }).grad;
    assertClose(at(4), at(), { relative: 1e-14 });
    assertClose(at(1), at(), { relative: 1e-14 });
    assertClose(jit(() => at(4))(), at(), { relative: 1e-14 });
  });

  test("a warm start at the solution needs no iteration", () => {
    const first = hypergradient(wide, x0, minimum(x0), { method: "cg", tolerance: 1e-10 });
    expect(first.aux.iterations.item()).toBeGreaterThan(3);
    const start = first.aux.v as Lower;
    const again = hypergradient(wide, x0, minimum(x0), { method: "cg", tolerance: 1e-9, start });
    expect(again.aux.iterations.item()).toBe(0);
    assertClose(again.grad.log, first.grad.log, { relative: 1e-14 });
  });

  test("the randomised series is the truncated sum on average", () => {
    const terms = 3;
    const one = jit(
      (key: Tensor) =>
        hypergradient(scalarRidge, f64(0), f64(1), {
          method: "neumann",
          alpha: 0.25,
          terms,
          randomize: key,
        }).grad,
    );
    const seen = new Map<string, number>();
    for (let i = 0; i < 60; i++) {
      const g = one(random.foldIn(random.key(3), i)).item();
      seen.set(g.toFixed(9), g);
    }
    // p = 0, 1, 2 give −3 · ⅛ · 2⁻ᵖ; 60 draws miss one of three with probability below 1e-10.
    const values = [...seen.values()].sort((a, b) => a - b);
    assertClose(f64(values), f64([-0.375, -0.1875, -0.09375]), { absolute: 1e-12 });
    const mean = values.reduce((s, v) => s + v, 0) / 3;
    const sum = hypergradient(scalarRidge, f64(0), f64(1), {
      method: "neumann",
      alpha: 0.25,
      terms: 2,
    }).grad;
    assertClose(sum, mean, { absolute: 1e-12 });
  });

  test("batches give each product its own curvature", () => {
    const problem: BilevelProblem<Tensor, Tensor, Tensor> = {
      upper: (_, y) => y.sub(0.5).square().div(2),
      lower: (x, y, c) => y.sub(x).square().mul(c).div(2),
    };
    const { aux } = hypergradient(problem, f64(0), f64(1), {
      method: "neumann",
      alpha: 0.1,
      terms: 2,
      batch: f64(1),
      batches: [f64(2), f64(4)],
    });
    // v = α b (1 + (1 − 0.2) + (1 − 0.2)(1 − 0.4)) with b = ½.
    assertClose(aux.v as Tensor, 0.1 * 0.5 * (1 + 0.8 + 0.48), { absolute: 1e-14 });
  });

  test("damping moves the eigenvalues of H", () => {
    const { aux } = hypergradient(scalarRidge, f64(0), f64(1), { method: "cg", damping: 3 });
    assertClose(aux.v as Tensor, 0.5 / (2 + 3), { absolute: 1e-14 });
  });
});
