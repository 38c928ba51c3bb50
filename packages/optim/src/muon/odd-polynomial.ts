/** (a, b, c) of the polynomial a·s + b·s³ + c·s⁵. */
export type OddPolynomial = readonly [a: number, b: number, c: number];

/** a·s + b·s³ + c·s⁵. */
export const oddPolynomialAt = ([a, b, c]: OddPolynomial, s: number): number => {
  const square = s * s;
  return s * (a + square * (b + square * c));
};

/** Smallest and largest value of an odd polynomial on an interval of positive numbers. */
export function imageOfInterval(
  p: OddPolynomial,
  [low, high]: readonly [number, number],
): readonly [number, number] {
  const candidates = [low, high, ...stationaryPoints(p).filter((s) => s > low && s < high)];
  const values = candidates.map((s) => oddPolynomialAt(p, s));
  return [Math.min(...values), Math.max(...values)];
}

/** Positive zeros of the derivative a + 3bs² + 5cs⁴. */
function stationaryPoints([a, b, c]: OddPolynomial): number[] {
  if (c === 0) return b === 0 ? [] : [Math.sqrt(-a / (3 * b))];
  const root = Math.sqrt(9 * b * b - 20 * a * c);
  return [Math.sqrt((-3 * b - root) / (10 * c)), Math.sqrt((-3 * b + root) / (10 * c))];
}
