import type { Medians } from "./result";

/** Which row a child process is to run. */
export interface Order {
  /** Path of the bench file. */
  readonly file: string;
  /** Position among the file's rows. */
  readonly index: number;
  /** Time for samples. */
  readonly seconds: number;
}

/** What came of it. `missing`: what the peer needs that this machine lacks. */
export type Reply =
  | { readonly medians: Medians; readonly missing: string | null }
  | { readonly error: string };
