import { refuse } from "./refuse";

/** Most axes that a file may declare; NumPy's own limit. */
export const maxRank = 64;

/**
 * Number of elements of a declared shape.
 *
 * The product of the extents that are not zero must be an exact integer, also for empty arrays:
 * strides are made from it.
 *
 * @throws ArgumentError for more than 64 axes, or a product beyond 2⁵³ − 1
 */
export function elementCount(reader: string, field: string, shape: readonly number[]): number {
  if (shape.length > maxRank) {
    refuse({ reader, field, expected: `at most ${maxRank} axes`, came: `${shape.length}` });
  }
  let product = 1;
  for (const extent of shape) {
    if (extent !== 0) product *= extent;
    if (!Number.isSafeInteger(product)) {
      refuse({
        reader,
        field,
        expected: "extents whose product is below 2^53",
        came: `[${shape.join(", ")}]`,
      });
    }
  }
  return shape.includes(0) ? 0 : product;
}
