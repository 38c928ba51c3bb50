import type { Kit } from "./kit-types";

/** Unit that a row's figures are stated in. Functions are timed in `ms` or `µs`; the others, sizes and errors, are measured by `sample`. */
export type Unit = "ms" | "µs" | "MB" | "kB" | "error";

/** What a row must show: an upper bound on ratio = ours / peer, or on our own figure in the row's unit. */
export interface Target {
  readonly of: "ratio" | "ours";
  readonly atMost: number;
}

/**
 * One side of a row: a function that the harness times (it awaits a returned promise and must contain the wait
 * for the result), or a measurement of its own that returns one figure in the row's unit.
 */
export type Subject = (() => unknown) | { readonly sample: () => number | Promise<number> };

/** A peer that this machine does not have, and what it lacks. The row is then measured without it. */
export interface Missing {
  readonly missing: string;
}

/** A row made ready: data in place, functions compiled. */
export interface Prepared {
  readonly ours: Subject;
  readonly peer?: Subject | Missing;
  /** Throws unless both sides compute the same thing, or, without a peer, unless ours computes the right one. */
  readonly check: () => void | Promise<void>;
  readonly dispose?: () => void | Promise<void>;
}

/** One comparison or one measurement. Every row runs in a process of its own. */
export interface Row {
  readonly name: string;
  readonly unit: Unit;
  readonly peerName?: string;
  readonly target?: Target;
  /** Exact number of samples, for measurements that are long or do not vary; default: as many as fit. */
  readonly samples?: number;
  /** Seconds after which the row is given up, default 180. */
  readonly timeLimit?: number;
  readonly setup: (kit: Kit) => Prepared | Promise<Prepared>;
}

/** What a `*.bench.ts` file exports as `rows`. */
export type Rows = readonly Row[];
