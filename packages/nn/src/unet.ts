import {
  ArgumentError,
  concat,
  isTensor,
  random,
  ShapeError,
  silu,
  type Tensor,
  tensor,
} from "@x/tensor";
import { type Block, block, type Part } from "./block";
import { conv2d } from "./conv";
import { embedding } from "./embedding";
import { groupNorm } from "./group-norm";
import { showShape } from "./internal/as-tensor";
import { checkSize } from "./internal/check";
import { groupsOf, type ResBlockCall, resBlock, spatialAttention } from "./internal/unet-parts";
import { linear } from "./linear";
import { timeEmbedding } from "./sinusoidal";
import type { UnetParams } from "./unet-params";

/** Options of {@link unet}. */
export interface UnetOptions {
  /** Channels of the input; default 3. */
  readonly inChannels?: number | undefined;
  /** Channels of the output; default those of the input. */
  readonly outChannels?: number | undefined;
  /** Channels of the levels, from full resolution down; each level but the last halves the sides. Default [64, 128, 256]. */
  readonly channels?: readonly number[] | undefined;
  /** Residual blocks per level on the way down, one more on the way up; default 2. */
  readonly layersPerLevel?: number | undefined;
  /** Levels with attention; default the last one alone. */
  readonly attention?: readonly boolean[] | undefined;
  /** Attention in the middle; default true. */
  readonly middleAttention?: boolean | undefined;
  /** Channels of an attention head; default 8, null for one head. */
  readonly headChannels?: number | null | undefined;
  /** How time enters a block: added (default), or as scale and shift of the second normalisation. */
  readonly time?: "add" | "scaleShift" | undefined;
  /** Number of classes, for class conditioning; default none. */
  readonly classes?: number | undefined;
  /** Probability of dropout in residual blocks; default 0. */
  readonly dropout?: number | undefined;
  /** Of group normalisations; default 1e-6. */
  readonly eps?: number | undefined;
}

/** Options of a call of {@link unet}. */
export interface UnetCall {
  /** Times or noise levels, a number or [batch]. */
  readonly time: Tensor | number;
  /** Classes, i32 [batch]; needed if, and only if, the network has classes. */
  readonly labels?: Tensor | undefined;
  /** Use dropout; default false. */
  readonly train?: boolean | undefined;
  /** For dropout; needed in training. */
  readonly key?: Tensor | undefined;
}

/**
 * U-Net for denoising, with the names of the common diffusion library's unconditional 2-D network.
 *
 * Levels of residual blocks, each told the time, go down to half the sides and up again; whatever a level computed on
 * the way down is concatenated on the way up.
 *
 * @returns a layer [batch, inChannels, h, w] → [batch, outChannels, h, w], whose calls need `{ time }`
 * @throws ArgumentError for sizes that make no network, or a call without time or with labels amiss
 * @throws ShapeError when sides are not divisible by 2 to the number of levels − 1
 * @see Ronneberger, Fischer & Brox 2015, "U-Net"; Ho, Jain & Abbeel 2020, "Denoising diffusion probabilistic models", appendix B
 * @example
 * const net = unet({ inChannels: 1, channels: [8, 16], layersPerLevel: 1 });
 * net.apply(net.init(random.key(0)), ones([2, 1, 16, 16]), { time: 3 }).shape // [2, 1, 16, 16]
 */
export function unet(options: UnetOptions = {}): Block<Part, UnetParams, UnetCall> {
  const { inChannels = 3, outChannels = inChannels, channels = [64, 128, 256] } = options;
  const { layersPerLevel = 2, middleAttention = true, classes, eps = 1e-6 } = options;
  const { attention = channels.map((_, i) => i === channels.length - 1) } = options;
  checkSize("unet", "layersPerLevel", layersPerLevel);
  checkSize("unet", "the number of levels", channels.length);
  for (const c of channels) checkSize("unet", "channels", c);
  if (attention.length !== channels.length) {
    throw new ArgumentError(
      `unet: expected attention for ${channels.length} levels; got ${attention.length} entries`,
      { attention, channels },
    );
  }
  const [first, last] = [channels[0] as number, channels.at(-1) as number];
  const parts = {
    conv_in: conv2d(inChannels, first, 3, { padding: 1 }),
    time_embedding: { linear_1: linear(first, 4 * first), linear_2: linear(4 * first, 4 * first) },
    ...(classes === undefined ? {} : { class_embedding: embedding(classes, 4 * first) }),
    ...levels(channels, attention, layersPerLevel, options),
    mid_block: {
      resnets: [resBlock(last, last, 4 * first, options), resBlock(last, last, 4 * first, options)],
      attentions: middleAttention ? [spatialAttention(last, options)] : null,
    },
    conv_norm_out: groupNorm(groupsOf(first), first, { eps }),
    conv_out: conv2d(first, outChannels, 3, { padding: 1 }),
  };
  return block(parts as Part as Record<string, never>, (use, x, call) =>
    forward(use as unknown as Use, x, call as Partial<UnetCall>, channels.length, first),
  ) as unknown as Block<Part, UnetParams, UnetCall>;
}

