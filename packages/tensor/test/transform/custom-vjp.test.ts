import {
  ArgumentError,
  checkpoint,
  customVjp,
  grad,
  hessian,
  jit,
  jvp,
  lower,
  scan,
  type Tensor,
  tensor,
  vmap,
} from "@x/tensor";
import { expect, test } from "vitest";

const f64 = (data: number | number[] | number[][]): Tensor => tensor(data, { dtype: "f64" });

/** x² with a derivative of ten times its own, to be told apart. */
const odd = customVjp(
  function odd(x: Tensor, scale: Tensor) {
    return x.square().mul(scale);
  },
  (x, scale) => [x.square().mul(scale), { x, scale }] as const,
  ({ x, scale }, ct) => [ct.mul(x).mul(scale).mul(20), null],
);

test("customVjp gives its own gradient: alone, inside and outside of jit, and under vmap", () => {
  const x = f64(3);
  const s = f64(2);
  expect(odd(x, s).item()).toBe(18);
  expect(grad(odd)(x, s).item()).toBe(120);
  expect(grad(odd, { argnums: 1 })(x, s).item()).toBe(0);
  expect(jit(grad(odd))(x, s).item()).toBe(120);
  expect(grad(jit(odd))(x, s).item()).toBe(120);
  expect(vmap(grad(odd), { inAxes: [0, null] })(f64([1, 2]), s).toArray()).toEqual([40, 80]);
  const shared = grad((v: Tensor) => vmap(odd, { inAxes: [null, 0] })(v, f64([1, 2])).sum());
  expect(shared(x).item()).toBe(60 + 120);
  expect(jit(shared)(x).item()).toBe(180);
});

test("customVjp is differentiated again through its backward pass", () => {
  expect(grad(grad(odd))(f64(3), f64(2)).item()).toBe(40);
});

test("customVjp may close over values of an enclosing transformation", () => {
  const f = (a: Tensor): Tensor => {
    const scaled = customVjp(
      (x: Tensor) => x.mul(a),
      (x) => [x.mul(a), null] as const,
      (_, ct) => [ct.mul(5)],
    );
    return scaled(a.mul(2));
  };
  // The custom rule sees only x: what f closes over counts as constant.
  expect(grad(f)(f64(3)).item()).toBe(10);
});

test("customVjp refuses forward mode and cotangents of another shape", () => {
  expect(() => jvp(odd, [f64(1), f64(1)], [f64(1), f64(1)])).toThrow(/reverse-mode derivative/);
  const wrong = customVjp(
    (x: Tensor) => x.sum(),
    (x) => [x.sum(), null] as const,
    () => [f64([1, 2, 3])],
  );
  expect(() => grad(wrong)(f64([1, 2]))).toThrow(ArgumentError);
  expect(() => grad(wrong)(f64([1, 2]))).toThrow(
    /^customVjp, backward of the function: expected a cotangent of .* with shapes \[2\]; got .* with \[3\]$/,
  );
});

const layer = (w: Tensor, x: Tensor): Tensor => w.matmul(x).tanh();
const deep =
  (block: (w: Tensor, x: Tensor) => Tensor) =>
  (w: Tensor, x: Tensor): Tensor => {
    let h = x;
    for (let i = 0; i < 4; i++) h = block(w, h);
    return h.square().sum();
  };
const twoLayers = (w: Tensor, x: Tensor): Tensor => layer(w, layer(w, x));

const w = f64([
  [0.5, -0.3],
  [0.2, 0.7],
]);
const x = f64([1, -2]);
const near = (a: Tensor, b: Tensor): void => {
  const expected = b.dataSync();
  a.dataSync().forEach((v, i) => {
    expect(v).toBeCloseTo(expected[i] as number, 12);
  });
};

test("checkpoint changes no value and no derivative, of any order or mode", () => {
  const plain = deep(twoLayers);
  const saved = deep(checkpoint(twoLayers));
  near(saved(w, x), plain(w, x));
  for (const wrap of [(f: typeof plain) => f, (f: typeof plain) => jit(f)]) {
    near(wrap(grad(saved))(w, x), grad(plain)(w, x));
    near(
      wrap(grad(saved, { argnums: 1 }) as typeof plain)(w, x),
      grad(plain, { argnums: 1 })(w, x),
    );
  }
  near(hessian((v: Tensor) => saved(w, v))(x), hessian((v: Tensor) => plain(w, v))(x));
  near(jvp(saved, [w, x], [w, x])[1], jvp(plain, [w, x], [w, x])[1]);
  const xs = f64([
    [1, 2],
    [3, -4],
  ]);
  near(
    vmap(grad(saved), { inAxes: [null, 0] })(w, xs),
    vmap(grad(plain), { inAxes: [null, 0] })(w, xs),
  );
});

test("checkpoint computes the forward pass again instead of keeping its values", () => {
  const count = (f: (w: Tensor, x: Tensor) => Tensor): number =>
    lower(grad(f))(w, x).match(/ cpu {2}map .*tanh/g)?.length ?? 0;
  const plain = count(deep(twoLayers));
  const saved = count(deep(checkpoint(twoLayers)));
  expect(plain).toBe(8);
  // Eight forward; backwards each block of two once more.
  expect(saved).toBeGreaterThanOrEqual(15);
});

test("checkpoint around a loop inside a loop has the derivatives of the loops alone, of any order or mode", () => {
  const inner = (v: Tensor, start: Tensor): Tensor =>
    scan((s: Tensor) => [s.mul(v).sin(), null], start, null, { length: 2 })[0];
  const outer =
    (f: typeof inner) =>
    (v: Tensor): Tensor =>
      scan((s: Tensor) => [f(v, s), null], f64(1), null, { length: 3 })[0];
  const plain = (v: Tensor): Tensor => {
    let s = f64(1);
    for (let i = 0; i < 6; i++) s = s.mul(v).sin();
    return s;
  };
  const at = f64(1.3);
  const saved = outer(checkpoint(inner));
  near(grad(saved)(at), grad(plain)(at));
  near(jit(grad(saved))(at), grad(plain)(at));
  near(jvp(saved, [at], [at])[1], jvp(plain, [at], [at])[1]);
  near(grad(grad(saved))(at), grad(grad(plain))(at));
  near(grad(grad(grad(saved)))(at), grad(grad(grad(plain)))(at));
  near(hessian(outer(checkpoint(checkpoint(inner))))(at), hessian(plain)(at));
  const many = f64([0.3, 1.3]);
  near(vmap(grad(grad(saved)))(many), vmap(grad(grad(plain)))(many));
});
