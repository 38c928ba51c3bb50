import { ArgumentError, type Tensor } from "@x/tensor";
import { batchNorm } from "./batch-norm";
import { type Part, type StatefulBlock, statefulBlock } from "./block";
import { type ConvParams, conv2d } from "./conv";
import { checkSize } from "./internal/check";
import type { AffineParams } from "./internal/normalize";
import type { RunningState } from "./internal/running";
import type { NormOf } from "./resnet";
import type { Layer, StatefulLayer } from "./types";

/** A convolution and its normalisation, with the names "0" and "1". */
export type ConvNormParams<P = AffineParams> = readonly [ConvParams, P];

/** Parameters of {@link invertedBottleneck}, named as in torchvision's MobileNet: conv.0.0.weight … */
export interface InvertedBottleneckParams<P = AffineParams> {
  /** Expansion (left out for factor 1), depth-wise convolution, projection, its normalisation. */
  readonly conv: readonly (ConvNormParams<P> | ConvParams | P)[];
}

/** State of {@link invertedBottleneck}; null in the place of the projection. */
export interface InvertedBottleneckState<S = RunningState> {
  readonly conv: readonly (readonly [null, S] | null | S)[];
}

/** Options of {@link invertedBottleneck}. */
export interface InvertedBottleneckOptions<P = AffineParams, S = RunningState> {
  /** Factor of the channels in between, a positive integer; default 6. */
  readonly expansion?: number | undefined;
  /** Of the depth-wise convolution; default 1. */
  readonly stride?: number | undefined;
  /** Odd; default 3. */
  readonly kernel?: number | undefined;
  /** Default relu6: min(max(x, 0), 6). */
  readonly activation?: ((x: Tensor) => Tensor) | undefined;
  /** Default {@link batchNorm}. */
  readonly norm?: NormOf<P, S> | undefined;
}

/**
 * Inverted bottleneck: 1 × 1 expansion, depth-wise convolution, linear 1 × 1 projection, each normalised; plus the
 * input where the shape allows.
 *
 * @param inChannels - channels of the input
 * @param outChannels - channels of the output
 * @returns a stateful layer [batch, in, h, w] → [batch, out, ⌈h / stride⌉, ⌈w / stride⌉]
 * @throws ArgumentError when a size is not a positive integer or the kernel is even
 * @example
 * const layer = invertedBottleneck(4, 8, { stride: 2 });
 * const { params, state } = layer.init(random.key(0));
 * layer.apply(params, state, ones([1, 4, 8, 8]), { train: false })[0].shape // [1, 8, 4, 4]
 * @see Sandler, Howard, Zhu, Zhmoginov & Chen 2018, "MobileNetV2: inverted residuals and linear bottlenecks"
 */
export function invertedBottleneck<P = AffineParams, S = RunningState>(
  inChannels: number,
  outChannels: number,
  options: InvertedBottleneckOptions<P, S> = {},
): StatefulBlock<Part, InvertedBottleneckParams<P>, InvertedBottleneckState<S>> {
  const { expansion = 6, stride = 1, kernel = 3, activation = relu6 } = options;
  const norm = (options.norm ?? batchNorm) as NormOf;
  checkSize("invertedBottleneck", "expansion", expansion);
  checkSize("invertedBottleneck", "stride", stride);
  if (!(kernel % 2 === 1 && kernel > 0)) {
    throw new ArgumentError(`invertedBottleneck: expected an odd kernel; got ${String(kernel)}`, {
      kernel,
    });
  }
  const wide = inChannels * expansion;
  const depthwise = conv2d(wide, wide, kernel, {
    stride,
    padding: (kernel - 1) / 2,
    groups: wide,
    bias: false,
  });
  const widen = [conv2d(inChannels, wide, 1, { bias: false }), norm(wide)] as const;
  const inner = [...(expansion === 1 ? [] : [widen]), [depthwise, norm(wide)] as const];
  const outer = [conv2d(wide, outChannels, 1, { bias: false }), norm(outChannels)] as const;
  const parts = { conv: [...inner, ...outer] as readonly (Pair | Pair[0] | Pair[1])[] };
  return statefulBlock(parts, ({ conv: use }, x) => {
    let h = x;
    for (const pair of use.slice(0, inner.length)) {
      const [conv, normalize] = pair as readonly [Step, Step];
      h = activation(normalize(conv(h)));
    }
    const [project, normalize] = use.slice(inner.length) as unknown as [Step, Step];
    const y = normalize(project(h));
    return stride === 1 && inChannels === outChannels ? x.add(y) : y;
  }) as unknown as StatefulBlock<Part, InvertedBottleneckParams<P>, InvertedBottleneckState<S>>;
}

type Pair = readonly [Layer<ConvParams>, StatefulLayer<AffineParams, RunningState>];

type Step = (x: Tensor) => Tensor;

const relu6 = (x: Tensor): Tensor => x.clip(0, 6);
