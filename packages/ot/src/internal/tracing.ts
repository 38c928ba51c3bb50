import { ArgumentError, customVjp, stopGradient, type Tensor } from "@x/tensor";

/**
 * What looks at the values of a computation: nothing (they are plain numbers), differentiation in reverse or forward
 * mode, or a transformation that runs the computation later or on a batch (`jit`, `vmap`).
 */
type Tracing = "none" | "reverse" | "forward" | "staged";

/** True for tensors that no transformation looks at: there is nothing to stop in them. */
const isPlain = (x: Tensor): boolean => stopGradient(x) === x;

/** Thrown through a computation, so that it leaves no record. */
class Noticed extends Error {
  /** What reverse mode looks at, without it. */
  readonly inner: readonly Tensor[];
  constructor(inner: readonly Tensor[]) {
    super("reverse mode");
    this.inner = inner;
  }
}

/** True while {@link tracingOf} waits for an answer; a program that has the probe in it may run at other times. */
let asking = false;

/** The first of some tensors. */
const probe: (...xs: Tensor[]) => Tensor = customVjp(
  (...xs: Tensor[]) => xs[0] as Tensor,
  (...xs) => {
    if (asking) throw new Noticed(xs);
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
export const tracingOf = (xs: readonly Tensor[]): Tracing => ask(xs).tracing;

/** True if what looks at some tensors is reverse mode alone, once: their derivatives of first order are all that is asked for. */
export function isFirstOrder(xs: readonly Tensor[]): boolean {
  const { tracing, inner } = ask(xs);
  return tracing === "reverse" && inner.every(isPlain);
}

function ask(xs: readonly Tensor[]): { tracing: Tracing; inner: readonly Tensor[] } {
  if (xs.every(isPlain)) return { tracing: "none", inner: xs };
  asking = true;
  try {
    probe(...xs);
    return { tracing: "staged", inner: xs };
  } catch (error) {
    if (error instanceof Noticed) return { tracing: "reverse", inner: error.inner };
    if (error instanceof ArgumentError) return { tracing: "forward", inner: xs };
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
