/** What an error carries besides its text: the values that the text speaks of. */
export type ErrorData = Readonly<Record<string, unknown>>;

/**
 * Shapes, axes or lengths that do not fit an operation.
 *
 * The text reads `operation: what was expected; what came; what to do`.
 */
export class ShapeError extends RangeError {
  /** Name of the class. */
  override readonly name: string = "ShapeError";
  /** Tells the class apart where `instanceof` cannot: across copies of the package. */
  readonly code: string = "ERR_SHAPE";
  /** The values that the text speaks of. */
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}

/** An argument of the wrong kind, dtype or value. */
export class ArgumentError extends TypeError {
  /** Name of the class. */
  override readonly name: string = "ArgumentError";
  /** Tells the class apart where `instanceof` cannot: across copies of the package. */
  readonly code: string = "ERR_ARGUMENT";
  /** The values that the text speaks of. */
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}

/** An iterative method stopped before its tolerance, and the caller asked to be told by an exception. */
export class ConvergenceError extends Error {
  /** Name of the class. */
  override readonly name: string = "ConvergenceError";
  /** Tells the class apart where `instanceof` cannot: across copies of the package. */
  readonly code: string = "ERR_CONVERGENCE";
  /** The values that the text speaks of. */
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}

/** A device is missing, lost or out of memory. */
export class DeviceError extends Error {
  /** Name of the class. */
  override readonly name: string = "DeviceError";
  /** Tells the class apart where `instanceof` cannot: across copies of the package. */
  readonly code: string = "ERR_DEVICE";
  /** The values that the text speaks of. */
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}

/** A traced value was used where only a concrete one can be: a branch, a side effect, or after its trace ended. */
export class TraceError extends Error {
  /** Name of the class. */
  override readonly name: string = "TraceError";
  /** Tells the class apart where `instanceof` cannot: across copies of the package. */
  readonly code: string = "ERR_TRACE";
  /** The values that the text speaks of. */
  readonly data: ErrorData;
  constructor(message: string, data: ErrorData = {}) {
    super(message);
    this.data = data;
  }
}
