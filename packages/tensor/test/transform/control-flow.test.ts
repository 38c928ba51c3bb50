import {
  cond,
  grad,
  hessian,
  jit,
  jvp,
  ShapeError,
  scan,
  type Tensor,
  TraceError,
  tensor,
  vjp,
  vmap,
  whileLoop,
} from "@x/tensor";
import { describe, expect, test } from "vitest";
import { traceGraph } from "../../src/graph/graph-trace";

const f64 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "f64" });
const near = (actual: Tensor, expected: Tensor, digits = 10): void => {
  const [a, e] = [Array.from(actual.dataSync()), Array.from(expected.dataSync())];
  expect(actual.shape).toEqual(expected.shape);
  a.forEach((v, i) => {
    expect(v).toBeCloseTo(e[i] as number, digits);
  });
};

/** h ← tanh(W h + x), y = h², with W from outside. */
const cell =
  (w: Tensor) =>
  (h: Tensor, x: Tensor): readonly [Tensor, Tensor] => {
    const next = w.matmul(h).add(x).tanh();
    return [next, next.square()];
  };

const w = f64([
  [0.3, -0.2],
  [0.5, 0.1],
]);
const h0 = f64([0.1, -0.4]);
const xs = f64([
  [1, 2],
  [-1, 0.5],
  [0.3, 0.2],
]);

/** The same loop, written out. */
function unrolled(w: Tensor, h: Tensor, xs: Tensor, reverse = false): Tensor {
  let state = h;
  let total: Tensor = f64([0, 0]);
  const steps = [0, 1, 2];
  for (const t of reverse ? steps.reverse() : steps) {
    const [next, y] = cell(w)(state, xs.at(t));
    state = next;
    total = total.add(y.mul(t + 1));
  }
  return total.sum().add(state.sum());
}

function scanned(w: Tensor, h: Tensor, xs: Tensor, reverse = false): Tensor {
  const [last, ys] = scan(cell(w), h, xs, { reverse });
  return ys
    .mul(f64([[1], [2], [3]]))
    .sum()
    .add(last.sum());
}

