import { grad, hessian, hvp, jacobian, jit, jvp, type Tensor, tensor, vmap } from "@x/tensor";
import { assertClose, checkGradients } from "@x/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  type EntropicKind,
  entropicCost,
  entropicPlan,
  entropicPotentials,
  sinkhornDivergenceLoss,
  sinkhornLoss,
} from "../../src/differentiable";

const f64 = { dtype: "f64" } as const;
const C = tensor(
  [
    [5, 4.5],
    [2, 4],
    [4, 2.5],
  ],
  f64,
);
const a = tensor([0.2, 0.3, 0.5], f64);
const b = tensor([0.6, 0.4], f64);
const eps = tensor(0.5, f64);
const kinds: readonly EntropicKind[] = ["value", "linear", "entropic"];

/** Weights on the simplex, so that differences do not change the mass. */
const onSimplex = (w: Tensor): Tensor => w.div(w.sum());

const cost = (of: EntropicKind) => (a: Tensor, b: Tensor, C: Tensor, eps: Tensor) =>
  entropicCost(onSimplex(a), onSimplex(b), C, { eps, of });

describe.each(kinds)("the derivatives of the cost named %s", (of) => {
  test("by weights, costs and ε agree with differences, first and second ones", () => {
    checkGradients(cost(of), [a, b, C, eps], { order: 2, directions: 2 });
  });

  test("are the same when compiled, and through a compiled function", () => {
    const all = { argnums: [0, 1, 2, 3] } as const;
    const plain = grad(cost(of), all)(a, b, C, eps);
    // The compiled program sweeps to a marginal error of 1e-10.
    const close = { absolute: 1e-8 };
    jit(grad(cost(of), all))(a, b, C, eps).forEach((x, i) => {
      assertClose(x, plain[i] as Tensor, close);
    });
    grad(jit(cost(of)), all)(a, b, C, eps).forEach((x, i) => {
      assertClose(x, plain[i] as Tensor, close);
    });
  });

  test("of second order agree in every combination of modes", () => {
    const loss = (C: Tensor): Tensor => cost(of)(a, b, C, eps);
    const v = C.sub(3).square();
    const expected = grad((C: Tensor) => grad(loss)(C).mul(v).sum())(C);
    const close = { absolute: 1e-8 };
    assertClose(hvp(loss)(C, v), expected, close);
    assertClose(
      hessian(loss)(C).reshape([6, 6]).matmul(v.ravel()).reshape([3, 2]),
      expected,
      close,
    );
    assertClose(jit((C: Tensor) => hvp(loss)(C, v))(C), expected, close);
    assertClose(grad((C: Tensor) => jit(grad(loss))(C).mul(v).sum())(C), expected, close);
    assertClose(jit(grad((C: Tensor) => grad(loss)(C).mul(v).sum()))(C), expected, close);
  });
});

test("the third derivative of the value agrees with differences of the second", () => {
  const second = (eps: Tensor): Tensor =>
    grad((e: Tensor) => grad((e: Tensor) => entropicCost(a, b, C, { eps: e }))(e))(eps);
  checkGradients(second, [eps], { modes: ["reverse"] });
});

test("the value's gradients are the plan, the centred potentials and KL(P | a⊗b)", () => {
  const value = (a: Tensor, b: Tensor, C: Tensor, eps: Tensor): Tensor =>
    entropicCost(a, b, C, { eps });
  const [da, db, dC, deps] = grad(value, { argnums: [0, 1, 2, 3] })(a, b, C, eps);
  const { f, g } = entropicPotentials(a, b, C, { eps });
  const plan = entropicPlan(a, b, C, { eps });
  const close = { absolute: 1e-9 };
  assertClose(da, f, close);
  assertClose(db, g, close);
  assertClose(dC, plan, close);
  assertClose(deps, plan.mul(plan.div(a.expandDims(1).mul(b)).log()).sum(), close);
});

test("the derivatives by ε of the symmetric two-point problem are the closed forms", () => {
  const by = (of: EntropicKind): number =>
    grad((e: Tensor) =>
      entropicCost(
        null,
        null,
        [
          [0, 1],
          [1, 0],
        ],
        { eps: e, of },
      ),
    )(tensor(1, f64)).item();
  expect(by("linear")).toBeCloseTo(0.19661193324148185, 9);
  expect(by("value")).toBeCloseTo(0.11094407167172737, 9);
});

