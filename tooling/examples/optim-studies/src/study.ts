import type { DigitData } from "example-digits/digits";
import type { TopLevelSpec } from "vega-lite";

/** What a study may use. */
export interface StudyContext {
  /** Real digits if the user named a folder, drawn ones otherwise; loaded at the first call. */
  readonly digits: () => DigitData;
  /** Seed of everything random. */
  readonly seed: number;
  /** A minute's version in a few seconds: fewer settings, fewer steps. Its figures mean little. */
  readonly quick: boolean;
  /** Says how far the study is: one line. */
  readonly say: (line: string) => void;
}

/** Rows of figures. */
export interface StudyTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  /** What the rows are; a line above them. */
  readonly caption?: string;
}

/** A plot, as a Vega-Lite specification with its data. */
export interface StudyChart {
  readonly title: string;
  readonly specification: TopLevelSpec;
}

/** A picture of grey levels 0 … 255, row by row. */
export interface StudyImage {
  readonly title: string;
  readonly width: number;
  readonly pixels: Uint8Array;
}

/** What came of a study. */
export interface StudyResult {
  /** What the figures say, a paragraph each; with the figures that bear it. */
  readonly findings: readonly string[];
  readonly tables: readonly StudyTable[];
  readonly charts: readonly StudyChart[];
  /** Default none. */
  readonly images?: readonly StudyImage[];
}

/** A question, and the runs that answer it. */
export interface Study {
  /** A heading. */
  readonly title: string;
  /** What is compared and how, for a reader who has not seen the code; a paragraph each. */
  readonly method: readonly string[];
  readonly run: (context: StudyContext) => StudyResult | Promise<StudyResult>;
}
