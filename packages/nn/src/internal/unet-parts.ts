import { ArgumentError, silu, type Tensor } from "@x/tensor";
import { attention } from "../attention";
import { type Block, block, type Part } from "../block";
import { conv2d } from "../conv";
import { dropout } from "../dropout";
import { groupNorm } from "../group-norm";
import { linear } from "../linear";
import type { UnetOptions } from "../unet";
import type { SpatialAttentionParams, UnetResBlockParams } from "../unet-params";

/** Options of a call of {@link resBlock}. */
export interface ResBlockCall {
  /** [batch, embedded features]. */
  readonly embedded: Tensor;
  readonly train: boolean | undefined;
  readonly key: Tensor | undefined;
}

/** As few groups as 32, or four channels to each. */
export const groupsOf = (channels: number): number =>
  Math.max(1, Math.min(32, Math.floor(channels / 4)));

/** Group norm – silu – conv3, plus time; group norm – silu – dropout – conv3; plus the input. */
export function resBlock(
  inChannels: number,
  outChannels: number,
  embeddedFeatures: number,
  { time = "add", dropout: rate = 0, eps = 1e-6 }: UnetOptions,
): Block<Part, UnetResBlockParams, ResBlockCall> {
  if (time !== "add" && time !== "scaleShift") {
    throw new ArgumentError(`unet: expected time "add" or "scaleShift"; got ${String(time)}`, {
      time,
    });
  }
  const scales = time === "scaleShift";
  const drop = dropout(rate);
  const parts = {
    norm1: groupNorm(groupsOf(inChannels), inChannels, { eps }),
    conv1: conv2d(inChannels, outChannels, 3, { padding: 1 }),
    time_emb_proj: linear(embeddedFeatures, scales ? 2 * outChannels : outChannels),
    norm2: groupNorm(groupsOf(outChannels), outChannels, { eps }),
    conv2: conv2d(outChannels, outChannels, 3, { padding: 1 }),
    conv_shortcut: inChannels === outChannels ? null : conv2d(inChannels, outChannels, 1),
  };
  return block(parts, (use, x, call: Partial<ResBlockCall>) => {
    const { embedded, train, key } = call as ResBlockCall;
    const told = use.time_emb_proj(silu(embedded)).expandDims(2).expandDims(3);
    let h = use.conv1(silu(use.norm1(x)));
    if (scales) {
      const [scale, shift] = told.split(2, 1) as [Tensor, Tensor];
      h = use.norm2(h).mul(scale.add(1)).add(shift);
    } else {
      h = use.norm2(h.add(told));
    }
    const noise = key === undefined ? {} : { key };
    h = use.conv2(drop.apply({}, silu(h), { train, ...noise }));
    return h.add(use.conv_shortcut === null ? x : use.conv_shortcut(x));
  }) as unknown as Block<Part, UnetResBlockParams, ResBlockCall>;
}

/** Self-attention between the pixels of an image, plus the input. */
export function spatialAttention(
  channels: number,
  { headChannels = 8, eps = 1e-6 }: UnetOptions,
): Block<Part, SpatialAttentionParams> {
  const width = headChannels ?? channels;
  if (!(Number.isInteger(width) && width > 0 && channels % width === 0)) {
    throw new ArgumentError(
      `unet: expected headChannels that divide ${channels}, or null for one head; got ${String(headChannels)}`,
      { headChannels, channels },
    );
  }
  const parts = {
    group_norm: groupNorm(groupsOf(channels), channels, { eps }),
    to_q: linear(channels, channels),
    to_k: linear(channels, channels),
    to_v: linear(channels, channels),
    to_out: [linear(channels, channels)] as const,
  };
  const forward = (use: Uses, x: Tensor): Tensor => {
    const [batch, , height, wide] = x.shape as [number, number, number, number];
    const pixels = height * wide;
    const tokens = use.group_norm(x).reshape([batch, channels, pixels]).swapAxes(1, 2);
    const heads = (y: Tensor): Tensor =>
      y.reshape([batch, pixels, channels / width, width]).swapAxes(1, 2);
    const y = attention(heads(use.to_q(tokens)), heads(use.to_k(tokens)), heads(use.to_v(tokens)));
    const out = use.to_out[0](y.swapAxes(1, 2).reshape([batch, pixels, channels]));
    return x.add(out.swapAxes(1, 2).reshape(x.shape));
  };
  const multiplyAdds = ({ shape }: Tensor): number => {
    const [batch, , height, wide] = shape as [number, number, number, number];
    return 2 * batch * (height * wide) ** 2 * channels;
  };
  return block(parts, forward, { multiplyAdds }) as unknown as Block<Part, SpatialAttentionParams>;
}

type Step = (x: Tensor) => Tensor;

interface Uses extends Readonly<Record<"group_norm" | "to_q" | "to_k" | "to_v", Step>> {
  readonly to_out: readonly [Step];
}
