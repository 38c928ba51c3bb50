import { ArgumentError, maxPool2d, pad, range, relu, type Tensor } from "@x/tensor";
import { batchNorm } from "./batch-norm";
import { type Part, type StatefulBlock, statefulBlock } from "./block";
import { type ConvParams, conv2d } from "./conv";
import { asOutput } from "./internal/as-output";
import { checkSize } from "./internal/check";
import type { AffineParams } from "./internal/normalize";
import type { RunningState } from "./internal/running";
import { type LinearParams, linear } from "./linear";
import type { StatefulLayer } from "./types";

/** Makes the normalisation of a number of features: batchNorm, ghostBatchNorm, powerNorm … */
export type NormOf<P = AffineParams, S = RunningState> = (features: number) => StatefulLayer<P, S>;

/** Parameters of {@link basicBlock}. */
export interface BasicBlockParams<P = AffineParams> {
  readonly conv1: ConvParams;
  readonly bn1: P;
  readonly conv2: ConvParams;
  readonly bn2: P;
  /** 1 × 1 convolution and normalisation of the skip; null where shapes agree. */
  readonly downsample: readonly [ConvParams, P] | null;
}

/** State of {@link basicBlock}. */
export interface BasicBlockState<S = RunningState> {
  readonly bn1: S;
  readonly bn2: S;
  readonly downsample?: readonly [null, S];
}

/** Options of {@link basicBlock}. */
export interface BasicBlockOptions<P = AffineParams, S = RunningState> {
  /** Of the first convolution and of the skip; default 1. */
  readonly stride?: number | undefined;
  /** How a skip changes its shape: by a 1 × 1 convolution (default), or by dropping pixels and padding channels with zeros. */
  readonly shortcut?: "conv" | "pad" | undefined;
  /** Default {@link batchNorm}. */
  readonly norm?: NormOf<P, S> | undefined;
}

/**
 * Residual block: conv3 – norm – relu – conv3 – norm, plus the input, then relu.
 *
 * @param inChannels - channels of the input
 * @param outChannels - channels of the output
 * @param options.stride - default 1
 * @param options.shortcut - "conv" (default) or "pad", used where the shape changes
 * @returns a stateful layer [batch, in, h, w] → [batch, out, ⌈h / stride⌉, ⌈w / stride⌉]
 * @example
 * const layer = basicBlock(4, 8, { stride: 2 });
 * const { params, state } = layer.init(random.key(0));
 * layer.apply(params, state, ones([1, 4, 8, 8]), { train: false })[0].shape // [1, 8, 4, 4]
 * @see He, Zhang, Ren & Sun 2016, "Deep residual learning for image recognition"
 */
export function basicBlock<P = AffineParams, S = RunningState>(
  inChannels: number,
  outChannels: number,
  options: BasicBlockOptions<P, S> = {},
): StatefulBlock<Part, BasicBlockParams<P>, BasicBlockState<S>> {
  const { stride = 1, shortcut = "conv" } = options;
  const norm = (options.norm ?? batchNorm) as NormOf;
  checkSize("basicBlock", "stride", stride);
  const changes = stride !== 1 || inChannels !== outChannels;
  if (shortcut !== "conv" && (shortcut !== "pad" || outChannels < inChannels)) {
    throw new ArgumentError(
      `basicBlock: expected shortcut "conv", or "pad" with no fewer channels out than in; got ${String(shortcut)} from ${inChannels} to ${outChannels}`,
      { shortcut, inChannels, outChannels },
    );
  }
  const parts = {
    conv1: conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false }),
    bn1: norm(outChannels),
    conv2: conv2d(outChannels, outChannels, 3, { padding: 1, bias: false }),
    bn2: norm(outChannels),
    downsample:
      changes && shortcut === "conv"
        ? ([
            conv2d(inChannels, outChannels, 1, { stride, bias: false }),
            norm(outChannels),
          ] as const)
        : null,
  };
  return statefulBlock(parts, (use, x) => {
    const h = use.bn2(use.conv2(relu(use.bn1(use.conv1(x)))));
    const skip =
      use.downsample !== null
        ? use.downsample[1](use.downsample[0](x))
        : changes
          ? paddedSkip(x, stride, outChannels - inChannels)
          : x;
    return relu(h.add(skip));
  }) as unknown as StatefulBlock<Part, BasicBlockParams<P>, BasicBlockState<S>>;
}

/** Every stride-th pixel, with channels of zeros on both sides. */
function paddedSkip(x: Tensor, stride: number, extra: number): Tensor {
  const step = range(undefined, undefined, stride);
  const before = Math.floor(extra / 2);
  return pad(x.at(range(), range(), step, step), [0, [before, extra - before], 0, 0]);
}

