import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { checkRate, checkTransformation } from "../core/check";
import { firstStep } from "../core/leafwise";
import { describeAround } from "../core/named";
import { needsParams } from "../core/needs";
import { rateAt } from "../core/rate";
import { inDtype, type Scalar, toScalar } from "../core/scalar";
import { parameterEntries, zipTrees } from "../core/tree";
import { verifyInside } from "../core/verify-inside";
import type { Extra, GradientTransformation, OptState, Rate } from "../types";

/** Options of {@link scheduleFree}. */
export interface ScheduleFreeOptions {
  /** The base's learning rate, whose square weighs the averages; default 1, right where it is constant. */
  readonly lr?: Rate;
  /** How near the average gradients are taken, in (0, 1]; default 0.9. */
  readonly b1?: number;
}

/** State of {@link scheduleFree}. */
export interface ScheduleFreeState {
  readonly step: Tensor;
  /** Where the base is, in the structure of the parameters. */
  readonly z: OptState;
  /** Sum of the weights so far, f64 scalar. */
  readonly weightSum: Tensor;
  /** Largest rate so far, f64 scalar. */
  readonly maxLr: Tensor;
  /** b1, so that the state says by itself how to evaluate. */
  readonly b1: Tensor;
  readonly inner: OptState;
  readonly [key: string]: OptState;
}

/** A scheduleless optimiser with the parameters to evaluate. */
export interface ScheduleFree extends GradientTransformation<ScheduleFreeState> {
  /**
   * The average x = (y − (1−b1)z)/b1, to be evaluated and shipped.
   *
   * @param state - after the last step
   * @param params - the parameters that are trained, y
   */
  evalParams<P>(state: ScheduleFreeState, params: P): P;
}

/**
 * No decay schedule and no stopping time: gradients are taken between the iterates z and their average x.
 *
 * y = b1·x + (1−b1)·z; z ← z + base update at y; x ← (1−c)x + cz, c = wₜ/Σw, wₜ = (largest lr so far)². The
 * trained parameters are y; evaluate `evalParams(state, params)`.
 *
 * @param base - without momentum: `sgd(lr)`, or Adam with betas [0, 0.999]; warm-up is welcome
 * @throws ArgumentError for b1 outside (0, 1], and in `update` without parameters
 * @example
 * const t = scheduleFree(sgd(1));
 * const x = t.evalParams(state, params);
 * @see Defazio et al. 2024, "The Road Less Scheduled"
 */
export function scheduleFree(
  base: GradientTransformation,
  options: ScheduleFreeOptions = {},
): ScheduleFree {
  checkTransformation("scheduleFree", "base", base);
  const { lr = 1, b1 = 0.9 } = options;
  checkRate("scheduleFree", "lr", lr);
  if (!(b1 > 0 && b1 <= 1)) {
    throw new ArgumentError(`scheduleFree: expected b1 in (0, 1]; got ${b1}`, { b1 });
  }
  return {
    init(params) {
      parameterEntries("scheduleFree", params);
      return {
        step: firstStep(),
        z: params as OptState,
        weightSum: tensor(0, { dtype: "f64" }),
        maxLr: tensor(0, { dtype: "f64" }),
        b1: tensor(b1, { dtype: "f64" }),
        inner: base.init(params),
      };
    },
    update<P>(grads: P, state: ScheduleFreeState, params?: P, extra?: Extra) {
      if (params === undefined) throw needsParams("scheduleFree");
      const moved = base.update(grads, state.inner, params, extra);
      const maxLr = state.maxLr.maximum(rateAt("scheduleFree", lr, state.step));
      const weightSum = state.weightSum.add(maxLr.square());
      // A warm-up that begins at 0 has no weight yet.
      const c = toScalar(weightSum.greater(0).where(maxLr.square().div(weightSum), 0));
      const [updates, z] = zipTrees(
        "scheduleFree",
        { updates: moved.updates, params, z: state.z },
        2,
        {
          leaf(leaves) {
            const [u, y, before] = leaves as readonly [Tensor, Tensor, Tensor];
            const after = before.add(u);
            const x = average(y, before, b1);
            const next = x.add(after.sub(x).mul(inDtype(c, y.dtype)));
            return [
              next
                .mul(b1)
                .add(after.mul(1 - b1))
                .sub(y),
              after,
            ];
          },
          absent: ([, before]) => [null, before],
        },
      );
      return {
        updates: updates as P,
        state: {
          step: state.step.add(1),
          z: z as OptState,
          weightSum,
          maxLr,
          b1: state.b1,
          inner: moved.state,
        },
      };
    },
    evalParams<P>(state: ScheduleFreeState, params: P): P {
      const share = toScalar(state.b1);
      const [x] = zipTrees("scheduleFree", { params, z: state.z }, 1, {
        leaf: ([y, z]) => [average(y as Tensor, z as Tensor, inDtype(share, (y as Tensor).dtype))],
        absent: () => [null],
      });
      return x as P;
    },
    ...verifyInside(base, (state: ScheduleFreeState) => state.inner),
    ...describeAround("scheduleFree", base),
  };
}

/** x = (y − (1−b1)z)/b1. */
const average = (y: Tensor, z: Tensor, b1: Scalar): Tensor =>
  typeof b1 === "number" ? y.sub(z.mul(1 - b1)).div(b1) : y.sub(z.mul(b1.neg().add(1))).div(b1);
