import type { Row, Target, Unit } from "./row";

/** What `--json` writes for a row. `null` where there is none: no peer, no target, or the row failed. */
export interface Result {
  readonly name: string;
  readonly unit: Unit;
  readonly ours: number | null;
  readonly peer: number | null;
  readonly peerName: string | null;
  /** ours / peer: below 1, ours is the smaller (faster) one. */
  readonly ratio: number | null;
  readonly target: string | null;
  readonly met: boolean | null;
}

/** Medians of one row, in its unit. */
export interface Medians {
  readonly ours: number;
  readonly peer: number | null;
}

/** A target in words: `≤ 0.50×` of the peer's figure, or `≤ 15 µs`. */
export const targetText = ({ of, atMost }: Target, unit: Unit): string =>
  of === "ratio" ? `≤ ${atMost.toFixed(2)}×` : `≤ ${atMost} ${unit}`;

/** Result of a row that ran (`medians`) or failed (`null`). A ratio target is undecided without the peer. */
export function resultOf(row: Row, medians: Medians | null): Result {
  const ours = medians?.ours ?? null;
  const peer = medians?.peer ?? null;
  const ratio = ours === null || peer === null ? null : ours / peer;
  const judged = row.target?.of === "ratio" ? ratio : ours;
  return {
    name: row.name,
    unit: row.unit,
    ours,
    peer,
    peerName: row.peerName ?? null,
    ratio,
    target: row.target ? targetText(row.target, row.unit) : null,
    met: row.target === undefined || judged === null ? null : judged <= row.target.atMost,
  };
}
