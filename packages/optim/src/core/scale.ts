import type { Tensor } from "@x/tensor";
import type { GradientTransformation, OptState, Rate } from "../types";
import { checkRate } from "./check";
import { firstStep } from "./leafwise";
import { named } from "./named";
import { needsParams } from "./needs";
import { dependsOnStep, rateAt } from "./rate";
import { inDtype, type Scalar } from "./scalar";
import { checkLeaf, parameterEntries, zipTrees } from "./tree";

/** The steps taken, or null where nothing depends on them. */
type StepState = { readonly step: Tensor } | null;

/** The engine of everything that multiplies by a rate; counts steps only if the rate depends on them. */
function scaledBy(
  caller: string,
  rate: Rate,
  apply: (grad: Tensor, value: Scalar, param: Tensor | undefined) => Tensor,
): GradientTransformation<StepState & OptState> {
  return named(caller, {
    init(params) {
      parameterEntries(caller, params);
      return dependsOnStep(rate) ? { step: firstStep() } : null;
    },
    update(grads, state, params) {
      const step = state?.step ?? firstStep();
      const value = rateAt(caller, rate, step);
      const [updates] = zipTrees(caller, { grads, params }, 1, {
        leaf([grad, param], path) {
          checkLeaf(caller, path, grad as Tensor, param);
          return [apply(grad as Tensor, value, param)];
        },
        absent: () => [null],
      });
      return {
        updates: updates as typeof grads,
        state: dependsOnStep(rate) ? { step: step.add(1) } : null,
      };
    },
  });
}

/** A factor in the dtype of a leaf, with a sign. */
const factor = (value: Scalar, sign: 1 | -1, like: Tensor): Scalar => {
  const s = inDtype(value, like.dtype);
  return typeof s === "number" ? sign * s : sign === 1 ? s : s.neg();
};

/**
 * Multiplies by the learning rate and turns gradients into descent: u ← −lr(t) · g.
 *
 * @param lr - ≥ 0; a number, a scalar tensor, or a function of the step from 0
 * @throws ArgumentError for a negative or non-finite lr
 */
export function scaleByLearningRate(lr: Rate): GradientTransformation<StepState & OptState> {
  checkRate("scaleByLearningRate", "lr", lr);
  return scaledBy("scaleByLearningRate", lr, (g, value) => g.mul(factor(value, -1, g)));
}

/**
 * Multiplies by a rate: u ← s(t) · g.
 *
 * @param rate - ≥ 0; a number, a scalar tensor, or a function of the step from 0
 */
export function scaleBy(rate: Rate): GradientTransformation<StepState & OptState> {
  checkRate("scaleBy", "rate", rate);
  return scaledBy("scaleBy", rate, (g, value) => g.mul(factor(value, 1, g)));
}

/**
 * Decoupled weight decay before the learning rate: u ← u + wd(t) · θ.
 *
 * @param weightDecay - ≥ 0; may depend on the step
 * @throws ArgumentError for a negative weightDecay, and in `update` without parameters
 * @see Loshchilov & Hutter 2019, algorithm 2
 */
export function addDecayedWeights(weightDecay: Rate): GradientTransformation<StepState & OptState> {
  checkRate("addDecayedWeights", "weightDecay", weightDecay);
  return scaledBy("addDecayedWeights", weightDecay, (g, value, param) => {
    if (param === undefined) throw needsParams("addDecayedWeights");
    return g.add(param.mul(factor(value, 1, param)));
  });
}
