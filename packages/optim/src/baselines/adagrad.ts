import { fullLike, type Tensor, tensor } from "@x/tensor";
import { chain } from "../core/chain";
import { checkNonNegative, checkRate } from "../core/check";
import { type LeafwiseState, leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { inDtype, toScalar } from "../core/scalar";
import { scalarDType } from "../core/scalar-dtype";
import { scaleByLearningRate } from "../core/scale";
import { checkLeaf, entriesOf, parameterEntries, zipTrees } from "../core/tree";
import type { GradientTransformation, OptState, Rate } from "../types";

/** Options of {@link adagrad} and {@link adagradNorm}. */
export interface AdagradOptions {
  /** Accumulator before the first step, ≥ 0; default 0. */
  readonly initialAccumulator?: number;
  /** Added to the root, ≥ 0; default 1e-10. */
  readonly eps?: number;
}

/**
 * Divides each coordinate by the root of the sum of its squared gradients: s ← s + g², θ ← θ − lr·g/(√s + eps).
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for values out of range
 * @example
 * adagrad(0.1)
 * @see Duchi, Hazan & Singer 2011
 */
export function adagrad(
  lr: Rate,
  options: AdagradOptions = {},
): GradientTransformation<readonly OptState[]> {
  checkRate("adagrad", "lr", lr);
  return named("adagrad", chain(scaleByAdagrad(options), scaleByLearningRate(lr)));
}

/** The direction of {@link adagrad}, without learning rate and sign. */
export function scaleByAdagrad(
  options: AdagradOptions = {},
): GradientTransformation<LeafwiseState<"s">> {
  const { initialAccumulator, eps } = checked("adagrad", options);
  return leafwise({
    name: "adagrad",
    part: "scaleByAdagrad",
    slots: { s: (p) => fullLike(p, initialAccumulator) },
    leaf(g, { slots }) {
      const s = slots.s.add(g.square());
      return { update: g.div(s.sqrt().add(eps)), s };
    },
  });
}

/** State of {@link scaleByAdagradNorm}: the accumulator, f64 scalar. */
export interface AdagradNormState {
  readonly s: Tensor;
  readonly [key: string]: OptState;
}

/**
 * One accumulator for the whole tree: s ← s + ‖g‖², θ ← θ − lr·g/(√s + eps). The direction stays the gradient's.
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for values out of range
 * @example
 * adagradNorm(1, { initialAccumulator: 1 })
 * @see Streeter & McMahan 2010; Ward, Wu & Bottou 2019, algorithm 1
 */
export function adagradNorm(
  lr: Rate,
  options: AdagradOptions = {},
): GradientTransformation<readonly OptState[]> {
  checkRate("adagradNorm", "lr", lr);
  return named("adagradNorm", chain(scaleByAdagradNorm(options), scaleByLearningRate(lr)));
}

/** The direction of {@link adagradNorm}, without learning rate and sign. */
export function scaleByAdagradNorm(
  options: AdagradOptions = {},
): GradientTransformation<AdagradNormState> {
  const { initialAccumulator, eps } = checked("adagradNorm", options);
  return named("scaleByAdagradNorm", {
    init(params) {
      parameterEntries("adagradNorm", params);
      return { s: tensor(initialAccumulator, { dtype: "f64" }) };
    },
    update(grads, state, params) {
      const squares = entriesOf("adagradNorm", grads).map(({ leaf }) =>
        leaf.cast(scalarDType()).square().sum(),
      );
      const s = squares.reduce((sum, x) => sum.add(x), state.s);
      const divisor = toScalar(s.sqrt().add(eps));
      const [updates] = zipTrees("adagradNorm", { grads, params }, 1, {
        leaf([grad, param], path) {
          const g = grad as Tensor;
          checkLeaf("adagradNorm", path, g, param);
          return [g.div(inDtype(divisor, g.dtype))];
        },
        absent: () => [null],
      });
      return { updates: updates as typeof grads, state: { s } };
    },
  });
}

function checked(caller: string, options: AdagradOptions): Required<AdagradOptions> {
  const { initialAccumulator = 0, eps = 1e-10 } = options;
  checkNonNegative(caller, "initialAccumulator", initialAccumulator);
  checkNonNegative(caller, "eps", eps);
  return { initialAccumulator, eps };
}
