import * as fc from "fast-check";

/** A balanced problem: whole weights with equal sums, some of them zero, and costs that are often equal. */
export interface Case {
  readonly a: number[];
  readonly b: number[];
  readonly C: number[][];
}

const vector = (n: number, values: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(values, { minLength: n, maxLength: n });

const size = fc.integer({ min: 1, max: 9 });

/** Costs: few whole numbers, so that many plans are optimal, or many different ones; huge and tiny. */
const costs = fc.oneof(
  fc.constant(fc.integer({ min: 0, max: 3 })),
  fc.constant(fc.integer({ min: -1000, max: 1000 })),
  fc.constant(fc.integer({ min: 0, max: 2 ** 30 }).map((k) => k * 1e3)),
  fc.constant(fc.integer({ min: 0, max: 2 ** 30 }).map((k) => k * 1e-21)),
);

/** Moves b's sum to a's. */
function balance(a: number[], b: number[]): Pick<Case, "a" | "b"> {
  const [left, right] = [a, b].map((w) => w.reduce((s, x) => s + x, 0)) as [number, number];
  return { a: a.map((w) => w * right), b: b.map((w) => w * left) };
}

const weights = (n: number): fc.Arbitrary<number[]> =>
  vector(n, fc.integer({ min: 0, max: 6 })).filter((w) => w.some((x) => x > 0));

/** Balanced problems of up to 9×9 points. */
export const cases: fc.Arbitrary<Case> = fc.tuple(size, size, costs).chain(([n, m, c]) =>
  fc.tuple(weights(n), weights(m), vector(n * m, c)).map(([a, b, flat]) => ({
    ...balance(a, b),
    C: a.map((_, i) => flat.slice(i * m, (i + 1) * m)),
  })),
);

/** Costs between equally many points. */
export const squares: fc.Arbitrary<number[][]> = fc
  .tuple(size, costs)
  .chain(([n, c]) => fc.array(vector(n, c), { minLength: n, maxLength: n }));
