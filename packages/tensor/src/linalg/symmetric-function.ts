import type { Graph } from "../graph/graph";
import { traceGraph } from "../graph/graph-trace";
import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { maximum } from "../ops/arithmetic";
import { where } from "../ops/compare";
import { batchLeading } from "../primitives/batching";
import { constantLike } from "../primitives/constants";
import type { Tensor, TensorLike } from "../tensor";
import { jvp } from "../transform/jvp";
import { eigh } from "./eigh";
import { asSquare, chain, scaleColumns, symmetrized, transposed } from "./matrices";

interface FunctionParams {
  /** Acts on eigenvalues one by one. */
  readonly f: (values: Tensor) => Tensor;
  /** Of the matrices, for the graph that the function becomes inside jit. */
  readonly aval: Aval;
}

/** V f(Λ) Vᵀ. */
function apply(a: Tensor, f: FunctionParams["f"]): Tensor {
  const { values, vectors } = eigh(a);
  return chain(scaleColumns(vectors, f(values)), transposed(vectors));
}

/** Nodes and weights of Gauss and Legendre's rule on [−1, 1]. */
const rule = [
  [0, 128 / 225],
  [0.5384693101056831, 0.47862867049936647],
  [-0.5384693101056831, 0.47862867049936647],
  [0.906179845938664, 0.23692688505618908],
  [-0.906179845938664, 0.23692688505618908],
] as const;

/**
 * (f(λ_i) − f(λ_j)) / (λ_i − λ_j), and f′ where they are equal.
 *
 * Where the difference would lose digits, it is the mean of f′ between the two, by a rule that is exact to
 * rounding over such short ways.
 */
function quotients(values: Tensor, f: FunctionParams["f"]): Tensor {
  const n = values.shape.at(-1) as number;
  const wide = [...values.shape, n];
  const x = values.expandDims(-1).broadcastTo(wide);
  const y = values.expandDims(-2).broadcastTo(wide);
  const [fx, fy] = [f(x), f(y)];
  const gap = x.sub(y);
  const size = maximum(x.abs(), y.abs());
  const largest = values.abs().max(-1).expandDims(-1).expandDims(-1);
  const short = gap.abs().lessEqual(maximum(size.mul(0.2), largest.mul(1e-3)));
  const cancels = fx.sub(fy).abs().lessEqual(fx.abs().add(fy.abs()).mul(0.01));
  const near = short.logicalAnd(cancels);
  const half = where(near, gap, 0).mul(0.5);
  const middle = where(near, x.add(y).mul(0.5), x);
  const slope = (at: Tensor): Tensor => jvp(f, [at], [constantLike(at, 1)])[1] as Tensor;
  let mean = constantLike(gap, 0);
  for (const [node, weight] of rule) {
    mean = mean.add(slope(middle.add(half.mul(node))).mul(weight / 2));
  }
  return where(near, mean, fx.sub(fy).div(where(near, 1, gap)));
}

const functionPrimitive: Primitive<FunctionParams> & { inline(params: unknown): Graph } = {
  name: "symmetricFunction",
  inline(params) {
    const { f, aval } = params as FunctionParams;
    return traceGraph(([a]) => [apply(a as Tensor, f)], [aval]);
  },
  shape: ([a]) => [a as Aval],
  evaluate: ([a], { f }) => [apply(a as Tensor, f)],
  batch: batchLeading((params, size) => ({
    ...params,
    aval: { ...params.aval, shape: [size, ...params.aval.shape] },
  })),
  // Daleckii & Krein 1965: V (D ∘ VᵀȦV) Vᵀ with the quotients D.
  jvp: ([a], [t], params): JvpResult => {
    const value = bind1(functionPrimitive, [a as Tensor], params);
    if (t == null) return { primals: [value], tangents: [null] };
    const { values, vectors } = eigh(a as Tensor);
    if (values.size === 0) return { primals: [value], tangents: [t] };
    const inside = chain(transposed(vectors), t, vectors);
    const change = quotients(values, params.f).mul(inside);
    return { primals: [value], tangents: [chain(vectors, change, transposed(vectors))] };
  },
};

/**
 * A function of symmetric matrices: f of the eigenvalues, with the eigenvectors kept.
 *
 * Unlike V f(Λ) Vᵀ written out with `eigh`, its derivative is right also where eigenvalues are equal; second
 * derivatives need distinct ones. The root of a covariance, for example, is `symmetricFunction(s, sqrt)`.
 *
 * @param a - [..., n, n], finite; (A + Aᵀ)/2 is taken
 * @param f - acts on tensors element by element, differentiable at the eigenvalues
 * @returns [..., n, n]
 * @throws ShapeError when a is not square; ArgumentError on NaN or infinity
 * @see Daleckii & Krein 1965; Higham 2008, "Functions of matrices", theorem 3.11
 */
export function symmetricFunction(a: TensorLike, f: (values: Tensor) => Tensor): Tensor {
  const t = symmetrized(asSquare("symmetricFunction", a));
  return bind1(functionPrimitive, [t], { f, aval: { shape: t.shape, dtype: t.dtype } });
}