test("plan and potentials have first and second derivatives in both modes", () => {
  const solution = (a: Tensor, b: Tensor, C: Tensor, eps: Tensor) => ({
    plan: entropicPlan(onSimplex(a), onSimplex(b), C, { eps }),
    ...entropicPotentials(onSimplex(a), onSimplex(b), C, { eps }),
  });
  checkGradients(solution, [a, b, C, eps], { order: 2, directions: 2 });
  // More columns than rows: the linear system is the other side's.
  checkGradients((C: Tensor) => entropicPlan(b, a, C, { eps }), [C.T], { order: 2 });
});

test("Jacobians of the potentials agree between modes, and with the compiled one", () => {
  const f = (e: Tensor): Tensor => entropicPotentials(a, b, C, { eps: e }).f;
  const forward = jacobian(f, { mode: "forward" })(eps);
  assertClose(jacobian(f, { mode: "reverse" })(eps), forward, { absolute: 1e-9 });
  assertClose(jvp(f, [eps], [tensor(1, f64)])[1], forward, { absolute: 1e-9 });
  assertClose(jit(jacobian(f))(eps), forward, { absolute: 1e-8 });
});

test.each(kinds)("a batch of problems has the gradients of each: %s", (of) => {
  const batch = tensor([0.5, 1, 2], f64);
  const slope = grad((e: Tensor) => entropicCost(a, b, C, { eps: e, of }));
  const each = vmap(slope)(batch).dataSync();
  each.forEach((x, i) => {
    expect(x).toBeCloseTo(slope(batch.at(i)).item(), 8);
  });
});

test("tensors of single precision have gradients of single precision", () => {
  const single = C.cast("f32");
  const slope = grad((C: Tensor) => entropicCost(null, null, C, { eps: 0.5, of: "linear" }));
  expect(slope(single).dtype).toBe("f32");
  // All of the computation is in doubles.
  assertClose(slope(single), slope(single.cast("f64")), { absolute: 1e-7 });
});

test("weights of zero have finite gradients, those of a weight that begins to grow", () => {
  const zero = tensor([0, 0.5, 0.5], f64);
  const value = (w: Tensor): Tensor => entropicCost(onSimplex(w), b, C, { eps });
  const h = 1e-6;
  const grown = value(zero.add([h, 0, 0])).item();
  // One-sided difference: its error is of the order of h.
  expect(grad(value)(zero).at(0).item()).toBeCloseTo((grown - value(zero).item()) / h, 4);
  for (const of of kinds) {
    const slopes = grad(cost(of), { argnums: [0, 1, 2, 3] })(zero, b, C, eps);
    for (const slope of slopes) expect(slope.isFinite().all().item()).toBe(1);
  }
});

test("forbidden pairs leave every gradient finite", () => {
  const blocked = tensor(
    [
      [5, Infinity],
      [2, 4],
      [4, 2.5],
    ],
    f64,
  );
  for (const of of kinds) {
    const slopes = grad(cost(of), { argnums: [0, 1, 2, 3] })(a, b, blocked, eps);
    for (const slope of slopes) expect(slope.isFinite().all().item()).toBe(1);
    expect(slopes[2].at(0, 1).item()).toBe(0);
  }
});

describe("losses between clouds", () => {
  const X = tensor(
    [
      [0, 0.1],
      [1, 0.5],
      [0.3, 2],
    ],
    f64,
  );
  const Y = tensor(
    [
      [0.5, 1],
      [2, 0.2],
    ],
    f64,
  );

  test.each(kinds)("have derivatives by points, weights and ε: %s", (of) => {
    const loss = (X: Tensor, Y: Tensor, a: Tensor, eps: Tensor): Tensor =>
      sinkhornLoss(X, Y, { a: onSimplex(a), b, eps, of });
    checkGradients(loss, [X, Y, a, eps], { order: 2, directions: 1 });
  });

  test("have them for the divergence, too", () => {
    const loss = (X: Tensor, Y: Tensor, a: Tensor, eps: Tensor): Tensor =>
      sinkhornDivergenceLoss(X, Y, { a: onSimplex(a), b, eps });
    checkGradients(loss, [X, Y, a, eps], { order: 2, directions: 1 });
    const slope = grad(loss);
    assertClose(jit(slope)(X, Y, a, eps), slope(X, Y, a, eps), { absolute: 1e-8 });
  });

  test("are zero, with a gradient of zero, for the divergence of a cloud to itself", () => {
    const loss = (X: Tensor): Tensor => sinkhornDivergenceLoss(X, Y, { eps: 0.3 });
    expect(loss(Y).item()).toBeCloseTo(0, 9);
    assertClose(grad(loss)(Y), Y.mul(0), { absolute: 1e-8 });
  });
});
