import { ArgumentError, ShapeError, type Tensor } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import type { OptionNames } from "../internal/option-names";
import { elements, tensorOf } from "../internal/read";
import type { Values } from "../values";
import { DIRECTION_NAMES, type DirectionOptions, directions, type Sampler } from "./directions";

/** Which directions to slice along, and with what exponent. */
export interface SliceOptions extends DirectionOptions {
  /** Weights of the points of X, default 1/n. */
  readonly a?: Values | null | undefined;
  /** Weights of the points of Y, default 1/m; of the same sum as `a`. */
  readonly b?: Values | null | undefined;
  /** Exponent ≥ 1, default 2. */
  readonly p?: number | undefined;
  /** Number of directions, default 50; not used with `theta`. */
  readonly projections?: number | undefined;
  /** How directions are drawn, default `mc`. */
  readonly sampler?: Sampler | undefined;
  /** Directions of your own in place of drawn ones: unit rows, [L, d]. */
  readonly theta?: Values | undefined;
  /** Whether to bring the rows of `theta` to unit length instead of refusing others; default false. */
  readonly normalize?: boolean | undefined;
}

/** All names in {@link SliceOptions}. */
export const SLICE_NAMES: OptionNames<SliceOptions> = {
  a: 1,
  b: 1,
  p: 1,
  projections: 1,
  sampler: 1,
  theta: 1,
  normalize: 1,
  ...DIRECTION_NAMES,
};

/** Rows of unit length, or an error. */
function checkRows(operation: string, theta: Float64Array, d: number, normalize: boolean): void {
  for (let at = 0; at < theta.length; at += d) {
    const row = theta.subarray(at, at + d);
    const length = Math.hypot(...row);
    if (normalize && length > 0 && length < Infinity) {
      for (let k = 0; k < d; k++) row[k] = (row[k] as number) / length;
    } else if (!(Math.abs(length - 1) <= 1e-6)) {
      throw new ArgumentError(
        `${operation}: expected theta with rows of unit length; row ${at / d} has length ${length}; pass normalize: true`,
        { row: at / d, length },
      );
    }
  }
}

/** A copy of the directions given by the user. */
function givenDirections(
  operation: string,
  given: Values,
  d: number,
  normalize: boolean,
): Float64Array {
  const theta = tensorOf(operation, "theta", given);
  const { shape } = theta;
  if (shape.length !== 2 || shape[1] !== d || shape[0] === 0) {
    throw new ShapeError(
      `${operation}: expected theta of shape [directions, ${d}]; got [${shape.join(", ")}]`,
      { theta: shape },
    );
  }
  const data = elements(operation, "theta", theta).slice();
  checkRows(operation, data, d, normalize);
  return data;
}

/**
 * The directions that options ask for, [L, d] in C order.
 *
 * @throws ShapeError and ArgumentError for theta of another shape or with other than unit rows; as `directions`
 */
export function readDirections(operation: string, options: SliceOptions, d: number): Float64Array {
  const { theta, normalize = false, sampler = "mc", projections = 50 } = options;
  if (theta !== undefined) return givenDirections(operation, theta, d, normalize);
  return drawDirections(operation, sampler, projections, d, options).dataSync() as Float64Array;
}

/** `directions`, with an error that names the caller's option. */
export function drawDirections(
  operation: string,
  sampler: Sampler,
  projections: number,
  d: number,
  options: DirectionOptions,
): Tensor {
  checkChoice(operation, "sampler", sampler, ["mc", "orthogonal", "qmc"]);
  if (!Number.isInteger(projections) || projections < 1) {
    throw new ArgumentError(
      `${operation}: expected a positive integer of projections; got ${projections}`,
      { projections },
    );
  }
  const { seed, key, randomize } = options;
  return directions(sampler, projections, d, { seed, key, randomize });
}
