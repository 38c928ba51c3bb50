import { sqrt, type Tensor, tensor } from "@x/tensor";
import { checkNonNegative, checkPositive } from "../core/check";
import { named } from "../core/named";
import { needsParams } from "../core/needs";
import { scalarDType } from "../core/scalar-dtype";
import { entriesOf, mapLeaves, zipTrees } from "../core/tree";
import type { GradientTransformation } from "../types";

const stateless = (
  name: string,
  update: <P>(grads: P, params: P | undefined) => P,
): GradientTransformation<null> =>
  named(name, {
    init: () => null,
    update: (grads, _, params) => ({ updates: update(grads, params), state: null }),
  });

/**
 * ‖g‖₂ over all leaves of a tree, without overflow or underflow of the squares.
 *
 * @param grads - tree of f32 and f64 tensors
 * @returns f64 scalar; 0 for a tree without elements
 * @example
 * globalNorm({ a: tensor([3]), b: tensor([4]) }).item() // 5
 */
export function globalNorm(grads: unknown): Tensor {
  const leaves = entriesOf("globalNorm", grads)
    .map(({ leaf }) => leaf)
    .filter((x) => x.size > 0);
  const zero = tensor(0, { dtype: scalarDType() });
  const largest = leaves.reduce(
    (m: Tensor, x) => m.maximum(x.abs().max().cast(scalarDType())),
    zero,
  );
  const unit = largest.greater(0).logicalOr(largest.isNan()).where(largest, 1);
  const squares = leaves.map((x) => x.div(unit.cast(x.dtype)).square().sum().cast(scalarDType()));
  return sqrt(squares.reduce((sum: Tensor, s) => sum.add(s), zero)).mul(unit);
}

/**
 * Shortens all gradients by one factor where their common norm is above a bound: g ← g · min(1, c/‖g‖).
 *
 * @param bound - c > 0
 * @throws ArgumentError for a bound that is not > 0
 * @example
 * chain(clipByGlobalNorm(1), adam(1e-3))
 * @see Pascanu, Mikolov & Bengio 2013, algorithm 1
 */
export function clipByGlobalNorm(bound: number): GradientTransformation<null> {
  checkPositive("clipByGlobalNorm", "bound", bound);
  return stateless("clipByGlobalNorm", (grads) => {
    const norm = globalNorm(grads);
    const factor = norm.greater(bound).where(norm.reciprocal().mul(bound), 1);
    return mapLeaves("clipByGlobalNorm", grads, (g) => g.mul(factor.cast(g.dtype)));
  });
}

/**
 * Clips every coordinate to [−c, c].
 *
 * @param bound - c > 0
 * @throws ArgumentError for a bound that is not > 0
 * @example
 * chain(clipByValue(0.5), sgd(0.1))
 */
export function clipByValue(bound: number): GradientTransformation<null> {
  checkPositive("clipByValue", "bound", bound);
  return stateless("clipByValue", (grads) =>
    mapLeaves("clipByValue", grads, (g) => g.clip(-bound, bound)),
  );
}

/** Options of {@link adaptiveGradientClip}. */
export interface AdaptiveGradientClipOptions {
  /** Largest ‖g‖ over ‖w‖ of a unit, > 0; default 0.01. */
  readonly limit?: number;
  /** Least ‖w‖ that counts, so that units at zero can move, ≥ 0; default 1e-3. */
  readonly eps?: number;
}

/**
 * Shortens the gradient of each unit to a share of the unit's weights: ‖g_i‖ ≤ limit · max(‖w_i‖, eps).
 *
 * A unit is a row along axis 0, the outputs of a weight [out, in, …]; vectors and scalars count as one unit.
 *
 * @throws ArgumentError for options out of range, and in `update` without parameters
 * @example
 * chain(adaptiveGradientClip(), sgd(0.1, { momentum: 0.9 }))
 * @see Brock et al. 2021, equation 3
 */
export function adaptiveGradientClip(
  options: AdaptiveGradientClipOptions = {},
): GradientTransformation<null> {
  const { limit = 0.01, eps = 1e-3 } = options;
  checkPositive("adaptiveGradientClip", "limit", limit);
  checkNonNegative("adaptiveGradientClip", "eps", eps);
  const unitNorm = (x: Tensor): Tensor => {
    const axes = x.shape.map((_, axis) => axis).slice(x.rank > 1 ? 1 : 0);
    return x.rank === 0 ? x.abs() : x.norm(axes, { keepDims: true });
  };
  return stateless("adaptiveGradientClip", (grads, params) => {
    if (params === undefined) throw needsParams("adaptiveGradientClip");
    const [updates] = zipTrees("adaptiveGradientClip", { grads, params }, 1, {
      leaf([grad, param]) {
        const [g, w] = [grad as Tensor, param as Tensor];
        if (g.size === 0) return [g];
        const most = unitNorm(w).maximum(eps).mul(limit);
        const norm = unitNorm(g);
        return [g.mul(norm.greater(most).where(most.div(norm), 1))];
      },
      absent: () => [null],
    });
    return updates as typeof grads;
  });
}
