import { ShapeError } from "../errors";
import { type ConvParams, conv } from "../primitives/conv";
import { flip, reshape, transpose } from "../primitives/movement";
import { showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { toFloat, unifyTypes } from "./promote";
import { type Padding, type PerAxis, perAxis, resolvePadding } from "./window";

/** Options of the convolutions. */
export interface ConvOptions {
  /** Step of the window; default 1. */
  readonly strides?: PerAxis;
  /** Default "valid". */
  readonly padding?: Padding;
  /** Spacing of the kernel's taps; default 1. */
  readonly dilation?: PerAxis;
  /** Number of groups that the channels are cut into; default 1. */
  readonly groups?: number;
}

function checkOperands(operation: string, x: Tensor, w: Tensor, spatial: number): void {
  if (x.shape.length !== spatial + 2 || w.shape.length !== spatial + 2) {
    throw new ShapeError(
      `${operation}: expected an input [batch, channels, ${spatial} spatial] and a kernel [out, in / groups, ${spatial} spatial]; got ${showShape(x.shape)} and ${showShape(w.shape)}`,
      { operation, input: x.shape, kernel: w.shape },
    );
  }
}

function checkGroups(
  operation: string,
  channels: number,
  perGroup: number,
  out: number,
  groups: number,
  x: Tensor,
  w: Tensor,
): void {
  if (
    !Number.isInteger(groups) ||
    groups < 1 ||
    channels !== perGroup * groups ||
    out % groups !== 0
  ) {
    throw new ShapeError(
      `${operation}: channels do not match: input ${showShape(x.shape)} has ${channels} channels (axis 1), kernel ${showShape(w.shape)} with ${groups} groups takes ${perGroup * groups} and must have a number of outputs divisible by ${groups}`,
      { operation, input: x.shape, kernel: w.shape, groups },
    );
  }
}

/** Convolution over `spatial` axes; see {@link conv2d}. */
function convolution(
  operation: string,
  spatial: number,
  x0: TensorLike,
  w0: TensorLike,
  options: ConvOptions,
): Tensor {
  const [x, w] = unifyTypes(operation, x0, w0).map((t) => toFloat(t)) as [Tensor, Tensor];
  checkOperands(operation, x, w, spatial);
  const { groups = 1 } = options;
  checkGroups(
    operation,
    x.shape[1] as number,
    w.shape[1] as number,
    w.shape[0] as number,
    groups,
    x,
    w,
  );
  const strides = perAxis(operation, "strides", options.strides ?? 1, spatial);
  const rhsDilation = perAxis(operation, "dilation", options.dilation ?? 1, spatial);
  const input = x.shape.slice(2);
  const wide = w.shape.slice(2).map((k, i) => Math.max(0, k - 1) * (rhsDilation[i] as number) + 1);
  return conv(x, w, {
    strides,
    padding: resolvePadding(operation, options.padding ?? "valid", input, wide, strides),
    lhsDilation: input.map(() => 1),
    rhsDilation,
    groups,
    batchGroups: 1,
  });
}

type Conv = (x: TensorLike, kernel: TensorLike, options?: ConvOptions) => Tensor;

/** Convolution of [batch, in, length] with [out, in / groups, k]; see {@link conv2d}. */
export const conv1d: Conv = (x, w, options = {}) => convolution("conv1d", 1, x, w, options);

/**
 * Two-dimensional convolution (cross-correlation, as in every deep-learning library).
 *
 * @param x - [batch, in, height, width]
 * @param kernel - [out, in / groups, kh, kw]
 * @returns [batch, out, oh, ow] with oh = ⌊(height + padding − dilation (kh − 1) − 1) / stride⌋ + 1
 * @throws ShapeError when ranks, channels or groups do not match
 */
export const conv2d: Conv = (x, w, options = {}) => convolution("conv2d", 2, x, w, options);

/** Convolution of [batch, in, d, h, w] with [out, in / groups, kd, kh, kw]; see {@link conv2d}. */
export const conv3d: Conv = (x, w, options = {}) => convolution("conv3d", 3, x, w, options);

/** Options of the transposed convolutions. */
export interface ConvTransposeOptions extends ConvOptions {
  /**
   * Extra length at the end of each spatial axis, less than the stride: what the forward convolution's
   * strides left over. Default 0.
   */
  readonly outputPadding?: number | readonly number[];
}

/** Transposed convolution over `spatial` axes; see {@link convTranspose2d}. */
function transposed(
  operation: string,
  spatial: number,
  x0: TensorLike,
  w0: TensorLike,
  options: ConvTransposeOptions,
): Tensor {
  const [x, w] = unifyTypes(operation, x0, w0).map((t) => toFloat(t)) as [Tensor, Tensor];
  checkOperands(operation, x, w, spatial);
  const { groups = 1, outputPadding = 0 } = options;
  const [channels, perGroup, ...kernel] = w.shape as [number, number, ...number[]];
  checkGroups(operation, x.shape[1] as number, channels / groups, perGroup * groups, groups, x, w);
  const strides = perAxis(operation, "strides", options.strides ?? 1, spatial);
  const rhsDilation = perAxis(operation, "dilation", options.dilation ?? 1, spatial);
  const extra = typeof outputPadding === "number" ? kernel.map(() => outputPadding) : outputPadding;
  if (
    extra.length !== spatial ||
    extra.some((e, i) => !Number.isInteger(e) || e < 0 || e >= (strides[i] as number))
  ) {
    throw new ShapeError(
      `${operation}: outputPadding must be non-negative integers less than the strides ${showShape(strides)}; got ${JSON.stringify(outputPadding)}`,
      { operation, outputPadding, strides },
    );
  }
  const wide = kernel.map((k, i) => (k - 1) * (rhsDilation[i] as number) + 1);
  // "same" gives input · stride outputs, the shape whose forward convolution it undoes.
  const forward = x.shape.slice(2).map((n, i) => n * (strides[i] as number));
  const amounts = resolvePadding(operation, options.padding ?? "valid", forward, wide, strides);
  const padding = amounts.map(([lo, hi], i): [number, number] => {
    const full = (wide[i] as number) - 1;
    const gap =
      options.padding === "same"
        ? (forward[i] as number) -
          (((x.shape[i + 2] as number) - 1) * (strides[i] as number) + 1) -
          (full - lo) -
          (full - hi) +
          full
        : 0;
    return [full - lo, full - hi + (extra[i] as number) + gap];
  });
  // [in, out / groups, …] → [out, in / groups, …], taps reversed.
  const split = reshape(w, [groups, channels / groups, perGroup, ...kernel]);
  const order = [0, 2, 1, ...kernel.map((_, i) => i + 3)];
  const swapped = reshape(transpose(split, order), [
    groups * perGroup,
    channels / groups,
    ...kernel,
  ]);
  const params: ConvParams = {
    strides: kernel.map(() => 1),
    padding,
    lhsDilation: strides,
    rhsDilation,
    groups,
    batchGroups: 1,
  };
  return conv(
    x,
    flip(
      swapped,
      kernel.map((_, i) => i + 2),
    ),
    params,
  );
}

type ConvTranspose = (x: TensorLike, kernel: TensorLike, options?: ConvTransposeOptions) => Tensor;

/** Transposed convolution of [batch, in, length] with [in, out / groups, k]; see {@link convTranspose2d}. */
export const convTranspose1d: ConvTranspose = (x, w, options = {}) =>
  transposed("convTranspose1d", 1, x, w, options);

/**
 * Transpose (gradient) of {@link conv2d}: upsamples by the stride.
 *
 * @param x - [batch, in, height, width]
 * @param kernel - [in, out / groups, kh, kw], as in PyTorch
 * @returns [batch, out, oh, ow] with oh = (height − 1) · stride − padding + dilation (kh − 1) + 1 + outputPadding;
 *   height · stride for padding "same"
 */
export const convTranspose2d: ConvTranspose = (x, w, options = {}) =>
  transposed("convTranspose2d", 2, x, w, options);

/** Transposed convolution of [batch, in, d, h, w] with [in, out / groups, kd, kh, kw]. */
export const convTranspose3d: ConvTranspose = (x, w, options = {}) =>
  transposed("convTranspose3d", 3, x, w, options);
