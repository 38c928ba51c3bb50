import { jit, random, stack, type Tensor, tree, vmap } from "@x/tensor";
import { assertClose, checkGradients, type GradientCheckOptions } from "@x/tensor/testing";

/** A layer's call as a function of parameters and input. */
export type Call<P> = (params: P, x: Tensor) => unknown;

/** Standard normal f64 input. */
export const normal = (shape: readonly number[], seed = 7): Tensor =>
  random.normal(random.key(seed), shape, { dtype: "f64" });

/** Parameters moved away from their zeros and ones, so that no term of a derivative vanishes. */
export const moved = <P>(params: P): P =>
  tree.mapWithName(
    (leaf: Tensor, name) => leaf.add(normal(leaf.shape, name.length).mul(0.3)),
    params as tree.Tree<Tensor>,
  ) as P;

/**
 * What every layer must do: agree with central differences, under vmap over inputs and over parameters with a loop,
 * and under jit with itself (1e-12: fusion may change the last digits).
 */
export function checkLayer<P>(
  call: Call<P>,
  params: P,
  x: Tensor,
  options: GradientCheckOptions = {},
): void {
  checkGradients(call, [params, x], options);
  checkTransformations(call, params, x);
}

/** {@link checkLayer} without derivatives. */
export function checkTransformations<P>(call: Call<P>, params: P, x: Tensor): void {
  const close = { relative: 1e-12, absolute: 1e-12 };
  assertClose(jit(call)(params, x), call(params, x), close);
  const other = x.dtype === "f64" ? x.mul(0.5) : x;
  assertClose(
    vmap(call, { inAxes: [null, 0] } as never)(params as never, stack([x, other]) as never),
    pair(call(params, x), call(params, other)),
    close,
  );
  if (tree.leaves(params as tree.Tree<Tensor>).length === 0) return;
  const scaled = tree.map((leaf: Tensor) => leaf.mul(1.25), params as tree.Tree<Tensor>) as P;
  assertClose(
    vmap(call, { inAxes: [0, null] } as never)(pair(params, scaled) as never, x as never),
    pair(call(params, x), call(scaled, x)),
    close,
  );
}

/** Two trees as one, their tensors stacked. */
const pair = (a: unknown, b: unknown): unknown =>
  tree.map((x: Tensor, y: Tensor) => stack([x, y]), a as tree.Tree<Tensor>, b as tree.Tree<Tensor>);
