import { ArgumentError } from "@x/tensor";
import type { Matrix } from "./read";
import { pickBlock, support } from "./support";

/**
 * Checks that every point with mass has a way to go.
 *
 * @param rowIndices - what the rows are to the user; undefined if as they come
 * @throws ArgumentError on a row or column without a finite cost
 */
export function checkPaths(
  operation: string,
  { data, rows, columns }: Matrix,
  rowIndices?: Int32Array,
  columnIndices?: Int32Array,
): void {
  const [row, column] = [new Uint8Array(rows), new Uint8Array(columns)];
  for (let i = 0, k = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, k++)
      if ((data[k] as number) < Infinity) row[i] = column[j] = 1;
  for (const [name, open, indices] of [
    ["row", row, rowIndices],
    ["column", column, columnIndices],
  ] as const) {
    const i = open.indexOf(0);
    if (i < 0) continue;
    const index = indices?.[i] ?? i;
    throw new ArgumentError(
      `${operation}: expected a finite cost in every row and column of positive weight; ${name} ${index} of C has none; give it weight 0 or allow a pair`,
      { [name]: index },
    );
  }
}

/**
 * {@link checkPaths} between the points of positive weight.
 *
 * @throws ArgumentError as there
 */
export function checkWays(
  operation: string,
  costs: Matrix,
  a: Float64Array,
  b: Float64Array,
): void {
  if (!costs.data.includes(Infinity)) return;
  const [rows, columns] = [support(a), support(b)];
  checkPaths(operation, pickBlock(costs, rows, columns), rows, columns);
}
