import { ArgumentError, checkpoint, type Tensor, valueAndGradWithAux } from "@x/tensor";
import { applyUpdates } from "../core/apply-updates";
import { checkCount } from "../core/check";
import type { GradientTransformation, OptState } from "../types";
import type { Derivatives, Point } from "./derivatives";
import { repeat } from "./loop";
import type { Vector } from "./vectors";

/** Differentiates through steps of the lower level's optimiser, in reverse (iterative differentiation). */
export interface UnrolledOptions {
  readonly method: "unrolled";
  /** The optimiser of y, applied from y on with fresh state. */
  readonly inner: GradientTransformation;
  /** T, the number of steps, ≥ 0. */
  readonly steps: number;
  /** K ≤ T: only the last K steps are differentiated. Default all. */
  readonly truncate?: number | undefined;
  /**
   * Steps between kept states: memory for T / c states and c intermediate steps in place of T steps, for one
   * more forward pass. Has to divide the number of differentiated steps. Default: everything is kept.
   */
  readonly checkpointEvery?: number | undefined;
}

/** Where an inner optimiser stands. */
export interface InnerState {
  readonly y: Vector;
  readonly state: OptState;
}

/** One step of the lower level's optimiser along a gradient. */
export function innerStep(
  inner: GradientTransformation,
  { y, state }: InnerState,
  gradient: Vector,
): InnerState {
  const step = inner.update(gradient, state, y);
  return { y: applyUpdates(y, step.updates), state: step.state };
}

/** ∇_x F(x, y_T(x)), F and y_T, where y_T comes from T steps of the inner optimiser from y. */
export function unrolled(
  derivatives: Derivatives,
  { x, y, batch }: Point,
  { inner, steps, truncate = steps, checkpointEvery }: UnrolledOptions,
): { readonly value: Tensor; readonly grad: Vector; readonly y: Vector } {
  const caller = derivatives.operation;
  checkCount(caller, "steps", steps, 0);
  checkCount(caller, "truncate", truncate, 0);
  const kept = Math.min(truncate, steps);
  const block = checkpointEvery ?? kept;
  if (checkpointEvery !== undefined && !(block > 0 && kept % block === 0)) {
    throw new ArgumentError(
      `${caller}: expected checkpointEvery to divide the ${kept} differentiated steps; got ${checkpointEvery}`,
      { checkpointEvery, steps: kept },
    );
  }
  const step = (at: Vector, s: InnerState): InnerState =>
    innerStep(inner, s, derivatives.lowerGradient({ x: at, y: s.y, batch }));
  const run = (at: Vector, count: number, from: InnerState): InnerState =>
    count === 0 ? from : repeat(count, (s: InnerState) => step(at, s), from);
  const start = run(x, steps - kept, { y, state: inner.init(y) });

  const through = (at: Vector): readonly [Tensor, Vector] => {
    let end = start;
    if (checkpointEvery === undefined) end = run(at, kept, start);
    else {
      const lean = checkpoint((p: Vector, s: InnerState) => run(p, block, s));
      for (let done = 0; done < kept; done += block) end = lean(at, end);
    }
    return [derivatives.upper(at, end.y, batch), end.y];
  };
  const [[value, reached], gradient] = valueAndGradWithAux(through)(x);
  return { value, grad: gradient, y: reached };
}
