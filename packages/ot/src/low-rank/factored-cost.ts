import { ArgumentError, ShapeError } from "@x/tensor";
import { checkOptionNames } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { checkCostRange } from "../internal/ranges";
import { type Matrix, readMatrix } from "../internal/read";
import type { Values } from "../values";

/** A cost matrix C = A Bᵀ, or the points between which squared Euclid is one. */
export type FactoredCost =
  | { readonly A: Values; readonly B: Values }
  | { readonly X: Values; readonly Y: Values };

/** The factors of a cost, shapes [n, k] and [m, k]. */
export interface CostFactors {
  readonly A: Matrix;
  readonly B: Matrix;
  /** The points of the second measure, if there are any. */
  readonly Y?: Values | undefined;
}

/** ‖x−y‖² = [‖x‖², 1, −2x] · [1, ‖y‖², y] about the common mean, where the fewest digits cancel. */
function squaredFactors(x: Matrix, y: Matrix): Omit<CostFactors, "Y"> {
  const d = x.columns;
  const centre = new Float64Array(d);
  for (const { data } of [x, y])
    for (let i = 0; i < data.length; i++)
      centre[i % d] = (centre[i % d] as number) + (data[i] as number) / (x.rows + y.rows);
  const extend = ({ data, rows }: Matrix, first: boolean): Matrix => {
    const out = new Float64Array(rows * (d + 2));
    for (let i = 0; i < rows; i++) {
      const row = out.subarray(i * (d + 2), (i + 1) * (d + 2));
      let square = 0;
      for (let k = 0; k < d; k++) {
        const z = (data[i * d + k] as number) - (centre[k] as number);
        square += z * z;
        row[k + 2] = first ? -2 * z : z;
      }
      row[first ? 0 : 1] = square;
      row[first ? 1 : 0] = 1;
    }
    return { data: out, rows, columns: d + 2 };
  };
  return { A: extend(x, true), B: extend(y, false) };
}

/**
 * Reads a factored cost.
 *
 * @throws ShapeError unless both factors, or both clouds, have the same number of columns
 * @throws ArgumentError if costs overflow
 */
export function readFactors(operation: string, cost: FactoredCost): CostFactors {
  checkOptionsGiven(operation, cost, "{ X, Y }", "a cost");
  const names = "A" in cost ? { A: 1, B: 1 } : { X: 1, Y: 1 };
  checkOptionNames(operation, cost, names as Record<string, 1>, "a cost of");
  const named = "A" in cost ? [cost.A, cost.B, "A", "B"] : [cost.X, cost.Y, "X", "Y"];
  const [first, second, one, two] = named as [Values, Values, string, string];
  if (first === undefined || second === undefined) {
    throw new ArgumentError(
      `${operation}: expected the cost as { X, Y } (points) or { A, B } (factors); one of the two is missing; give both`,
    );
  }
  const [p, q] = [readMatrix(operation, one, first), readMatrix(operation, two, second)];
  if (p.columns !== q.columns) {
    throw new ShapeError(
      `${operation}: expected ${one} and ${two} with the same number of columns; got [${p.rows}, ${p.columns}] and [${q.rows}, ${q.columns}]`,
      { [one]: [p.rows, p.columns], [two]: [q.rows, q.columns] },
    );
  }
  const both = { x: p, y: q, names: [one, two] } as const;
  checkCostRange(operation, both, "A" in cost ? "dot" : "sqeuclidean");
  return "A" in cost ? { A: p, B: q } : { ...squaredFactors(p, q), Y: second };
}
