import type { ConvParams } from "./conv";
import type { EmbeddingParams } from "./embedding";
import type { AffineParams } from "./internal/normalize";
import type { LinearParams } from "./linear";

/** Parameters of a residual block of a U-Net. */
export interface UnetResBlockParams {
  readonly norm1: AffineParams;
  readonly conv1: ConvParams;
  /** To the channels, or twice as many for scale and shift. */
  readonly time_emb_proj: LinearParams;
  readonly norm2: AffineParams;
  readonly conv2: ConvParams;
  /** 1 × 1; null where the number of channels stays. */
  readonly conv_shortcut: ConvParams | null;
}

/** Parameters of attention between pixels. */
export interface SpatialAttentionParams {
  readonly group_norm: AffineParams;
  readonly to_q: LinearParams;
  readonly to_k: LinearParams;
  readonly to_v: LinearParams;
  readonly to_out: readonly [LinearParams];
}

/** Blocks of one level of a U-Net. */
export interface UnetLevelParams {
  readonly resnets: readonly UnetResBlockParams[];
  /** One after each residual block; null without attention. */
  readonly attentions: readonly SpatialAttentionParams[] | null;
}

/** Parameters of a U-Net. */
export interface UnetParams {
  readonly conv_in: ConvParams;
  readonly time_embedding: { readonly linear_1: LinearParams; readonly linear_2: LinearParams };
  /** With classes only. */
  readonly class_embedding?: EmbeddingParams;
  readonly down_blocks: readonly (UnetLevelParams & {
    readonly downsamplers: readonly { readonly conv: ConvParams }[] | null;
  })[];
  readonly mid_block: UnetLevelParams;
  readonly up_blocks: readonly (UnetLevelParams & {
    readonly upsamplers: readonly { readonly conv: ConvParams }[] | null;
  })[];
  readonly conv_norm_out: AffineParams;
  readonly conv_out: ConvParams;
}
