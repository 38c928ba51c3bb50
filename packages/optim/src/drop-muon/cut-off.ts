import { ArgumentError, isTensor, type Tensor } from "@x/tensor";
import { readScalar } from "../core/scalar";
import { entriesOf, zipTrees } from "../core/tree";

/** What `update` was told. */
export type FirstActive = number | Tensor | undefined;

/** Gradients and how they are to be read. */
export interface CutOffQuestion {
  readonly grads: unknown;
  readonly params: unknown;
  readonly block: (path: readonly string[]) => number;
  readonly asked: FirstActive;
  /** Whether gradients must be `null` before the cut-off. */
  readonly truncated: boolean;
}

/**
 * The first active block, from what the caller says or else from where gradients begin.
 *
 * @throws ArgumentError when gradients have gaps or do not fit what the caller says
 */
export function cutOff({ grads, params, block, asked, truncated }: CutOffQuestion): number {
  // Only to be refused where the structures differ.
  zipTrees("dropMuon", { grads, params }, 0, { leaf: () => [], absent: () => [] });
  const given = new Set(entriesOf("dropMuon", grads).map(({ path }) => path.join(".")));
  const leaves = entriesOf("dropMuon", params).map(({ path }) => ({
    name: path.join("."),
    at: block(path),
  }));
  const first = told(asked) ?? found(leaves, given, truncated);
  const active = new Set(leaves.filter(({ name }) => given.has(name)).map(({ at }) => at));
  const missing = leaves.find(({ at }) => at >= first && !active.has(at));
  if (missing !== undefined) {
    throw new ArgumentError(
      `dropMuon: expected gradients from block ${first} on; block ${missing.at} (${missing.name}) has none; pass update the firstActive of the backward pass`,
      { firstActive: first, block: missing.at },
    );
  }
  const extra = leaves.find(({ name, at }) => at < first && given.has(name));
  if (truncated && extra !== undefined) {
    throw new ArgumentError(
      `dropMuon: expected no gradients before block ${first}; ${extra.name} of block ${extra.at} has one; use truncatedBackward with the same firstActive, or set truncated: false`,
      { firstActive: first, path: extra.name },
    );
  }
  return first;
}

function told(asked: FirstActive): number | undefined {
  const value = isTensor(asked) ? readScalar(asked) : asked;
  if (asked === undefined || (Number.isInteger(value) && (value as number) >= 1)) return value;
  throw new ArgumentError(
    `dropMuon: expected firstActive, a whole number ≥ 1 that is known beforehand; got ${value === undefined ? "a traced value" : value}; make it a static argument of jit`,
    { firstActive: value },
  );
}

function found(
  leaves: readonly { readonly name: string; readonly at: number }[],
  given: ReadonlySet<string>,
  truncated: boolean,
): number {
  const blocks = leaves.filter(({ name }) => given.has(name)).map(({ at }) => at);
  if (truncated && blocks.length > 0) return Math.min(...blocks);
  throw new ArgumentError(
    `dropMuon: expected { firstActive } as the last argument of update; got none${truncated ? ", and no gradients" : ""}; pass what sample() returned`,
  );
}
