import { type Matrix, matrixOf, readMatrix } from "../internal/read";
import type { Values } from "../values";

/** What a pass over costs tells. */
interface Extent {
  /**
   * The largest size of a finite cost, at least the least positive number; where all sizes are usual only to within
   * the root of the number of costs.
   */
  readonly size: number;
  /** Whether no cost is infinite. */
  readonly finite: boolean;
  /** Whether there is neither NaN nor −∞. */
  readonly legal: boolean;
}

/** Costs, with their extent if it is known. */
export interface CostValues extends Matrix {
  readonly extent?: Extent;
}

/** Sums of squares within these have lost nothing: neither has a large cost overflowed nor a small one vanished. */
const [LOW, HIGH] = [1e-250, 1e250];

/** The extent of costs. */
export function extent(costs: Float64Array): Extent {
  const squares = sumOfSquares(costs);
  if (squares > LOW && squares < HIGH)
    return { size: Math.sqrt(squares), finite: true, legal: true };
  let size = Number.MIN_VALUE;
  let finite = true;
  let legal = true;
  for (const cost of costs) {
    if (Number.isFinite(cost)) size = Math.max(size, Math.abs(cost));
    else {
      finite = false;
      legal &&= cost === Infinity;
    }
  }
  return { size, finite, legal };
}

/** In four sums that do not wait for each other, and by index: a quarter of the time. */
function sumOfSquares(x: Float64Array): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const end = x.length - (x.length % 4);
  for (let k = 0; k < end; k += 4) {
    const x0 = x[k] as number;
    const x1 = x[k + 1] as number;
    const x2 = x[k + 2] as number;
    const x3 = x[k + 3] as number;
    s0 += x0 * x0;
    s1 += x1 * x1;
    s2 += x2 * x2;
    s3 += x3 * x3;
  }
  for (let k = end; k < x.length; k++) s0 += (x[k] as number) ** 2;
  return s0 + s1 + (s2 + s3);
}

/**
 * A cost matrix, +∞ where a pair is forbidden; checked in one pass with its extent, faster than `readCostsAndLargest`.
 *
 * @throws ShapeError, ArgumentError, TraceError as `readMatrix`
 */
export function readCosts(operation: string, C: Values): CostValues {
  const matrix = matrixOf(operation, "C", C);
  const found = extent(matrix.data);
  // It says what is wrong.
  return found.legal
    ? { ...matrix, extent: found }
    : readMatrix(operation, "C", C, { forbidden: true });
}
