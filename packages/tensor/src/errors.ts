/** What an error carries besides its text: the values that the text speaks of. */
export type ErrorData = Readonly<Record<string, unknown>>;

/**
 * Shapes, axes or lengths that do not fit an operation.
 *
 * The text reads `operation: what was expected; what came; what to do`.
 */
export class ShapeError extends RangeError {
  override readonly name: string = "ShapeError";
  readonly code: string = "ERR_SHAPE";
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}

/** An argument of the wrong kind, dtype or value. */
export class ArgumentError extends TypeError {
  override readonly name: string = "ArgumentError";
  readonly code: string = "ERR_ARGUMENT";
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}

/** An iterative method stopped before its tolerance, and the caller asked to be told by an exception. */
export class ConvergenceError extends Error {
  override readonly name: string = "ConvergenceError";
  readonly code: string = "ERR_CONVERGENCE";
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}

/** A device is missing, lost or out of memory. */
export class DeviceError extends Error {
  override readonly name: string = "DeviceError";
  readonly code: string = "ERR_DEVICE";
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}

/** A traced value was used where only a concrete one can be: a branch, a side effect, or after its trace ended. */
export class TraceError extends Error {
  override readonly name: string = "TraceError";
  readonly code: string = "ERR_TRACE";
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}
