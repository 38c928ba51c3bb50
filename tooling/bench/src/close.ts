import type { Closeness } from "./kit-types";

/**
 * Asserts that two lists of numbers agree.
 *
 * @throws Error naming the worst element, when the lengths differ or an element is too far off (NaN always is)
 */
export function assertClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative, absolute = 0 }: Closeness,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: expected ${expected.length} elements; got ${actual.length}`);
  }
  let worst = -1;
  let worstExcess = 0;
  for (let i = 0; i < expected.length; i++) {
    const want = expected[i] as number;
    if (actual[i] === want) continue; // equal infinities have no difference
    const error = Math.abs((actual[i] as number) - want);
    const excess = Number.isNaN(error) ? Infinity : error - absolute - relative * Math.abs(want);
    if (excess > worstExcess) {
      worst = i;
      worstExcess = excess;
    }
  }
  if (worst >= 0) {
    throw new Error(
      `${what}: the two sides differ most at element ${worst}: ` +
        `ours ${actual[worst]}, expected ${expected[worst]} (relative ${relative}, absolute ${absolute})`,
    );
  }
}
