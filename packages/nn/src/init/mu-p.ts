import { ArgumentError, type Shape, type Tensor } from "@x/tensor";
import { checkGain, draw } from "./draw";
import { fans } from "./fans";
import type { ScaledOptions } from "./scaled";

/** Where a weight stands: which of its sides grow with the width of the network. */
export type WidthRole = "input" | "hidden" | "output";

/** Options of {@link muP}. */
export interface MuPOptions extends ScaledOptions {
  /** "input": only the outputs grow; "hidden": both sides; "output": only the inputs. Default "hidden". */
  readonly role?: WidthRole | undefined;
  /** Fan-in of this weight in the network whose settings are to carry over; default that of `shape`, for no change. */
  readonly baseFanIn?: number | undefined;
}

/**
 * Initialisation of the maximal-update parametrisation: LeCun's, but output weights shrink with 1 / width.
 *
 * Standard deviation gain / √fan-in for input and hidden weights, gain · √baseFanIn / fan-in for output weights, so
 * that a network as wide as the base starts as LeCun's does. It takes learning rates that follow the width to match.
 *
 * @param key - u32 [2]
 * @param shape - [out, in, …k]
 * @param options.role - default "hidden"
 * @param options.baseFanIn - > 0
 * @param options.gain - default 1
 * @param options.mode - "normal" (default), "uniform" or "truncated"
 * @throws ShapeError for fewer than two axes; ArgumentError for another role
 * @example
 * init.muP(random.key(0), [10, 256], { role: "output", baseFanIn: 64 }).shape // [10, 256]
 * @see Yang & Hu 2021, "Feature learning in infinite-width neural networks"; Yang et al. 2022, "Tensor Programs V", table 3
 */
export function muP(key: Tensor, shape: Shape, options: MuPOptions = {}): Tensor {
  const { in: fanIn } = fans(shape, options);
  const { role = "hidden", gain = 1, mode = "normal", baseFanIn = fanIn } = options;
  if (!["input", "hidden", "output"].includes(role) || !(baseFanIn > 0)) {
    throw new ArgumentError(
      `init.muP: expected role "input", "hidden" or "output" and baseFanIn > 0; got ${String(role)} and ${String(baseFanIn)}`,
      { role, baseFanIn },
    );
  }
  const lecunStd = checkGain("init.muP", gain) / Math.sqrt(Math.max(1, fanIn));
  const std = role === "output" ? lecunStd * Math.sqrt(baseFanIn / fanIn) : lecunStd;
  return draw("init.muP", key, shape, std, mode, options);
}
