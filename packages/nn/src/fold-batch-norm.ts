import { ArgumentError } from "@x/tensor";
import type { ConvParams } from "./conv";
import { checkBetween } from "./internal/check";
import type { AffineParams } from "./internal/normalize";
import type { RunningState } from "./internal/running";

/** Options of {@link foldBatchNorm}. */
export interface FoldBatchNormOptions {
  /** The ε of the batch norm; default 1e-5. */
  readonly eps?: number;
}

/**
 * One convolution (or linear map) in place of one followed by a batch norm in evaluation.
 *
 * t = γ / √(σ² + ε); W ← t W, b ← (b − μ) t + β.
 *
 * @param layer - weight [out, …] and bias of a convolution or linear map, not of a transposed convolution
 * @param norm - scale and shift of the batch norm
 * @param state - its running statistics
 * @returns parameters of the same convolution with a bias
 * @throws ArgumentError when the batch norm has another number of channels
 * @example
 * const folded = foldBatchNorm(conv, norm, state);
 */
export function foldBatchNorm(
  layer: ConvParams,
  norm: AffineParams,
  state: RunningState,
  options: FoldBatchNormOptions = {},
): ConvParams & { readonly bias: NonNullable<ConvParams["bias"]> } {
  const { eps = 1e-5 } = options;
  checkBetween("foldBatchNorm", "eps", eps, 0, Infinity);
  const [channels, ...rest] = layer.weight.shape;
  if (state.running_mean.shape[0] !== channels) {
    throw new ArgumentError(
      `foldBatchNorm: expected a batch norm of ${channels} channels, as many as the weight [${layer.weight.shape.join(", ")}] has outputs; got ${state.running_mean.shape[0]}`,
      { weight: layer.weight.shape, features: state.running_mean.shape },
    );
  }
  const scale = state.running_var.add(eps).rsqrt();
  const t = norm.weight === null ? scale : scale.mul(norm.weight);
  const offset =
    layer.bias === null ? state.running_mean.neg() : layer.bias.sub(state.running_mean);
  const bias = offset.mul(t);
  return {
    weight: layer.weight.mul(t.reshape([channels as number, ...rest.map(() => 1)])),
    bias: norm.bias === null ? bias : bias.add(norm.bias),
  };
}
