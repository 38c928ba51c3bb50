import { ArgumentError, isTensor } from "@x/tensor";
import type { LossResult } from "./options";

const isScalar = (x: unknown): boolean => isTensor(x) && x.shape.length === 0;

/** What a loss returned, as an error says it, with advice. */
function gotInstead(result: unknown): string {
  const { loss, then } = (result ?? {}) as { loss?: unknown; then?: unknown };
  if (typeof then === "function") {
    // It fails, too, as tracing is over; nobody waits for it.
    Promise.resolve(result).catch(() => undefined);
    return "a promise; loss must not be async: wait for data in batch";
  }
  if (Array.isArray(result)) return "an array; return { loss, modelState }";
  const given = loss ?? result;
  const name = isTensor(given)
    ? `a tensor of shape [${given.shape.join(", ")}]`
    : given === undefined || given === null
      ? String(given)
      : typeof given === "object"
        ? `an object of ${Object.keys(given).join(", ") || "nothing"}`
        : `a ${typeof given}`;
  return `${name}; end it with mean() or sum(), without item()`;
}

/**
 * Refuses what cannot be differentiated, in the name of the loop that asked for it, and a model's state that would stay
 * behind unnoticed.
 */
export function checkedResult<M>(result: LossResult<M>, hasState: boolean): LossResult<M> {
  const { loss, metrics, modelState } = (result ?? {}) as Partial<LossResult<M>>;
  if (!isScalar(loss)) {
    throw new ArgumentError(
      `train: expected loss to return a scalar tensor, or { loss } with one; got ${gotInstead(result)}`,
    );
  }
  for (const [name, x] of Object.entries(metrics ?? {})) {
    if (isScalar(x)) continue;
    const got = isTensor(x) ? `shape [${x.shape.join(", ")}]` : `a ${typeof x}`;
    throw new ArgumentError(`train: expected metrics.${name} to be a scalar tensor; got ${got}`);
  }
  if (hasState && modelState === undefined) {
    throw new ArgumentError(
      "train: expected loss to return { loss, modelState }, as train has a modelState; got none; return the next one, or the one of the context to keep it",
    );
  }
  return result;
}