describe.each([false, true])("scan (reverse: %s)", (reverse) => {
  const loop = (w: Tensor, h: Tensor, xs: Tensor): Tensor => scanned(w, h, xs, reverse);
  const plain = (w: Tensor, h: Tensor, xs: Tensor): Tensor => unrolled(w, h, xs, reverse);
  const all = { argnums: [0, 1, 2] } as const;

  test("computes what the loop written out does, also inside jit", () => {
    near(loop(w, h0, xs), plain(w, h0, xs));
    near(jit(loop)(w, h0, xs), plain(w, h0, xs));
  });

  test("has the gradients of the loop written out, also inside jit", () => {
    const expected = grad(plain, all)(w, h0, xs);
    for (const f of [grad(loop, all), jit(grad(loop, all)), grad(jit(loop), all)]) {
      f(w, h0, xs).forEach((g, i) => {
        near(g, expected[i] as Tensor);
      });
    }
  });

  test("has its forward-mode derivative and its second derivative", () => {
    const along = [w.mul(0.3), h0.add(1), xs.mul(-0.2)] as const;
    const [, expected] = jvp(plain, [w, h0, xs], along);
    near(jvp(loop, [w, h0, xs], along)[1], expected);
    near(jit(() => jvp(loop, [w, h0, xs], along)[1])(), expected);
    near(hessian((h: Tensor) => loop(w, h, xs))(h0), hessian((h: Tensor) => plain(w, h, xs))(h0));
    near(
      jit(hessian((m: Tensor) => loop(m, h0, xs)))(w),
      hessian((m: Tensor) => plain(m, h0, xs))(w),
    );
  });

  test("is batched over any of its operands", () => {
    const ws = f64([
      [0.3, -0.2],
      [0.5, 0.1],
      [0.1, 0.7],
      [-0.4, 0.2],
    ]).reshape([2, 2, 2]);
    const got = vmap(grad(loop), { inAxes: [0, null, null] })(ws, h0, xs);
    near(got.at(1), grad(plain)(ws.at(1), h0, xs));
    const hs = f64([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    near(vmap(loop, { inAxes: [null, 0, null] })(w, hs, xs).at(2), plain(w, hs.at(2), xs));
    const many = xs.expandDims(0).mul(f64([1, 2]).reshape([2, 1, 1]));
    near(
      jit(vmap(grad(loop, { argnums: 2 }), { inAxes: [null, null, 0] }))(w, h0, many).at(1),
      grad(plain, { argnums: 2 })(w, h0, xs.mul(2)),
    );
  });
});

test("scan without slices repeats, over trees of state", () => {
  const [last, ys] = scan(
    ({ a, b }: { a: Tensor; b: Tensor }) => [{ a: b, b: a.add(b) }, a] as const,
    { a: tensor(0), b: tensor(1) },
    null as unknown,
    { length: 8 },
  );
  expect((ys as Tensor).toArray()).toEqual([0, 1, 1, 2, 3, 5, 8, 13]);
  expect(last.a.item()).toBe(21);
});

test("scan over no slices returns the first carry", () => {
  const [last, ys] = scan(cell(w), h0, f64([]).reshape([0, 2]));
  near(last, h0);
  expect(ys.shape).toEqual([0, 2]);
});

test("scan refuses a carry that changes its type, and says which", () => {
  const body = (c: { h: Tensor }): readonly [{ h: Tensor }, null] => [
    { h: c.h.reshape([1]) },
    null,
  ];
  expect(() => scan(body, { h: tensor(1) }, null, { length: 2 })).toThrow(ShapeError);
  expect(() => scan(body, { h: tensor(1) }, null, { length: 2 })).toThrow(
    "scan: expected the carry h to stay f32 []; the body returns f32 [1]",
  );
});

const piecewise = (x: Tensor, y: Tensor): Tensor =>
  cond(
    x.sum().greater(0),
    (a: Tensor, b: Tensor) => a.mul(b).mul(w.at(0)).sum(),
    (a: Tensor) => a.square().sum(),
    x,
    y,
  );

test("cond takes one branch inside jit, with its gradients", () => {
  const y = f64([2, 5]);
  for (const x of [f64([1, 2]), f64([-1, -2])]) {
    const want = grad(piecewise, { argnums: [0, 1] })(x, y);
    near(jit(piecewise)(x, y), piecewise(x, y));
    for (const f of [
      jit(grad(piecewise, { argnums: [0, 1] })),
      grad(jit(piecewise), { argnums: [0, 1] }),
    ]) {
      f(x, y).forEach((g, i) => {
        near(g, want[i] as Tensor);
      });
    }
    near(
      jit(hessian((v: Tensor) => piecewise(v, y)))(x),
      hessian((v: Tensor) => piecewise(v, y))(x),
    );
    near(jit(() => jvp(piecewise, [x, y], [y, x])[1])(), jvp(piecewise, [x, y], [y, x])[1]);
  }
});

test("cond whose condition differs between examples gives each its own branch", () => {
  const batch = f64([
    [1, 2],
    [-1, -2],
  ]);
  const y = f64([2, 5]);
  const got = vmap((x: Tensor) => piecewise(x, y))(batch);
  near(got, f64([piecewise(batch.at(0), y).item(), piecewise(batch.at(1), y).item()]));
  const g = jit(vmap(grad((x: Tensor) => piecewise(x, y))))(batch);
  near(g.at(1), f64([-2, -4]));
});

/** Both branches do costly work on values that they close over alone. */
const closing = (x: Tensor, y: Tensor): Tensor =>
  cond(
    x.sum().greater(0),
    () => y.mul(x).sin().sum(),
    () => y.exp().sum(),
  );

/** Names of the operations that a program does whatever its conditions are. */
const always = (f: (...xs: Tensor[]) => Tensor, ...inputs: Tensor[]): string[] =>
  traceGraph((xs) => [f(...xs)], inputs).equations.map(({ primitive }) => primitive.name);

describe("cond on values that its branches close over", () => {
  const y = f64([2, 5]);
  const points = [f64([1, 2]), f64([-1, -2])];

  test("computes what follows from them only in the branch that is taken", () => {
    const names = always(closing, points[0] as Tensor, y);
    expect(names).toContain("cond");
    expect(names).not.toContain("sin");
    expect(names).not.toContain("exp");
    // So do loops, derivatives and further choices inside a branch.
    const nested = (x: Tensor, z: Tensor): Tensor =>
      cond(
        x.sum().greater(0),
        () => {
          const step = (c: Tensor): [Tensor, null] => [c.add(z.sin()), null];
          const inner = cond(
            z.sum().greater(1),
            () => z.tan(),
            () => z.exp(),
          );
          const slope = grad((v: Tensor) => v.mul(z.cos()).sum())(x);
          return scan(step, inner, null, { length: 3 })[0].add(slope).sum();
        },
        () => x.sum(),
      );
    for (const name of ["sin", "cos", "tan", "exp", "scan"]) {
      expect(always(nested, points[0] as Tensor, y)).not.toContain(name);
    }
    for (const x of points) near(jit(nested)(x, y), nested(x, y));
  });

  test("gives values and derivatives of the branch taken, in the transformations around it", () => {
    const both = grad(closing, { argnums: [0, 1] });
    for (const x of points) {
      near(jit(closing)(x, y), closing(x, y));
      const want = both(x, y);
      for (const f of [jit(both), grad(jit(closing), { argnums: [0, 1] })]) {
        f(x, y).forEach((g, i) => {
          near(g, want[i] as Tensor);
        });
      }
      const bent = hessian((v: Tensor) => closing(x, v));
      near(jit(bent)(y), bent(y));
      near(jit(() => jvp(closing, [x, y], [y, x])[1])(), jvp(closing, [x, y], [y, x])[1]);
    }
    const batch = f64([
      [1, 2],
      [-1, -2],
    ]);
    const each = points.map((x) => closing(x, y).item());
    near(vmap((x: Tensor) => closing(x, y))(batch), f64(each));
    near(jit(vmap((x: Tensor) => closing(x, y)))(batch), f64(each));
  });

  test("leaves work outside to the enclosing function, also after a branch has thrown", () => {
    const refused = (x: Tensor): Tensor => {
      expect(() =>
        cond(
          x.greater(0),
          (): Tensor => {
            throw new Error("refused");
          },
          () => x,
        ),
      ).toThrow("refused");
      return cond(
        x.greater(0),
        () => x.exp(),
        () => x,
      ).add(x.sin());
    };
    expect(always(refused, tensor(1))).toContain("sin");
    expect(always(refused, tensor(1))).not.toContain("exp");
    expect(jit(refused)(tensor(0)).item()).toBe(0);
  });
});

/** Newton's iteration for √a. */
const root = (a: Tensor): Tensor =>
  whileLoop(
    ({ x }) => x.mul(x).sub(a).abs().greater(1e-12),
    ({ x }) => ({ x: x.add(a.div(x)).mul(0.5) }),
    { x: a },
  ).x;

test("whileLoop stops when its condition fails, eagerly, inside jit and for each example on its own", () => {
  const a = tensor(9, { dtype: "f64" });
  expect(root(a).item()).toBeCloseTo(3, 12);
  expect(jit(root)(a).item()).toBeCloseTo(3, 12);
  near(vmap(root)(f64([4, 25, 0.01])), f64([2, 5, 0.1]));
  near(jit(vmap(root))(f64([4, 25, 0.01])), f64([2, 5, 0.1]));
});

test("whileLoop is differentiated forwards everywhere, backwards outside of jit", () => {
  const a = tensor(9, { dtype: "f64" });
  const one = tensor(1, { dtype: "f64" });
  expect(jvp(root, [a], [one])[1].item()).toBeCloseTo(1 / 6, 10);
  expect(jit(() => jvp(root, [a], [one])[1])().item()).toBeCloseTo(1 / 6, 10);
  expect(grad(root)(a).item()).toBeCloseTo(1 / 6, 10);
  expect(() => jit(grad(root))(a)).toThrow(TraceError);
  expect(() => jit(grad(root))(a)).toThrow(/use scan/);
});

test("values of an enclosing trace reach a loop body as constants", () => {
  const f = jit((scale: Tensor) => {
    const g = grad(
      (x: Tensor) =>
        scan(
          (c: Tensor, v: Tensor) => [c.add(v.mul(x).mul(scale)), null] as const,
          x,
          f64([1, 2]),
        )[0],
    );
    return g(scale.mul(2));
  });
  // d/dx (x + 3 s x) = 1 + 3 s
  expect(f(tensor(2, { dtype: "f64" })).item()).toBeCloseTo(7, 12);
  const [, pull] = vjp(
    (x: Tensor) =>
      scan((c: Tensor) => [c.mul(x), c] as const, x, null as unknown, { length: 3 })[0],
    tensor(2, { dtype: "f64" }),
  );
  expect(pull(tensor(1, { dtype: "f64" }))[0].item()).toBeCloseTo(4 * 8, 12);
});
