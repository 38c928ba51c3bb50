import { isFloat } from "../dtype";
import { ShapeError } from "../errors";
import { constant } from "../primitives/constants";
import { cast, div } from "../primitives/elementwise";
import * as p from "../primitives/pool";
import { showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { broadcastUnchecked, toFloat, toTensor } from "./promote";
import { type Padding, type PerAxis, perAxis, resolvePadding } from "./window";

/** Options of the pooling functions. */
export interface PoolOptions {
  /** Length of the window along each spatial axis. */
  readonly window: PerAxis;
  /** Step of the window; default the window. */
  readonly strides?: PerAxis;
  /** Default "valid". */
  readonly padding?: Padding;
  /** Spacing within the window; default 1. */
  readonly dilation?: PerAxis;
}

/** Options of average pooling. */
export interface AvgPoolOptions extends PoolOptions {
  /** Count padding as zeros in the mean; default false: the mean is over the elements that exist. */
  readonly countPadding?: boolean;
}

function resolve(
  operation: string,
  x: Tensor,
  spatial: number,
  options: PoolOptions,
): p.PoolParams {
  if (x.shape.length < spatial) {
    throw new ShapeError(
      `${operation}: expected at least ${spatial} axes, the last ${spatial} of them spatial; got ${showShape(x.shape)}`,
      { operation, shape: x.shape },
    );
  }
  // Without types a window may be missing altogether.
  const window = perAxis(operation, "window", options?.window, spatial);
  const strides = perAxis(operation, "strides", options.strides ?? window, spatial);
  const dilation = perAxis(operation, "dilation", options.dilation ?? 1, spatial);
  const wide = window.map((k, i) => (k - 1) * (dilation[i] as number) + 1);
  const input = x.shape.slice(-spatial);
  const padding = resolvePadding(operation, options.padding ?? "valid", input, wide, strides);
  const bad = padding.findIndex(([lo, hi], i) => {
    const w = wide[i] as number;
    return lo < 0 || hi < 0 || lo >= w || hi >= w;
  });
  if (bad >= 0) {
    throw new ShapeError(
      `${operation}: padding must be smaller than the window; axis ${bad} has padding ${JSON.stringify(padding[bad])} and a window of ${wide[bad]}`,
      { operation, padding, window },
    );
  }
  const params = { window, strides, padding, dilation };
  const empty = padding.some((p) => p.some((v) => v > 0)) ? emptyWindow(input, params) : undefined;
  if (empty !== undefined) {
    throw new ShapeError(
      `${operation}: expected an element in every window; along axis ${empty} of length ${input[empty]} a window of ${window[empty]} with dilation ${dilation[empty]} meets padding alone; reduce either`,
      { operation, shape: x.shape, ...params },
    );
  }
  return params;
}

/** The spatial axis along which some window holds no element, if there is one. */
function emptyWindow(input: readonly number[], params: p.PoolParams): number | undefined {
  const outputs = p.poolShape(input, params);
  const bad = input.findIndex((n, i) => {
    const [stride, step] = [params.strides[i] as number, params.dilation[i] as number];
    const [lo] = params.padding[i] as readonly [number, number];
    return Array.from({ length: outputs[i] as number }, (_, o) => o * stride - lo).some((first) => {
      // The first tap at or behind element 0.
      const tap = first + Math.max(0, Math.ceil(-first / step)) * step;
      return tap >= n || tap > first + ((params.window[i] as number) - 1) * step;
    });
  });
  return bad < 0 ? undefined : bad;
}

type Pool<O extends PoolOptions> = (x: TensorLike, options: O) => Tensor;

const maxPool =
  (operation: string, spatial: number): Pool<PoolOptions> =>
  (x, options) => {
    const t = toTensor(x);
    // f64 holds every integer dtype exactly.
    const real = isFloat(t.dtype) ? t : cast(t, "f64");
    return cast(p.maxPool(real, resolve(operation, t, spatial, options))[0], t.dtype);
  };

const avgPool =
  (operation: string, spatial: number): Pool<AvgPoolOptions> =>
  (x, options) => {
    const t = toFloat(x);
    const params = resolve(operation, t, spatial, options);
    const sums = p.sumPool(t, params);
    const padded = params.padding.some(([lo, hi]) => lo > 0 || hi > 0);
    if (!padded || options.countPadding === true) {
      return sums.mul(1 / params.window.reduce((a, b) => a * b, 1));
    }
    const counts = p.sumPool(constant(1, t.shape.slice(-spatial), t.dtype), params);
    return div(sums, broadcastUnchecked(counts, sums.shape));
  };

/** Maximum over windows of the last axis; see {@link maxPool2d}. */
export const maxPool1d: Pool<PoolOptions> = maxPool("maxPool1d", 1);

/**
 * Maximum over windows of the last two axes; the gradient goes to the first maximum of each window.
 *
 * @param x - [..., height, width]
 * @returns [..., oh, ow]
 * @throws ShapeError when padding is not smaller than the window
 */
export const maxPool2d: Pool<PoolOptions> = maxPool("maxPool2d", 2);

/** Maximum over windows of the last three axes; see {@link maxPool2d}. */
export const maxPool3d: Pool<PoolOptions> = maxPool("maxPool3d", 3);

/** Mean over windows of the last axis; see {@link avgPool2d}. */
export const avgPool1d: Pool<AvgPoolOptions> = avgPool("avgPool1d", 1);

/**
 * Mean over windows of the last two axes; padding does not count unless `countPadding`.
 *
 * @param x - [..., height, width]
 * @returns [..., oh, ow]
 */
export const avgPool2d: Pool<AvgPoolOptions> = avgPool("avgPool2d", 2);

/** Mean over windows of the last three axes; see {@link avgPool2d}. */
export const avgPool3d: Pool<AvgPoolOptions> = avgPool("avgPool3d", 3);
