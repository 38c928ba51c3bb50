import { ArgumentError, isTensor, jit, random, type Tensor, tensor } from "@x/tensor";
import { rateAt } from "../core/rate";
import type { Rate } from "../types";

/** Options of every bilevel solver. */
export interface SolverOptions<B> {
  /**
   * Draws what both levels are evaluated on from a random key, inside `jit`; each use gets a fresh draw.
   * Default: the batch is undefined, and the levels are deterministic.
   */
  readonly sample?: ((key: Tensor) => B) | undefined;
  /** Random key; needed with `sample`. */
  readonly key?: Tensor | undefined;
  /** Whether steps are compiled; `false` runs them operation by operation. Default true. */
  readonly jit?: boolean | undefined;
}

/** The key of a solver's state: null for a deterministic problem. */
export function startKey(caller: string, { sample, key }: SolverOptions<unknown>): Tensor | null {
  if (sample === undefined) return null;
  if (isTensor(key)) return key;
  throw new ArgumentError(
    `${caller}: expected a random key beside sample; got ${typeof key}; pass key: random.key(seed)`,
  );
}

/** Fresh batches of one step: `draw(stream, index)` never repeats a key within a run. */
export type Draw = (stream: number, index?: number | Tensor) => unknown;

export function drawAt(
  sample: ((key: Tensor) => unknown) | undefined,
  key: Tensor | null,
  step: Tensor,
): Draw {
  if (sample === undefined || key === null) return () => undefined;
  const ofStep = random.foldIn(key, step);
  return (stream, index = 0) => sample(random.foldIn(random.foldIn(ofStep, stream), index));
}

/** A function compiled unless the caller wants it plain. */
export const compiled = <A extends unknown[], R>(
  { jit: wanted = true }: SolverOptions<never>,
  f: (...args: A) => R,
  name: string,
): ((...args: A) => R) => (wanted ? jit(f, { name }) : f);

/** Rates at a step as scalar tensors in f64, so that functions of plain numbers need not be traced. */
export const ratesAt = (caller: string, rates: readonly Rate[], step: Tensor): Tensor[] =>
  rates.map((rate) => {
    const value = rateAt(caller, rate, step);
    return isTensor(value) ? value.cast("f64") : tensor(value, { dtype: "f64" });
  });
