import { ArgumentError, type Shape, ShapeError } from "@x/tensor";

/** How many inputs one output of a weight sees, and how many outputs one input reaches. */
export interface Fans {
  /** in · Πk of a weight [out, in, …k]. */
  readonly in: number;
  /** out · Πk. */
  readonly out: number;
}

/** Which of the two counts sets the variance. */
export type Fan = "in" | "out" | "average";

/** How a weight's axes are to be read. */
export interface FanOptions {
  /** True for the kernels [in, out, …k] of transposed convolutions, whose two counts change places; default false. */
  readonly transposed?: boolean | undefined;
}

/**
 * Fan-in and fan-out of a weight.
 *
 * @param shape - [out, in, …k]: a dense weight or a convolution kernel (in is counted for one group)
 * @param options.transposed - the shape is [in, out, …k]; default false
 * @returns in · Πk and out · Πk
 * @throws ShapeError for fewer than two axes: a vector has no fans
 * @example
 * init.fans([6, 2, 3, 5]) // { in: 30, out: 90 }
 */
export function fans(shape: Shape, options: FanOptions = {}): Fans {
  if (shape.length < 2) {
    throw new ShapeError(
      `init.fans: expected a weight [out, in, …kernel]; got shape [${shape.join(", ")}]; start vectors with zeros or ones`,
      { shape },
    );
  }
  const [first, second, ...kernel] = shape as [number, number, ...number[]];
  const taps = kernel.reduce((n, k) => n * k, 1);
  const [out, inputs] = options.transposed ? [second, first] : [first, second];
  return { in: inputs * taps, out: out * taps };
}

/**
 * The count that an initialiser divides by.
 *
 * @throws ArgumentError unless `fan` is "in", "out" or "average"
 */
export function fanOf(operation: string, shape: Shape, fan: Fan, options: FanOptions): number {
  const counts = fans(shape, options);
  if (fan === "in" || fan === "out") return counts[fan];
  if (fan === "average") return (counts.in + counts.out) / 2;
  throw new ArgumentError(
    `${operation}: expected fan "in", "out" or "average"; got ${String(fan)}`,
    { fan },
  );
}