/** Parameters of {@link resnet}: conv1, bn1, layer1.0.conv1 …, fc. */
export interface ResnetParams<P = AffineParams> {
  readonly conv1: ConvParams;
  readonly bn1: P;
  /** layer1, layer2 …: stages of blocks. */
  readonly [stage: `layer${number}`]: readonly BasicBlockParams<P>[];
  readonly fc: LinearParams;
}

/** State of {@link resnet}. */
export interface ResnetState<S = RunningState> {
  readonly bn1: S;
  readonly [stage: `layer${number}`]: readonly BasicBlockState<S>[];
}

/** Options of {@link resnet}. */
export interface ResnetOptions<P = AffineParams, S = RunningState> {
  /** Channels of the images; default 3. */
  readonly inChannels?: number | undefined;
  /** Length of the result; default 1000. */
  readonly classes?: number | undefined;
  /** Channels of the stages; default [64, 128, 256, 512]. */
  readonly widths?: readonly number[] | undefined;
  /** Blocks of the stages; default [2, 2, 2, 2]: ResNet-18. [3, 4, 6, 3] is ResNet-34. */
  readonly depths?: readonly number[] | undefined;
  /** "imagenet" (default): 7 × 7 with stride 2, then 3 × 3 max-pooling with stride 2; "cifar": 3 × 3 with stride 1. */
  readonly stem?: "imagenet" | "cifar" | undefined;
  /** See {@link BasicBlockOptions}; default "conv". */
  readonly shortcut?: "conv" | "pad" | undefined;
  /** Default {@link batchNorm}. */
  readonly norm?: NormOf<P, S> | undefined;
}

/**
 * Residual network of basic blocks, with the names of torchvision's: ResNet-18 by default.
 *
 * CIFAR's ResNet-20 is `{ stem: "cifar", widths: [16, 32, 64], depths: [3, 3, 3], classes: 10 }`.
 *
 * @returns a stateful layer [batch, inChannels, h, w] → logits [batch, classes]
 * @throws ArgumentError for options that make no network
 * @see He, Zhang, Ren & Sun 2016, "Deep residual learning for image recognition"
 * @example
 * const net = resnet({ stem: "cifar", widths: [8, 16], depths: [1, 1], classes: 10 });
 * const { params, state } = net.init(random.key(0));
 * net.apply(params, state, ones([2, 3, 32, 32]), { train: false })[0].shape // [2, 10]
 */
export function resnet<P = AffineParams, S = RunningState>(
  options: ResnetOptions<P, S> = {},
): StatefulBlock<Part, ResnetParams<P>, ResnetState<S>> {
  const { inChannels = 3, classes = 1000, stem = "imagenet", shortcut = "conv" } = options;
  const { widths = [64, 128, 256, 512], depths = widths.map(() => 2) } = options;
  const norm = (options.norm ?? batchNorm) as NormOf<P, S>;
  if (widths.length === 0 || widths.length !== depths.length) {
    throw new ArgumentError(
      `resnet: expected as many depths as widths, and at least one; got widths [${widths.join(", ")}] and depths [${depths.join(", ")}]`,
      { widths, depths },
    );
  }
  for (const n of [...widths, ...depths]) checkSize("resnet", "widths and depths", n);
  const first = widths[0] as number;
  const large = stem === "imagenet";
  const stages = widths.map((width, s) =>
    Array.from({ length: depths[s] as number }, (_, i) => {
      const from = i > 0 ? width : (widths[s - 1] ?? first);
      const stride = i === 0 && s > 0 ? 2 : 1;
      return basicBlock(from, width, { stride, shortcut, norm });
    }),
  );
  const parts = {
    conv1: conv2d(inChannels, first, large ? 7 : 3, {
      stride: large ? 2 : 1,
      padding: large ? 3 : 1,
      bias: false,
    }),
    bn1: norm(first),
    ...Object.fromEntries(stages.map((blocks, s) => [`layer${s + 1}`, blocks])),
    fc: asOutput(linear(widths[widths.length - 1] as number, classes)),
  };
  return statefulBlock(parts, (use, x) => {
    let h = relu(use.bn1(use.conv1(x)));
    if (large) h = maxPool2d(h, { window: 3, strides: 2, padding: 1 });
    for (let s = 1; s <= widths.length; s++) {
      const blocks = use[`layer${s}` as "conv1"] as unknown as readonly ((x: Tensor) => Tensor)[];
      for (const apply of blocks) h = apply(h);
    }
    return use.fc(h.mean([2, 3]));
  }) as unknown as StatefulBlock<Part, ResnetParams<P>, ResnetState<S>>;
}
