import {
  conv1d as convolve1d,
  conv2d as convolve2d,
  conv3d as convolve3d,
  type Padding,
  type PerAxis,
  random,
  ShapeError,
  type Tensor,
} from "@x/tensor";
import { checkSize } from "./internal/check";
import { symmetricUniform } from "./internal/symmetric-uniform";
import { checkGroups, checkImages, kernelShape } from "./internal/windows";
import type { Layer } from "./types";

/** Parameters of convolutions. */
export interface ConvParams {
  /** [out, in / groups, k…]; of a transposed convolution [in, out / groups, k…]. */
  readonly weight: Tensor;
  /** [out]; null without bias. */
  readonly bias: Tensor | null;
}

/** Options of {@link conv1d}, {@link conv2d} and {@link conv3d}. */
export interface ConvLayerOptions {
  /** Step of the window; default 1. */
  readonly stride?: PerAxis;
  /** Zeros around the input: "valid" (none, the default), "same", a number, or numbers or pairs per axis. */
  readonly padding?: Padding;
  /** Spacing of the kernel's taps; default 1. */
  readonly dilation?: PerAxis;
  /** Groups that the channels are cut into; default 1. */
  readonly groups?: number;
  /** Add a bias; default true. */
  readonly bias?: boolean;
}

const convolutions = [convolve1d, convolve2d, convolve3d] as const;

type ConvLayer = (
  inChannels: number,
  outChannels: number,
  kernel: PerAxis,
  options?: ConvLayerOptions,
) => Layer<ConvParams>;

const convLayer =
  (spatial: 1 | 2 | 3): ConvLayer =>
  (inChannels, outChannels, kernel, options = {}) => {
    const operation = `conv${spatial}d`;
    const { stride = 1, padding = "valid", dilation = 1, groups = 1, bias = true } = options;
    checkSize(operation, "inChannels", inChannels);
    checkSize(operation, "outChannels", outChannels);
    checkGroups(operation, inChannels, outChannels, groups);
    const taps = kernelShape(operation, kernel, spatial);
    const perGroup = inChannels / groups;
    const bound = 1 / Math.sqrt(taps.reduce((a, b) => a * b, perGroup));
    const convolve = convolutions[spatial - 1] as typeof convolve2d;
    return {
      dims: {
        weight: { out: 0, in: [1, ...taps.map((_, i) => i + 2)] },
        bias: bias ? {} : null,
      },
      init: (key, initOptions = {}) => {
        const [forWeight, forBias] = random.split(key);
        const shape = [outChannels, perGroup, ...taps];
        return {
          weight: symmetricUniform(forWeight, shape, bound, initOptions),
          bias: bias ? symmetricUniform(forBias, [outChannels], bound, initOptions) : null,
        };
      },
      apply: ({ weight, bias: offset }, x) => {
        checkImages(operation, x, inChannels, groups, spatial);
        const y = convolve(x, weight, { strides: stride, padding, dilation, groups });
        const empty = y.shape.findIndex((n, i) => i >= 2 && n === 0);
        if (empty >= 0) {
          throw new ShapeError(
            `${operation}: expected a kernel no longer than the padded input; along axis ${empty} the input has length ${x.shape[empty]}, the kernel ${taps[empty - 2]} taps; pad the input`,
            { operation, input: x.shape, kernel: weight.shape },
          );
        }
        return offset === null ? y : y.add(offset.reshape([outChannels, ...taps.map(() => 1)]));
      },
    };
  };

/** Convolution of sequences [batch, channels, length]; see {@link conv2d}. */
export const conv1d: ConvLayer = convLayer(1);

/**
 * Convolution of images (cross-correlation: the kernel is not flipped).
 *
 * Lengths become ⌊(n + 2p − d (k − 1) − 1) / s⌋ + 1. Weight and bias begin uniform in ±1/√(in / groups · Πk).
 *
 * @param inChannels - channels of the input
 * @param outChannels - channels of the output
 * @param kernel - taps along all axes, or along each
 * @returns a layer [batch, in, height, width] → [batch, out, height', width']
 * @throws ArgumentError when a size is not a positive integer or groups do not divide the channels
 * @throws ShapeError when the input has other channels or axes, or is shorter than the kernel
 * @example
 * const layer = conv2d(3, 8, 3, { padding: 1 });
 * layer.apply(layer.init(random.key(0)), ones([1, 3, 32, 32])).shape // [1, 8, 32, 32]
 */
export const conv2d: ConvLayer = convLayer(2);

/** Convolution of volumes [batch, channels, depth, height, width]; see {@link conv2d}. */
export const conv3d: ConvLayer = convLayer(3);
