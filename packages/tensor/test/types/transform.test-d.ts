import {
  checkpoint,
  customVjp,
  exp,
  type GradientOf,
  grad,
  hessian,
  hvp,
  jacobian,
  jit,
  jvp,
  linearize,
  lower,
  mul,
  stopGradient,
  sum,
  type Tensor,
  type TensorTree,
  type Tree,
  tensor,
  valueAndGrad,
  valueAndGradWithAux,
  vjp,
  vmap,
} from "@x/tensor";
import { expectTypeOf, test } from "vitest";

interface Layer {
  readonly weight: Tensor;
  readonly bias: Tensor;
}
interface Network {
  readonly layers: readonly Layer[];
  readonly scale: number;
  readonly extra: Tensor | null;
}

declare const network: Network;
const x = tensor([1, 2]);
const loss = (p: Network, x: Tensor, y: { t: Tensor }): Tensor =>
  x.mul(p.scale).sub(y.t).square().sum();

test("gradients mirror the tree of parameters, with tensors for numbers", () => {
  expectTypeOf<GradientOf<{ w: Tensor; b: number }>>().toEqualTypeOf<{ w: Tensor; b: Tensor }>();
  expectTypeOf<GradientOf<[Tensor, { a: number }]>>().toEqualTypeOf<[Tensor, { a: Tensor }]>();
  expectTypeOf<GradientOf<{ a: null; b: undefined }>>().toEqualTypeOf<{ a: null; b: undefined }>();
  expectTypeOf<GradientOf<{ a?: Tensor }>>().toEqualTypeOf<{ a?: Tensor }>();
  const g = grad((p: { w: Tensor; b: number }) => p.w.mul(p.b).sum());
  expectTypeOf(g).returns.toEqualTypeOf<{ w: Tensor; b: Tensor }>();
  const gradient = grad(loss)(network, x, { t: x });
  expectTypeOf(gradient.scale).toEqualTypeOf<Tensor>();
  expectTypeOf(gradient.layers[0]?.weight).toEqualTypeOf<Tensor | undefined>();
  expectTypeOf(gradient.extra).toEqualTypeOf<Tensor | null>();
});

test("argnums picks the arguments of the result", () => {
  expectTypeOf(grad(loss, { argnums: 1 })(network, x, { t: x })).toEqualTypeOf<Tensor>();
  expectTypeOf(grad(loss, { argnums: [1, 2] })(network, x, { t: x })).toEqualTypeOf<
    [Tensor, { t: Tensor }]
  >();
  expectTypeOf(valueAndGrad(loss, { argnums: [2] })).returns.toEqualTypeOf<
    [Tensor, [{ t: Tensor }]]
  >();
  // @ts-expect-error text
  grad(loss, { argnums: "p" });
  // @ts-expect-error JAX's other option
  grad(loss, { hasAux: true });
});

