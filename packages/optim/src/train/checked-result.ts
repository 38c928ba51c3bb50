import { ArgumentError, isTensor } from "@x/tensor";
import type { LossResult } from "./options";

const isScalar = (x: unknown): boolean => isTensor(x) && x.shape.length === 0;

const kindOf = (x: unknown): string => (isTensor(x) ? `shape [${x.shape.join(", ")}]` : typeof x);

/** What a loss returned, as an error says it, with advice. */
function gotInstead(result: unknown): string {
  const { loss, then } = (result ?? {}) as { loss?: unknown; then?: unknown };
  if (then) {
    // It fails, too, as tracing is over; nobody waits for it.
    (result as Promise<unknown>).then(null, () => {});
    return "a promise; loss must not be async";
  }
  if (Array.isArray(result)) return "a list; return { loss, modelState }";
  return `${kindOf(loss ?? result)}; end it with mean() or sum()`;
}

/**
 * Refuses what cannot be differentiated, in the name of the loop that asked for it, and a model's state that would stay
 * behind unnoticed.
 */
export function checkedResult<M>(result: LossResult<M>, hasState: boolean): LossResult<M> {
  const refuse = (expected: string, got: string): never => {
    throw new ArgumentError(`train: expected ${expected}; got ${got}`);
  };
  const { loss, metrics, modelState } = (result ?? {}) as Partial<LossResult<M>>;
  if (!isScalar(loss)) {
    refuse("loss to return a scalar tensor, or { loss } with one", gotInstead(result));
  }
  for (const [name, x] of Object.entries(metrics ?? {})) {
    if (!isScalar(x)) refuse(`metrics.${name} to be a scalar tensor`, kindOf(x));
  }
  if (hasState && modelState === undefined) {
    refuse("loss to return { loss, modelState }", "no modelState");
  }
  return result;
}
