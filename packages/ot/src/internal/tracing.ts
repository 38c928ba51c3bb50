import { ArgumentError, customVjp, stopGradient, type Tensor } from "@x/tensor";

/**
 * What looks at the values of a computation: nothing (they are plain numbers), differentiation in reverse or forward
 * mode, or a transformation that runs the computation later or on a batch (`jit`, `vmap`).
 */
type Tracing = "none" | "reverse" | "forward" | "staged";

/** True for tensors that no transformation looks at: there is nothing to stop in them. */
const isPlain = (x: Tensor): boolean => stopGradient(x) === x;

/** Thrown through a computation, so that it leaves no record. */
const noticed = new Error("reverse mode");

/** True while {@link tracingOf} waits for an answer; a program that has the probe in it may run at other times. */
let asking = false;

/** The first of some tensors. */
const probe: (...xs: Tensor[]) => Tensor = customVjp(
  (...xs: Tensor[]) => xs[0] as Tensor,
  (...xs) => {
    if (asking) throw noticed;
    return [xs[0] as Tensor, null];
  },
  () => [],
);

/**
 * The innermost transformation that looks at some tensors.
 *
 * Asks a function with a derivative of its own what is done to it: reverse mode calls its forward function, forward
 * mode is refused, and staging does neither.
 */
export function tracingOf(xs: readonly Tensor[]): Tracing {
  if (xs.every(isPlain)) return "none";
  asking = true;
  try {
    probe(...xs);
    return "staged";
  } catch (error) {
    if (error === noticed) return "reverse";
    if (error instanceof ArgumentError) return "forward";
    throw error;
  } finally {
    asking = false;
  }
}

/** The value of a tensor inside differentiation without `jit`; undefined where there is none yet. */
export function knownValue(x: Tensor): Tensor | undefined {
  const stopped = stopGradient(x);
  return isPlain(stopped) ? stopped : undefined;
}
