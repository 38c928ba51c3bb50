import { cond, isTensor, type Tensor, tensor, zerosLike } from "@x/tensor";
import type { GradientTransformation, OptState } from "../types";
import { checkCount } from "./check";
import { fillZeros } from "./fill-zeros";
import { firstStep } from "./leafwise";
import { inDtype, toScalar } from "./scalar";
import { scalarDType } from "./scalar-dtype";
import { checkLeaf, mapLeaves, parameterEntries, zipTrees } from "./tree";
import { verifyInside } from "./verify-inside";

/** State of {@link multiSteps}. */
export interface MultiStepsState {
  /** Gradients collected since the last step. */
  readonly micro: Tensor;
  /** Sum of their weights, f64. */
  readonly weight: Tensor;
  /** Their weighted sum, in the structure of the parameters. */
  readonly sum: OptState;
  readonly inner: OptState;
  readonly [key: string]: OptState;
}

/** Updates and the state after them. */
type Taken<P> = readonly [P, MultiStepsState];

/**
 * Gradient accumulation: one step with the mean of k gradients, zero updates in between.
 *
 * Micro-batches of different sizes are weighted by `extra.batchSize`; without it all weigh the same.
 *
 * @param transformation - sees every k-th call, with the mean
 * @param k - gradients per step, ≥ 1
 * @throws ArgumentError when k is not a whole number ≥ 1
 * @example
 * multiSteps(adamw(1e-3), 4) // four batches of 32 as one of 128
 */
export function multiSteps(
  transformation: GradientTransformation,
  k: number,
): GradientTransformation<MultiStepsState> {
  checkCount("multiSteps", "k", k);
  const caller = "multiSteps";
  return {
    init(params) {
      parameterEntries(caller, params);
      return {
        micro: firstStep(),
        weight: tensor(0, { dtype: scalarDType() }),
        sum: mapLeaves(caller, params, (p) => zerosLike(p)) as OptState,
        inner: transformation.init(params),
      };
    },
    update(grads, state, params, extra) {
      const size = extra?.batchSize ?? 1;
      const own = isTensor(size)
        ? size.cast(scalarDType()).reshape([])
        : tensor(size, { dtype: scalarDType() });
      const weight = state.weight.add(own);
      const share = toScalar(own);
      const [sum] = zipTrees(caller, { grads, params, sum: state.sum }, 1, {
        leaf([grad, param, old], path) {
          const g = grad as Tensor;
          checkLeaf(caller, path, g, param);
          return [(old as Tensor).add(g.mul(inDtype(share, g.dtype)))];
        },
        absent: ([, old]) => [old],
      }) as [typeof grads];
      const take = (): Taken<typeof grads> => {
        const total = toScalar(weight);
        const [mean] = zipTrees(caller, { grads, sum }, 1, {
          leaf: ([, s]) => [(s as Tensor).div(inDtype(total, (s as Tensor).dtype))],
          absent: () => [null],
        }) as [typeof grads];
        const result = transformation.update(mean, state.inner, params, extra);
        return [
          fillZeros(caller, grads, result.updates),
          {
            micro: firstStep(),
            weight: tensor(0, { dtype: scalarDType() }),
            sum: mapLeaves(caller, sum, (s) => zerosLike(s)) as OptState,
            inner: result.state,
          },
        ];
      };
      const wait = (): Taken<typeof grads> => [
        mapLeaves(caller, grads, (g) => zerosLike(g)),
        { micro: state.micro.add(1), weight, sum: sum as OptState, inner: state.inner },
      ];
      const [updates, next] = cond(state.micro.equal(k - 1), take, wait);
      return { updates, state: next };
    },
    ...verifyInside(transformation, (state: MultiStepsState) => state.inner),
    ...(transformation.describe && { describe: transformation.describe }),
  };
}
