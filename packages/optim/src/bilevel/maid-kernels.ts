import { jvp, random, type Tensor, tensor, tree } from "@x/tensor";
import { conjugateGradient } from "./conjugate-gradient";
import type { Derivatives, Point } from "./derivatives";
import { loop, repeat } from "./loop";
import { compiled } from "./sampling";
import { add, addScaled, dtypeOf, norm, scale, subtract, type Vector } from "./vectors";

/** Steps of the power method for ‖∇²_xy g‖: its estimate is a lower bound, good to a few per cent by then. */
const powerSteps = 8;

/** What MAID evaluates, each compiled once. */
export interface MaidKernels {
  /** Accelerated gradient descent on g(x, ·) from y until ‖∇_y g‖ ≤ bound. */
  lower(
    x: Vector,
    y: Vector,
    bound: Tensor,
    mu: Tensor,
    smoothness: Tensor,
  ): { readonly y: Vector; readonly norm: Tensor; readonly iterations: Tensor };
  /** F and ‖∇_y F‖. */
  upper(x: Vector, y: Vector): { readonly value: Tensor; readonly slope: Tensor };
  /** The hypergradient z with ∇²_yy g q = ∇_y F solved to an absolute residual δ. */
  hypergradient(
    x: Vector,
    y: Vector,
    q: Vector,
    delta: Tensor,
  ): {
    readonly z: Vector;
    readonly q: Vector;
    readonly norm: Tensor;
    readonly iterations: Tensor;
    readonly residual: Tensor;
  };
  /** ‖∇²_xy g‖. */
  crossNorm(x: Vector, y: Vector): Tensor;
  /** Changes of ∇²_xy g q and ∇²_yy g q along a random direction of length `size`, by ‖q‖ and by the length. */
  variation(
    x: Vector,
    y: Vector,
    q: Vector,
    size: Tensor,
  ): { readonly cross: Tensor; readonly hessian: Tensor };
}

/** A fixed direction without symmetry: estimates are the same in every run. */
const direction = (like: Vector, seed: number): Vector => {
  let i = 0;
  const v = tree.map(
    (a: Tensor) =>
      random.normal(random.foldIn(random.key(seed), i++), a.shape, { dtype: dtypeOf(a) }),
    like,
  );
  return scale(norm(v).reciprocal(), v);
};

export function maidKernels(
  derivatives: Derivatives,
  maxInner: number,
  options: { readonly jit?: boolean | undefined },
): MaidKernels {
  const at = (x: Vector, y: Vector): Point => ({ x, y, batch: undefined });
  const kernel = <A extends unknown[], R>(
    name: string,
    f: (...args: A) => R,
  ): ((...args: A) => R) => compiled(options as never, f, `maid ${name}`);

  return {
    lower: kernel("lower", (x, y, bound, mu, smoothness) => {
      const gradient = (w: Vector): Vector => derivatives.lowerGradient(at(x, w));
      const root = mu.div(smoothness).sqrt();
      const momentum = root.neg().add(1).div(root.add(1));
      const first = gradient(y);
      const end = loop(
        ({ size, k }) => size.greater(bound).logicalAnd(k.less(maxInner)),
        ({ w, last, slope, k }) => {
          const next = addScaled(w, smoothness.reciprocal().neg(), slope);
          const ahead = addScaled(next, momentum, subtract(next, last));
          const after = gradient(ahead);
          return { w: ahead, last: next, slope: after, size: norm(after), k: k.add(1) };
        },
        { w: y, last: y, slope: first, size: norm(first), k: tensor(0, { dtype: "i32" }) },
      );
      return { y: end.w, norm: end.size, iterations: end.k };
    }),

    upper: kernel("upper", (x, y) => {
      const [value, , slope] = derivatives.upperGradients(at(x, y));
      return { value, slope: norm(slope) };
    }),

    hypergradient: kernel("hypergradient", (x, y, q, delta) => {
      const point = at(x, y);
      const [, direct, slope] = derivatives.upperGradients(point);
      const solved = conjugateGradient(derivatives.lowerHessian(point), slope, {
        start: q,
        tolerance: 0,
        absoluteTolerance: delta,
        maxIterations: maxInner,
      });
      const z = subtract(direct, derivatives.crossProduct(point, solved.solution));
      return {
        z,
        q: solved.solution,
        norm: norm(z),
        iterations: solved.iterations,
        residual: solved.residual,
      };
    }),

    crossNorm: kernel("crossNorm", (x, y) => {
      const forward = (v: Vector): Vector => derivatives.crossProduct(at(x, y), v);
      const back = (u: Vector): Vector =>
        jvp((p: Vector) => derivatives.lowerGradient(at(p, y)), [x], [u])[1] as Vector;
      const unit = (v: Vector): Vector => scale(norm(v).maximum(1e-30).reciprocal(), v);
      return norm(
        forward(repeat(powerSteps, (v: Vector) => unit(back(forward(v))), direction(y, 1))),
      );
    }),

    variation: kernel("variation", (x, y, q, size) => {
      const moved = at(x, add(y, scale(size, direction(y, 2))));
      const [hessian, cross] = derivatives.secondProducts(at(x, y), q);
      const [hessianThere, crossThere] = derivatives.secondProducts(moved, q);
      const by = norm(q).mul(size).maximum(1e-30).reciprocal();
      return {
        cross: norm(subtract(crossThere, cross)).mul(by),
        hessian: norm(subtract(hessianThere, hessian)).mul(by),
      };
    }),
  };
}
