import { refuse } from "./refuse";

/** What every reader of this module accepts. */
export interface ReadOptions {
  /** Most bytes that the decoded arrays of one file may take together; default 2 GiB. */
  readonly maxBytes?: number | undefined;
  /**
   * What becomes of 64-bit integers. `"exact"` (the default) gives `i32` (signed) or `u32` (unsigned)
   * and refuses values that do not fit; `"f64"` gives `f64`, rounding beyond ±2⁵³ to the nearest.
   */
  readonly int64?: "exact" | "f64" | undefined;
}

/** `ReadOptions` with the defaults filled in, and the name that errors start with. */
export interface ReadSettings {
  readonly reader: string;
  readonly maxBytes: number;
  readonly int64: "exact" | "f64";
}

/** Checks the options of a reader and fills in the defaults. */
export function readSettings(reader: string, options: ReadOptions = {}): ReadSettings {
  const { maxBytes = 2 ** 31, int64 = "exact" } = options;
  if (!(typeof maxBytes === "number" && maxBytes >= 0)) {
    refuse({
      reader,
      field: "options.maxBytes",
      expected: "a number of bytes, 0 or more",
      came: String(maxBytes),
    });
  }
  if (int64 !== "exact" && int64 !== "f64") {
    refuse({
      reader,
      field: "options.int64",
      expected: '"exact" or "f64"',
      came: String(int64),
    });
  }
  return { reader, maxBytes, int64 };
}
