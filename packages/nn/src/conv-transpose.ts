import {
  type PerAxis,
  random,
  convTranspose1d as transpose1d,
  convTranspose2d as transpose2d,
  convTranspose3d as transpose3d,
} from "@x/tensor";
import type { ConvLayerOptions, ConvParams } from "./conv";
import { checkSize } from "./internal/check";
import { symmetricUniform } from "./internal/symmetric-uniform";
import { checkGroups, checkImages, kernelShape } from "./internal/windows";
import type { Layer } from "./types";

/** Options of {@link convTranspose1d}, {@link convTranspose2d} and {@link convTranspose3d}. */
export interface ConvTransposeLayerOptions extends ConvLayerOptions {
  /** Extra length at the end of each axis, less than the stride; default 0. */
  readonly outputPadding?: number | readonly number[];
}

const transposes = [transpose1d, transpose2d, transpose3d] as const;

type ConvTransposeLayer = (
  inChannels: number,
  outChannels: number,
  kernel: PerAxis,
  options?: ConvTransposeLayerOptions,
) => Layer<ConvParams>;

const transposedLayer =
  (spatial: 1 | 2 | 3): ConvTransposeLayer =>
  (inChannels, outChannels, kernel, options = {}) => {
    const operation = `convTranspose${spatial}d`;
    const { stride = 1, padding = "valid", dilation = 1, groups = 1, bias = true } = options;
    const { outputPadding = 0 } = options;
    checkSize(operation, "inChannels", inChannels);
    checkSize(operation, "outChannels", outChannels);
    checkGroups(operation, inChannels, outChannels, groups);
    const taps = kernelShape(operation, kernel, spatial);
    const perGroup = outChannels / groups;
    // PyTorch takes axis 1 of the kernel for the fan-in here, too.
    const bound = 1 / Math.sqrt(taps.reduce((a, b) => a * b, perGroup));
    const transpose = transposes[spatial - 1] as typeof transpose2d;
    return {
      dims: {
        weight: { out: [1, ...taps.map((_, i) => i + 2)], in: 0 },
        bias: bias ? {} : null,
      },
      init: (key, initOptions = {}) => {
        const [forWeight, forBias] = random.split(key);
        const shape = [inChannels, perGroup, ...taps];
        return {
          weight: symmetricUniform(forWeight, shape, bound, initOptions),
          bias: bias ? symmetricUniform(forBias, [outChannels], bound, initOptions) : null,
        };
      },
      apply: ({ weight, bias: offset }, x) => {
        checkImages(operation, x, inChannels, groups, spatial);
        const size = { strides: stride, padding, dilation, groups, outputPadding };
        const y = transpose(x, weight, size);
        return offset === null ? y : y.add(offset.reshape([outChannels, ...taps.map(() => 1)]));
      },
    };
  };

/** Transposed convolution of sequences [batch, channels, length]; see {@link convTranspose2d}. */
export const convTranspose1d: ConvTransposeLayer = transposedLayer(1);

/**
 * Transposed convolution of images: the gradient of {@link conv2d}, which upsamples by the stride.
 *
 * Lengths become (n − 1) s − 2p + d (k − 1) + outputPadding + 1. Weight and bias begin uniform in
 * ±1/√(out / groups · Πk).
 *
 * @param inChannels - channels of the input
 * @param outChannels - channels of the output
 * @param kernel - taps along all axes, or along each
 * @returns a layer [batch, in, height, width] → [batch, out, height', width']; weight [in, out / groups, kh, kw]
 * @throws ArgumentError when a size is not a positive integer or groups do not divide the channels
 * @throws ShapeError when the input has other channels or axes, or outputPadding is not less than the stride
 * @example
 * const layer = convTranspose2d(8, 3, 2, { stride: 2 });
 * layer.apply(layer.init(random.key(0)), ones([1, 8, 16, 16])).shape // [1, 3, 32, 32]
 */
export const convTranspose2d: ConvTransposeLayer = transposedLayer(2);

/** Transposed convolution of volumes [batch, channels, depth, height, width]; see {@link convTranspose2d}. */
export const convTranspose3d: ConvTransposeLayer = transposedLayer(3);
