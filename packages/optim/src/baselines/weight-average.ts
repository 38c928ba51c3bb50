import { type Tensor, zerosLike } from "@x/tensor";
import { checkBeta } from "../core/check";
import { firstStep } from "../core/leafwise";
import { inDtype, oneMinusPower, toScalar } from "../core/scalar";
import { mapLeaves, mapPairs, parameterEntries } from "../core/tree";
import type { OptState } from "../types";

/** State of a {@link WeightAverage}. */
export interface WeightAverageState {
  /** Parameters seen so far. */
  readonly step: Tensor;
  /** Their average, in the structure of the parameters. */
  readonly average: OptState;
  readonly [key: string]: OptState;
}

/** An average of the parameters along the way, to be evaluated in their place. */
export interface WeightAverage {
  /** Before the first step. */
  init<P>(params: P): WeightAverageState;
  /** Takes in the parameters after a step. */
  update<P>(state: WeightAverageState, params: P): WeightAverageState;
  /** The average in the structure of the parameters. */
  value<P>(state: WeightAverageState): P;
}

/**
 * Exponential moving average of the parameters: ē ← dē + (1−d)θ.
 *
 * @param decay - d in [0, 1)
 * @param options.debias - begin at zero and divide by 1 − dᵗ, instead of beginning at the first parameters;
 *   default false. Then at least one update must come before `value`.
 * @throws ArgumentError for a decay out of range
 * @example
 * const average = weightEma(0.999);
 * let state = average.init(params);
 * state = average.update(state, params); // after every step
 * evaluate(average.value<typeof params>(state));
 */
export function weightEma(
  decay: number,
  options: { readonly debias?: boolean } = {},
): WeightAverage {
  checkBeta("weightEma", "decay", decay);
  const { debias = false } = options;
  return {
    init(params) {
      parameterEntries("weightEma", params);
      const average = debias ? mapLeaves("weightEma", params, (p) => zerosLike(p)) : params;
      return { step: firstStep(), average: average as OptState };
    },
    update: (state, params) => ({
      step: state.step.add(1),
      average: mapPairs(
        "weightEma",
        { average: state.average, params: params as OptState },
        (e, p) => e.mul(decay).add(p.mul(1 - decay)),
      ),
    }),
    value<P>(state: WeightAverageState): P {
      if (!debias) return state.average as P;
      const weight = oneMinusPower(decay, toScalar(state.step));
      return mapLeaves("weightEma", state.average as P, (e) => e.div(inDtype(weight, e.dtype)));
    },
  };
}

/**
 * Uniform average of the parameters: stochastic weight averaging, with a constant or cyclic rate.
 *
 * @example
 * const average = weightMean();
 * state = average.update(state, params); // at the end of each epoch or cycle
 * @see Izmailov et al. 2018, algorithm 1
 */
export function weightMean(): WeightAverage {
  return {
    init(params) {
      parameterEntries("weightMean", params);
      return { step: firstStep(), average: params as OptState };
    },
    update(state, params) {
      const step = state.step.add(1);
      const n = toScalar(step);
      return {
        step,
        average: mapPairs(
          "weightMean",
          { average: state.average, params: params as OptState },
          (e, p) => e.add(p.sub(e).div(inDtype(n, e.dtype))),
        ),
      };
    },
    value: <P>(state: WeightAverageState) => state.average as P,
  };
}
