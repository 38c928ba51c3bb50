import { ArgumentError } from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import type { Values } from "../values";
import { JKO_NAMES, type JkoOptions, type JkoResult, jkoStep } from "./jko-step";

/** What {@link jkoFlow} takes. */
export interface JkoFlowOptions extends JkoOptions {
  /** Number of steps, ≥ 1. */
  readonly steps: number;
  /** Stops the flow between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every step, counted from 1. */
  readonly onStep?: ((step: number, result: JkoResult) => void) | undefined;
}

const NAMES: OptionNames<JkoFlowOptions> = {
  steps: 1,
  signal: 1,
  onStep: 1,
  ...JKO_NAMES,
};

/**
 * Several steps of {@link jkoStep}, on one set of points: a gradient flow in Wasserstein space at times τ, 2τ, ….
 *
 * @param p - histogram at the start, shape [n]; null for uniform
 * @param C - squared distances between the points, shape [n, n]
 * @returns the last step
 * @throws as {@link jkoStep}; the signal's reason when it is aborted
 * @example
 * await jkoFlow(p, C, { steps: 10, tau: 0.1, energy: { potential: V, entropy: 1 } });
 */
export async function jkoFlow(
  p: Values | null,
  C: Values,
  options: JkoFlowOptions,
): Promise<JkoResult> {
  checkOptionsGiven("jkoFlow", options, "{ steps, tau, energy }");
  checkOptionNames("jkoFlow", options, NAMES);
  const { steps, signal, onStep, ...each } = options;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new ArgumentError(`jkoFlow: expected a whole number of steps ≥ 1; got ${steps}`, {
      steps,
    });
  }
  let result: JkoResult | undefined;
  for (let step = 1; step <= steps; step++) {
    signal?.throwIfAborted();
    result = jkoStep(result?.q ?? p, C, each);
    onStep?.(step, result);
    await new Promise((resume) => setTimeout(resume, 0));
  }
  return result as JkoResult;
}