test("operations themselves can be differentiated", () => {
  expectTypeOf(grad(sum)(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(grad((y: Tensor) => grad(sum)(y).sum())(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(vjp(mul, x, 2)[1](x)).toEqualTypeOf<[Tensor, Tensor]>();
  expectTypeOf(hessian(sum)(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(hvp(sum)(x, x)).toEqualTypeOf<Tensor>();
  expectTypeOf(vmap(exp)(x)).toEqualTypeOf<Tensor>();
  // biome-ignore lint/suspicious/noExplicitAny: what an untyped function has
  expectTypeOf(grad((p: any) => p.sum())(x)).toBeAny();
});

test("a function to be differentiated returns a tensor", () => {
  // @ts-expect-error a number
  grad((p: Tensor) => p.sum().item());
  // @ts-expect-error a pair is for valueAndGradWithAux
  grad((p: Tensor) => [p.sum(), p]);
  // @ts-expect-error a promise
  grad(async (p: Tensor) => p.sum());
  // @ts-expect-error no function
  grad(x);
});

test("the differentiated function keeps its parameters", () => {
  expectTypeOf(grad(loss)).parameters.toEqualTypeOf<[Network, Tensor, { t: Tensor }]>();
  // @ts-expect-error an argument is missing
  grad(loss)(network, x);
  // @ts-expect-error of another type
  grad(loss)(x, x, { t: x });
});

test("values and auxiliary results come before gradients", () => {
  expectTypeOf(valueAndGrad((w: Tensor) => w.sum())(x)).toEqualTypeOf<[Tensor, Tensor]>();
  const withAux = valueAndGradWithAux((w: Tensor) => [w.sum(), { norm: w.norm(), step: 1 }]);
  expectTypeOf(withAux(x)).toEqualTypeOf<[[Tensor, { norm: Tensor; step: number }], Tensor]>();
  // @ts-expect-error nothing beside the value
  valueAndGradWithAux((w: Tensor) => w.sum());
});

const pair = (a: Tensor, b: { c: Tensor }): { s: Tensor; d: [Tensor] } => ({ s: a, d: [b.c] });

test("jvp takes one tangent for each argument", () => {
  const [value, derivative] = jvp(pair, [x, { c: x }], [x, { c: x }]);
  expectTypeOf(value).toEqualTypeOf<{ s: Tensor; d: [Tensor] }>();
  expectTypeOf(derivative).toEqualTypeOf<{ s: Tensor; d: [Tensor] }>();
  // @ts-expect-error a tangent is missing
  jvp(pair, [x, { c: x }], [x]);
  // @ts-expect-error of another structure
  jvp(pair, [x, { c: x }], [x, x]);
  // @ts-expect-error arguments go in as a list
  jvp(pair, x, { c: x });
});

test("vjp and linearize return maps between trees", () => {
  const [value, pullback] = vjp(pair, x, { c: x });
  expectTypeOf(value).toEqualTypeOf<{ s: Tensor; d: [Tensor] }>();
  expectTypeOf(pullback).parameters.toEqualTypeOf<[{ s: Tensor; d: [Tensor] }]>();
  expectTypeOf(pullback({ s: x, d: [x] })).toEqualTypeOf<[Tensor, { c: Tensor }]>();
  // @ts-expect-error half of the cotangent
  pullback({ s: x });
  const [, push] = linearize(pair, x, { c: x });
  expectTypeOf(push(x, { c: x })).toEqualTypeOf<{ s: Tensor; d: [Tensor] }>();
  // @ts-expect-error a tangent is missing
  push(x);
  // @ts-expect-error an argument is missing
  vjp(pair, x);
});

test("hvp takes a vector shaped like the parameters", () => {
  const product = hvp((p: { w: Tensor; b: number }, s: number) => p.w.mul(s).sum());
  expectTypeOf(product({ w: x, b: 1 }, { w: x, b: x }, 3)).toEqualTypeOf<{
    w: Tensor;
    b: Tensor;
  }>();
  // @ts-expect-error a vector of another structure
  product({ w: x, b: 1 }, x, 3);
  // @ts-expect-error the rest of the arguments
  product({ w: x, b: 1 }, { w: x, b: x });
});

test("jacobian and hessian are for functions of one tensor", () => {
  const f = (w: Tensor, s: number): Tensor => w.mul(s);
  expectTypeOf(jacobian(f, { mode: "forward" })).toEqualTypeOf<(w: Tensor, s: number) => Tensor>();
  expectTypeOf(hessian(f)(x, 2)).toEqualTypeOf<Tensor>();
  // @ts-expect-error a tree
  jacobian((p: { w: Tensor }) => p.w);
  // @ts-expect-error another word
  jacobian(f, { mode: "fwd" });
});

test("jit, vmap and checkpoint preserve signatures", () => {
  const f = (p: Network, mode: "train" | "test", x?: Tensor): { y: Tensor; mode: string } => ({
    y: x ?? tensor(p.scale),
    mode,
  });
  expectTypeOf(jit(f)).toEqualTypeOf<typeof f>();
  expectTypeOf(vmap(f)).toEqualTypeOf<typeof f>();
  expectTypeOf(checkpoint(f)).toEqualTypeOf<typeof f>();
  // @ts-expect-error another mode
  jit(f)(network, "validate");
  expectTypeOf(jit(grad(loss))).parameters.toEqualTypeOf<Parameters<typeof loss>>();
});

test("options of jit and vmap", () => {
  jit(loss, { donate: [0], static: [2], name: "loss", cacheSize: 8 });
  vmap(loss, { inAxes: [null, 0, 0], outAxis: -1 });
  // @ts-expect-error a list
  jit(loss, { donate: 0 });
  // @ts-expect-error JAX's name
  jit(loss, { staticArgnums: [1] });
  // @ts-expect-error JAX's spelling
  vmap(loss, { in_axes: 0 });
  // @ts-expect-error axes of trees are not given leaf by leaf
  vmap(loss, { inAxes: [{ scale: 0 }, 0, 0] });
  // @ts-expect-error no function
  jit(x);
});

test("lower takes the function's arguments and returns text", () => {
  expectTypeOf(lower(loss)).toEqualTypeOf<(p: Network, x: Tensor, y: { t: Tensor }) => string>();
  // @ts-expect-error an argument is missing
  lower(jit(loss))(network);
});

test("customVjp ties its three functions together", () => {
  const f = customVjp(
    (a: Tensor, b: Tensor) => a.mul(b),
    (a, b) => [a.mul(b), { a, b }],
    ({ a, b }, ct) => [ct.mul(b), ct.mul(a)],
  );
  expectTypeOf(f).toEqualTypeOf<(a: Tensor, b: Tensor) => Tensor>();
  customVjp(
    (a: Tensor) => a,
    // @ts-expect-error nothing kept
    (a) => a,
    (_, ct) => [ct],
  );
  customVjp(
    (a: Tensor) => a,
    (a) => [a, null],
    // @ts-expect-error one cotangent for each argument, in a list
    (_, ct: Tensor) => ct,
  );
});

test("stopGradient returns a tensor", () => {
  expectTypeOf(stopGradient(1)).toEqualTypeOf<Tensor>();
});

test("functions that work for any tree of parameters can be written", () => {
  const descend = <P extends Tree<Tensor>>(f: (p: P) => Tensor, p: P): GradientOf<P> => grad(f)(p);
  expectTypeOf(descend(({ w }: { w: Tensor }) => w.sum(), { w: x })).toEqualTypeOf<{ w: Tensor }>();
  const tree: TensorTree = { a: [x, 1, null] };
  const gradient: Tree<Tensor> = grad((_: TensorTree) => x)(tree);
  // @ts-expect-error text is not differentiable
  const bad: TensorTree = { a: "x" };
  void [bad, gradient];
});
