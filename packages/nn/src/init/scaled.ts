import type { Shape, Tensor } from "@x/tensor";
import type { InitOptions } from "../types";
import { checkGain, type Distribution, draw } from "./draw";
import { type Fan, type FanOptions, fanOf, fans } from "./fans";

/** Options of the initialisers whose variance follows a fan. */
export interface ScaledOptions extends InitOptions, FanOptions {
  /** Factor of the standard deviation; see {@link gain}. */
  readonly gain?: number | undefined;
  /** Default "normal". */
  readonly mode?: Distribution | undefined;
}

/** Options of {@link lecun} and {@link he}. */
export interface FanScaledOptions extends ScaledOptions {
  /** Which count to divide by; default "in", which keeps the forward pass's variance. */
  readonly fan?: Fan | undefined;
}

/** Without inputs there is nothing to draw, and no division by 0 either. */
const perFan = (fan: number): number => 1 / Math.sqrt(Math.max(1, fan));

/**
 * LeCun's initialisation: standard deviation gain / √fan, for linear and self-normalising networks.
 *
 * @param key - u32 [2]
 * @param shape - [out, in, …k]
 * @param options.gain - default 1
 * @param options.fan - "in" (default), "out" or "average"
 * @param options.mode - "normal" (default), "uniform" in ±gain √(3 / fan), or "truncated" at two deviations
 * @returns a tensor of `shape`
 * @throws ShapeError for fewer than two axes; ArgumentError for a gain that is negative or not finite
 * @example
 * init.lecun(random.key(0), [8, 4]).shape // [8, 4]
 * @see LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", §4.6
 */
export function lecun(key: Tensor, shape: Shape, options: FanScaledOptions = {}): Tensor {
  const { gain = 1, fan = "in", mode = "normal" } = options;
  const std = checkGain("init.lecun", gain) * perFan(fanOf("init.lecun", shape, fan, options));
  return draw("init.lecun", key, shape, std, mode, options);
}

/**
 * He's initialisation: standard deviation gain / √fan with the gain √2 of rectified units.
 *
 * @param key - u32 [2]
 * @param shape - [out, in, …k]
 * @param options.gain - default √2
 * @param options.fan - "in" (default) keeps the variance of the forward pass, "out" that of the backward pass
 * @param options.mode - "normal" (default), "uniform" in ±gain √(3 / fan), or "truncated" at two deviations
 * @returns a tensor of `shape`
 * @throws ShapeError for fewer than two axes; ArgumentError for a gain that is negative or not finite
 * @example
 * init.he(random.key(0), [8, 4, 3, 3], { mode: "uniform" }).shape // [8, 4, 3, 3]
 * @see He, Zhang, Ren & Sun 2015, "Delving deep into rectifiers", eq. 10
 */
export function he(key: Tensor, shape: Shape, options: FanScaledOptions = {}): Tensor {
  const { gain = Math.SQRT2, fan = "in", mode = "normal" } = options;
  const std = checkGain("init.he", gain) * perFan(fanOf("init.he", shape, fan, options));
  return draw("init.he", key, shape, std, mode, options);
}

/**
 * Xavier's initialisation: standard deviation gain √(2 / (fan-in + fan-out)), for tanh and attention.
 *
 * @param key - u32 [2]
 * @param shape - [out, in, …k]
 * @param options.gain - default 1
 * @param options.mode - "normal" (default), "uniform" in ±gain √(6 / (fan-in + fan-out)), or "truncated"
 * @returns a tensor of `shape`
 * @throws ShapeError for fewer than two axes; ArgumentError for a gain that is negative or not finite
 * @example
 * init.xavier(random.key(0), [8, 4]).shape // [8, 4]
 * @see Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", eq. 16
 */
export function xavier(key: Tensor, shape: Shape, options: ScaledOptions = {}): Tensor {
  const { gain = 1, mode = "normal" } = options;
  const { in: fanIn, out: fanOut } = fans(shape, options);
  const std = checkGain("init.xavier", gain) * perFan((fanIn + fanOut) / 2);
  return draw("init.xavier", key, shape, std, mode, options);
}

/**
 * Uniform in ±1/√fan-in, the default of PyTorch's linear and convolution layers (He's with the gain √⅓).
 *
 * @param key - u32 [2]
 * @param shape - of the parameter: the weight itself, or its bias
 * @param options.fanIn - inputs of one output; default that of `shape`. Biases need it: they have none of their own
 * @returns a tensor of `shape`
 * @throws ShapeError for fewer than two axes where fanIn is not given
 * @example
 * init.fanInUniform(random.key(0), [8], { fanIn: 4 }).shape // [8]
 */
export function fanInUniform(
  key: Tensor,
  shape: Shape,
  options: InitOptions & FanOptions & { readonly fanIn?: number | undefined } = {},
): Tensor {
  const { fanIn = fanOf("init.fanInUniform", shape, "in", options) } = options;
  return draw("init.fanInUniform", key, shape, perFan(fanIn) / Math.sqrt(3), "uniform", options);
}
