import { ArgumentError } from "@x/tensor";
import { imageOfInterval, type OddPolynomial, oddPolynomialAt } from "./odd-polynomial";

/** How {@link polarExpressCoeffs} chooses its polynomials. */
export interface PolarExpressOptions {
  /** Smallest singular value to be served, relative to the largest, in (0, 1); default 1e-3. */
  readonly lower?: number;
  /** Number of polynomials, ≥ 1; default 5. */
  readonly steps?: number;
  /** Ratio below which an interval's lower end is cut off before it is optimised for, ≥ 0; default 0.02407327424182761. 0 never cuts. */
  readonly cushion?: number;
  /** Slack σ ≥ 1 for arithmetic that may leave [0, 1]; default 1. Then divide the input by σ‖X‖. */
  readonly safety?: number;
}

/** Polynomials to be applied one after the other, and where they send the singular values. */
export interface CoefficientSchedule {
  /** (a, b, c) of a·s + b·s³ + c·s⁵, one for each step. */
  readonly coeffs: readonly OddPolynomial[];
  /** Holds the images of all singular values of the interval that the schedule was made for. */
  readonly interval: readonly [low: number, high: number];
}

/** Where (15/8, −10/8, 3/8) is optimal to rounding, as the interval is a point. */
const nearlyOne = 1 - 5e-6;

/**
 * Degree-5 polynomials whose composition takes [lower, 1] to 1 as fast as any can: each is the best approximation
 * of 1 on what its predecessors leave.
 *
 * Step t minimises max |1 − p(s)| over s ∈ [ℓ, u], p(s) = as + bs³ + cs⁵, by Remez exchange; then ℓ ← p(ℓ), u ← 2 − ℓ.
 *
 * @returns the polynomials, and an interval that holds the image of [lower / safety, 1 / safety]
 * @throws ArgumentError for options out of range
 * @example
 * polarExpressCoeffs({ steps: 5 }).interval // [0.876, 1.124]
 * @see Amsel et al. 2025, "The Polar Express", algorithms 1 and 3
 */
export function polarExpressCoeffs(options: PolarExpressOptions = {}): CoefficientSchedule {
  const { lower = 1e-3, steps = 5, cushion = 0.02407327424182761, safety = 1 } = options;
  check("lower in (0, 1)", lower > 0 && lower < 1, { lower });
  check("steps, an integer ≥ 1", Number.isInteger(steps) && steps >= 1, { steps });
  check("cushion in [0, 1)", cushion >= 0 && cushion < 1, { cushion });
  check("a finite safety ≥ 1", safety >= 1 && safety < Infinity, { safety });
  let [low, high] = [lower, 1];
  const exact = Array.from({ length: steps }, () => {
    const p = step(low, high, cushion);
    low = oddPolynomialAt(p, low);
    high = 2 - low;
    return p;
  });
  const coeffs = exact.map(
    ([a, b, c], i): OddPolynomial =>
      i === steps - 1 ? [a, b, c] : [a / safety, b / safety ** 3, c / safety ** 5],
  );
  let interval: readonly [number, number] = [lower / safety, 1 / safety];
  for (const p of coeffs) interval = imageOfInterval(p, interval);
  return { coeffs, interval };
}

/** The best polynomial on [low, high], or on the part of it above the cushion, then centred around 1. */
function step(low: number, high: number, cushion: number): OddPolynomial {
  const from = Math.max(low, cushion * high);
  const p = bestOddQuintic(from, high);
  if (from === low) return p;
  const scale = 2 / (oddPolynomialAt(p, low) + oddPolynomialAt(p, high));
  return [p[0] * scale, p[1] * scale, p[2] * scale];
}

function bestOddQuintic(low: number, high: number): OddPolynomial {
  if (low / high >= nearlyOne) return [15 / 8 / high, -10 / 8 / high ** 3, 3 / 8 / high ** 5];
  let [q, r] = [(3 * low + high) / 4, (low + 3 * high) / 4];
  let before = Infinity;
  for (let i = 0; i < 100; i++) {
    const [a, b, c, error] = levelled([low, q, r, high]);
    if (Math.abs(error - before) < 1e-15) return [a, b, c];
    before = error;
    const root = Math.sqrt(9 * b * b - 20 * a * c);
    q = Math.sqrt((-3 * b - root) / (10 * c));
    r = Math.sqrt((-3 * b + root) / (10 * c));
    if (!(q < r)) return [a, b, c];
  }
  return levelled([low, q, r, high]).slice(0, 3) as unknown as OddPolynomial;
}

/** The polynomial whose error alternates in sign with one size at four points; that size comes last. */
function levelled(points: readonly number[]): [number, number, number, number] {
  const rows = points.map((x, i) => [x, x ** 3, x ** 5, i % 2 === 0 ? 1 : -1, 1]);
  for (let k = 0; k < 4; k++) eliminate(rows, k);
  return rows.map((row, k) => (row[4] as number) / (row[k] as number)) as [
    number,
    number,
    number,
    number,
  ];
}

/** Clears column k from all rows but the one with its largest entry, which moves to place k. */
function eliminate(rows: number[][], k: number): void {
  let best = k;
  for (let i = k + 1; i < rows.length; i++) {
    if (Math.abs(entry(rows, i, k)) > Math.abs(entry(rows, best, k))) best = i;
  }
  [rows[k], rows[best]] = [rows[best] as number[], rows[k] as number[]];
  const pivot = rows[k] as number[];
  rows.forEach((row, i) => {
    if (i === k) return;
    const factor = (row[k] as number) / (pivot[k] as number);
    pivot.forEach((value, j) => {
      row[j] = (row[j] as number) - factor * value;
    });
  });
}

const entry = (rows: readonly number[][], i: number, j: number): number =>
  (rows[i] as number[])[j] as number;

function check(what: string, ok: boolean, data: Record<string, number>): void {
  if (ok) return;
  const [name] = Object.keys(data) as [string];
  throw new ArgumentError(`polarExpressCoeffs: expected ${what}; got ${data[name]}`, data);
}