/** The ways down and up. */
function levels(
  channels: readonly number[],
  attention: readonly boolean[],
  count: number,
  options: UnetOptions,
): Record<"down_blocks" | "up_blocks", unknown> {
  const [embedded, n] = [4 * (channels[0] as number), channels.length];
  const attend = (level: number, blocks: number): unknown =>
    attention[level]
      ? Array.from({ length: blocks }, () => spatialAttention(channels[level] as number, options))
      : null;
  const down_blocks = channels.map((out, i) => ({
    resnets: Array.from({ length: count }, (_, j) =>
      resBlock(
        j === 0 ? (channels[i - 1] ?? (channels[0] as number)) : out,
        out,
        embedded,
        options,
      ),
    ),
    attentions: attend(i, count),
    downsamplers: i === n - 1 ? null : [{ conv: conv2d(out, out, 3, { stride: 2, padding: 1 }) }],
  }));
  const up_blocks = [...channels.keys()].reverse().map((i) => {
    const out = channels[i] as number;
    // What comes up, and what is popped: the level's own results, and last what came down to it.
    const before = channels[i + 1] ?? out;
    const lowest = channels[i - 1] ?? (channels[0] as number);
    return {
      resnets: Array.from({ length: count + 1 }, (_, j) =>
        resBlock((j === 0 ? before : out) + (j === count ? lowest : out), out, embedded, options),
      ),
      attentions: attend(i, count + 1),
      upsamplers: i === 0 ? null : [{ conv: conv2d(out, out, 3, { padding: 1 }) }],
    };
  });
  return { down_blocks, up_blocks };
}

type Step = (x: Tensor) => Tensor;
type ResStep = (x: Tensor, call: ResBlockCall) => Tensor;

interface Level {
  readonly resnets: readonly ResStep[];
  readonly attentions: readonly Step[] | null;
}

interface Use {
  readonly conv_in: Step;
  readonly time_embedding: { readonly linear_1: Step; readonly linear_2: Step };
  readonly class_embedding?: Step;
  readonly down_blocks: readonly (Level & {
    readonly downsamplers: readonly { readonly conv: Step }[] | null;
  })[];
  readonly mid_block: Level;
  readonly up_blocks: readonly (Level & {
    readonly upsamplers: readonly { readonly conv: Step }[] | null;
  })[];
  readonly conv_norm_out: Step;
  readonly conv_out: Step;
}

function forward(
  use: Use,
  x: Tensor,
  call: Partial<UnetCall>,
  levelCount: number,
  features: number,
): Tensor {
  checkImage(x, levelCount);
  const embedded = embed(use, x, call, features);
  let blocks = 0;
  const res = (layer: ResStep, h: Tensor): Tensor => {
    const { train, key } = call;
    const own = key === undefined ? undefined : random.foldIn(key, blocks++);
    return layer(h, { embedded, train, key: own });
  };
  const attend = (level: Level, j: number, h: Tensor): Tensor => level.attentions?.[j]?.(h) ?? h;
  let h = use.conv_in(x);
  const skips = [h];
  for (const level of use.down_blocks) {
    level.resnets.forEach((layer, j) => {
      h = attend(level, j, res(layer, h));
      skips.push(h);
    });
    if (level.downsamplers === null) continue;
    h = (level.downsamplers[0] as { conv: Step }).conv(h);
    skips.push(h);
  }
  const [before, after] = use.mid_block.resnets as [ResStep, ResStep];
  h = res(after, attend(use.mid_block, 0, res(before, h)));
  for (const level of use.up_blocks) {
    level.resnets.forEach((layer, j) => {
      h = attend(level, j, res(layer, concat([h, skips.pop() as Tensor], 1)));
    });
    // Each pixel becomes a square of four.
    if (level.upsamplers !== null) {
      h = (level.upsamplers[0] as { conv: Step }).conv(h.repeat(2, 2).repeat(2, 3));
    }
  }
  return use.conv_out(silu(use.conv_norm_out(h)));
}

/** What the residual blocks are told of time and class, [batch, 4 · features]. */
function embed(use: Use, x: Tensor, { time, labels }: Partial<UnetCall>, features: number): Tensor {
  if (time === undefined) {
    throw new ArgumentError(
      "unet: expected a time; got none; pass { time } as options of the call",
    );
  }
  if ((labels === undefined) !== (use.class_embedding === undefined)) {
    throw new ArgumentError(
      `unet: expected ${labels === undefined ? "labels, as the network has classes" : "no labels, as the network has no classes"}; got ${labels === undefined ? "none" : "some"}`,
    );
  }
  const batch = x.shape[0] as number;
  const given = (isTensor(time) ? time : tensor(time)).cast(x.dtype);
  if (given.shape.length > 1 || (given.shape.length === 1 && given.shape[0] !== batch)) {
    throw new ShapeError(
      `unet: expected a time, or one for each of ${batch} images; got shape ${showShape(given.shape)}`,
      { time: given.shape, batch },
    );
  }
  const angles = timeEmbedding(given.broadcastTo([batch]), features);
  const h = use.time_embedding.linear_2(silu(use.time_embedding.linear_1(angles)));
  return labels === undefined ? h : h.add((use.class_embedding as Step)(labels));
}

function checkImage(x: Tensor, levelCount: number): void {
  const factor = 2 ** (levelCount - 1);
  const [, , height, width] = x.shape;
  if (x.shape.length === 4 && (height as number) % factor === 0 && (width as number) % factor === 0)
    return;
  throw new ShapeError(
    `unet: expected images [batch, channels, height, width] with sides divisible by ${factor}; got ${showShape(x.shape)}; pad them`,
    { shape: x.shape, factor },
  );
}
