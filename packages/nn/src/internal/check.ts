import { ArgumentError, ShapeError, type Tensor } from "@x/tensor";

/** @throws ArgumentError unless a size is a positive integer */
export function checkSize(operation: string, name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new ArgumentError(
    `${operation}: expected a positive integer for ${name}; got ${String(value)}`,
    { [name]: value },
  );
}

/** @throws ArgumentError unless a number is in [low, high] */
export function checkBetween(
  operation: string,
  name: string,
  value: number,
  low: number,
  high: number,
): void {
  if (value >= low && value <= high) return;
  const bounds = high === Infinity ? `≥ ${low}` : `from ${low} to ${high}`;
  throw new ArgumentError(`${operation}: expected ${name} ${bounds}; got ${String(value)}`, {
    [name]: value,
  });
}

/** @throws ShapeError unless x has at least `rank` axes and `length` along `axis` */
export function checkFeatures(
  operation: string,
  x: Tensor,
  axis: number,
  length: number,
  rank: number,
): void {
  const at = axis < 0 ? x.shape.length + axis : axis;
  if (x.shape.length >= rank && x.shape[at] === length) return;
  throw new ShapeError(
    `${operation}: expected ${length} features along axis ${axis} of at least ${rank} axes; got shape [${x.shape.join(", ")}]; transpose the input or make a layer for its size`,
    { shape: x.shape, axis, expected: length },
  );
}

/** The elements of a tensor, or nothing while it is being traced. */
export function valuesOf(x: Tensor): ArrayLike<number> | undefined {
  try {
    return x.dataSync();
  } catch (error) {
    // Two copies of the package may be loaded, so the class says nothing.
    if ((error as { code?: unknown }).code === "ERR_TRACE") return undefined;
    throw error;
  }
}
