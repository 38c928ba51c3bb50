import fc from "fast-check";

/** A balanced problem. */
export interface Problem {
  readonly n: number;
  readonly m: number;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly C: number[][];
}

const normalised = (weights: readonly number[]): Float64Array => {
  const sum = weights.reduce((x, y) => x + y, 0);
  return Float64Array.from(weights, (w) => w / sum);
};

/** Problems of up to 9 × 9 points with costs in [0, 1] and weights whose ratio is at most 20. */
export const problems: fc.Arbitrary<Problem> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([n, m]) =>
    fc.record({
      n: fc.constant(n),
      m: fc.constant(m),
      a: weights(n),
      b: weights(m),
      C: fc.array(fc.array(unit(0), { minLength: m, maxLength: m }), {
        minLength: n,
        maxLength: n,
      }),
    }),
  );

const unit = (min: number): fc.Arbitrary<number> => fc.double({ min, max: 1, noNaN: true });

const weights = (length: number): fc.Arbitrary<Float64Array> =>
  fc.array(unit(0.05), { minLength: length, maxLength: length }).map(normalised);

/** Σ|x − y|. */
export function distance1(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs((x[i] as number) - (y[i] as number));
  return sum;
}

/**
 * Iterations of Sinkhorn as they are in the books, on logarithms, with no thought of speed: an oracle.
 *
 * @returns the plan in C order
 */
export function bookSinkhorn(
  { n, m, a, b, C }: Problem,
  eps: number,
  iterations: number,
): Float64Array {
  const [f, g] = [new Float64Array(n), new Float64Array(m)];
  const logSum = (z: number[]): number => {
    const top = Math.max(...z);
    return top + Math.log(z.reduce((sum, value) => sum + Math.exp(value - top), 0));
  };
  const cost = (i: number, j: number): number => (C[i] as number[])[j] as number;
  for (let k = 0; k < iterations; k++) {
    for (let i = 0; i < n; i++)
      f[i] =
        -eps * logSum(Array.from(g, (y, j) => Math.log(b[j] as number) + (y - cost(i, j)) / eps));
    for (let j = 0; j < m; j++)
      g[j] =
        -eps * logSum(Array.from(f, (x, i) => Math.log(a[i] as number) + (x - cost(i, j)) / eps));
  }
  return Float64Array.from({ length: n * m }, (_, k) => {
    const [i, j] = [Math.floor(k / m), k % m];
    const z = ((f[i] as number) + (g[j] as number) - cost(i, j)) / eps;
    return (a[i] as number) * (b[j] as number) * Math.exp(z);
  });
}
