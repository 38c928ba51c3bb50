import type { ErrorData } from "../errors";

/** A value is not what a test expects; test runners report it like their own. */
export class AssertionError extends Error {
  /** Name of the class. */
  override readonly name: string = "AssertionError";
  /** Tells the class apart where `instanceof` cannot: across copies of the package. */
  readonly code: string = "ERR_ASSERTION";
  /** The values that the text speaks of. */
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}
