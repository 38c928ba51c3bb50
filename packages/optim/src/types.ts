import type { Tensor } from "@x/tensor";

/** The state of a transformation: a tree of tensors, so that it can be compiled, saved and resumed. */
export type OptState = Tensor | null | undefined | readonly OptState[] | OptStateRecord;

/** A named part of {@link OptState}. */
export interface OptStateRecord {
  readonly [key: string]: OptState;
}

/**
 * What a method may need besides gradients and parameters. Unknown entries are ignored, so one loop can pass
 * everything it has to any optimiser.
 */
export interface Extra {
  /** The loss at the parameters, for line searches and schedules that watch it; a scalar. */
  readonly value?: Tensor | number;
  /** The loss as a function of parameters, for line searches. */
  readonly valueFn?: (params: never) => Tensor;
  /** Hessian of the loss at the parameters times a tree like the parameters. */
  readonly hvp?: (vector: never) => unknown;
  /** The gradient of the loss as a function of parameters, for methods that look at a second point. */
  readonly gradFn?: (params: never) => unknown;
  /** How many examples the gradients are a mean of. */
  readonly batchSize?: Tensor | number;
  readonly [key: string]: unknown;
}

/** Updates to add to the parameters, and the state of the next step. */
export interface UpdateResult<P, S = OptState> {
  /** To be added; the sign and the learning rate are in it. `null` where nothing moves. */
  readonly updates: P;
  /** For the next call of `update`. */
  readonly state: S;
}

/**
 * An optimiser, or a part of one: two pure functions.
 *
 * Parameters, gradients and updates are trees of one structure. A leaf whose gradient is `null` is left alone:
 * its update is `null` and its state stays. Both functions work inside `jit` and outside.
 */
export interface GradientTransformation<S extends OptState = OptState> {
  /** State before the first step. */
  init<P>(params: P): S;
  /**
   * One step.
   *
   * @param grads - in the structure of the parameters
   * @param state - of the previous step
   * @param params - needed by methods that decay weights or look at parameters
   * @param extra - see {@link Extra}
   */
  update<P>(grads: P, state: S, params?: P, extra?: Extra): UpdateResult<P, S>;
  /**
   * Refuses a state that must not be continued. `update` calls it where it can read values; loops with a
   * compiled step call it between steps.
   */
  verify?(state: S): void;
  /** What happens to each leaf, by its dotted path. */
  describe?(params: unknown): Readonly<Record<string, string>>;
}

/** A factor of a step: fixed, a scalar tensor, or a function of the step counted from 0. */
export type Rate = number | Tensor | ((step: number) => number);

/**
 * A rate as a function of the step that works inside `jit`, too: for a number it gives a number, for a scalar
 * tensor a scalar tensor.
 */
export interface Schedule {
  (step: number): number;
  (step: Tensor): Tensor;
  /** Tells schedules from functions of numbers alone. */
  readonly "@x/optim/schedule": true;
}

/** Chooses by the path of a leaf (`["layers", "0", "weight"]`) and the leaf itself. */
export type ByLeaf<T> = (path: readonly string[], param: Tensor) => T;
