import type { Device, Tensor } from "@x/tensor";
import type { Bytes } from "@x/tensor/io";
import type { GradientTransformation, OptState } from "../types";

/** What a loss sees besides parameters and batch. */
export interface LossContext<M> {
  /** A random key of this step's own, the same after resuming. */
  readonly key: Tensor;
  /** What a model carries from step to step outside of its parameters, such as batch statistics. */
  readonly modelState: M;
}

/** A loss with what else comes out of the forward pass. */
export interface LossResult<M> {
  readonly loss: Tensor;
  /** For the next step; needed where `train` has one. To keep it, return the one of the context. */
  readonly modelState?: M;
  /** Scalars to be recorded. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

/** A recorded step. */
export interface TrainRecord {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Loss before the step. */
  readonly loss: number;
  /** What the loss returned as metrics. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What callbacks see. Tensors in it are valid until the callback has returned. */
export interface TrainProgress<P, M> extends TrainRecord {
  /** Steps in all. */
  readonly steps: number;
  /** Parameters after the step. */
  readonly params: P;
  readonly modelState: M;
  readonly state: OptState;
}

/** What {@link train} does. */
export interface TrainOptions<P, B, M> {
  /** Where to begin; they are copied. */
  readonly params: P;
  /**
   * The loss of a batch, traced once: a scalar, or a {@link LossResult}. Not async.
   */
  readonly loss: (params: P, batch: B, context: LossContext<M>) => Tensor | LossResult<M>;
  readonly optimizer: GradientTransformation;
  /**
   * The batch of a step, a tree of tensors. A pure function of the step (from 0) makes resumed runs equal to
   * uninterrupted ones; batches of another shape are compiled again.
   */
  readonly batch: (step: number) => B | Promise<B>;
  /** Steps in all, those before resuming included; ≥ 0. */
  readonly steps: number;
  /** Seed of the keys that losses get; default 0, after resuming that of the checkpoint, and no other. */
  readonly seed?: number;
  /** See {@link LossContext}; default null. */
  readonly modelState?: M;
  /** Read and record the loss every so many steps, and at the last; default 1. */
  readonly recordEvery?: number;
  /** After each recorded step; `false` stops. */
  readonly onRecord?: (progress: TrainProgress<P, M>) => unknown;
  /**
   * What a recorded loss that is NaN or infinite does: `stop` ends as `diverged`; default `stop`, but `continue` with
   * `skipNonFinite`, which throws when it lasts.
   */
  readonly nonFinite?: "stop" | "continue";
  /** Stops before the next step. */
  readonly signal?: AbortSignal;
  /** Bytes to resume from, every so many steps and at the end. */
  readonly checkpoint?: {
    readonly every: number;
    readonly save: (bytes: Uint8Array, step: number) => unknown;
  };
  /** Bytes of a checkpoint of the same training. */
  readonly resume?: Bytes;
  /**
   * Where steps run and parameters, state and results live, made by `gpu()` of `@x/tensor/gpu`; default the CPU, also
   * for parameters that live elsewhere. Everything is f32 there; what is recorded is waited for, and so are counters
   * of `skipNonFinite` at every step. Callbacks read tensors by `await x.data()`.
   */
  readonly device?: Device | undefined;
  /** Compile the step; default true, and always on a device. */
  readonly jit?: boolean;
}

/** How a training ended. */
export interface TrainResult<P, M> {
  readonly params: P;
  readonly modelState: M;
  readonly state: OptState;
  /** Steps done. */
  readonly step: number;
  readonly history: readonly TrainRecord[];
  /**
   * `finished` all steps, `aborted` by the signal, `stopped` by the callback, or `diverged` at a loss that is not
   * finite, the last in `history`: parameters are of no use then, and no checkpoint is written.
   */
  readonly end: "finished" | "aborted" | "stopped" | "diverged";
}
