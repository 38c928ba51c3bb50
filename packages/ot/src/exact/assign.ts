import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { ArgumentBlock } from "@x/tensor/kernels";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { readMatrix, total } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { Values } from "../values";
import { placeLoose } from "./cost-source";
import { exactKernels } from "./module";

/** Options of {@link assign}. */
export interface AssignOptions {
  /** Whether to look for the largest sum instead of the smallest; default false. */
  readonly maximize?: boolean | undefined;
}

const NAMES: OptionNames<AssignOptions> = {
  maximize: 1,
};

/** An optimal assignment and the potentials that prove it. */
export interface AssignResult {
  /** The column of each row; −1 for rows that are left over where n > m. */
  readonly rowToCol: Int32Array;
  /** Sum of the chosen elements, and Σ u + Σ v. */
  readonly cost: number;
  /** Shape [n], f64: u_i + v_j ≤ C_ij (≥ with `maximize`), with equality for chosen pairs; 0 for rows left over. */
  readonly u: Tensor;
  /** Shape [m], f64; 0 for columns left over. */
  readonly v: Tensor;
}

/** A problem with no more rows than columns, and its solution. */
interface Wide {
  readonly data: Float64Array;
  readonly n: number;
  readonly m: number;
}

/**
 * Pairs rows with different columns at the least total cost.
 *
 * Shortest augmenting paths after column reduction, reduction transfer and two rounds of augmenting row reduction
 * (LAPJV); O(n² m) for n ≤ m. Sums of whole costs are exact.
 *
 * @param C - costs, shape [n, m]; +∞ forbids a pair, also with `maximize`
 * @returns a column for each row (for m of them where n > m), the cost and the potentials
 * @throws ArgumentError on NaN or −∞, or if forbidden pairs leave no assignment
 * @example
 * assign([[4, 1, 3], [2, 0, 5], [3, 2, 2]]).rowToCol // Int32Array [1, 0, 2]
 * @see Jonker & Volgenant 1987, "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
 */
export function assign(C: Values, options: AssignOptions = {}): AssignResult {
  checkOptionNames("assign", options, NAMES);
  const { maximize = false } = options;
  const { data, rows, columns } = readMatrix("assign", "C", C, { forbidden: true });
  const tall = rows > columns;
  const sign = maximize ? -1 : 1;
  const wide: Wide = {
    data: tall ? transposed(data, rows, columns) : data,
    n: Math.min(rows, columns),
    m: Math.max(rows, columns),
  };
  const costs = maximize ? wide.data.map((c) => (c === Infinity ? c : -c)) : wide.data;
  const { match, v, failed } = solve({ ...wide, data: costs });
  if (failed !== undefined) {
    const [kind, index] = failed;
    const name = (kind === "row") === tall ? "column" : "row";
    throw new ArgumentError(
      `assign: no feasible assignment: ${name} ${index} cannot be matched together with the others; the pairs left have infinite cost; allow some of them`,
      { [name]: index },
    );
  }
  const chosen = Float64Array.from(match, (j, i) => wide.data[i * wide.m + j] as number);
  const dualOut = v.map((x) => sign * x);
  const dualIn = chosen.map((c, i) => c - (dualOut[match[i] as number] as number));
  const [u, w] = tall ? [dualOut, dualIn] : [dualIn, dualOut];
  return {
    rowToCol: tall ? inverted(match, rows) : match,
    cost: total(chosen),
    u: tensor(u, { copy: false }),
    v: tensor(w, { copy: false }),
  };
}

interface Solution {
  readonly match: Int32Array;
  readonly v: Float64Array;
  /** What cannot be matched. */
  readonly failed?: readonly ["row" | "column", number];
}

function solve({ data, n, m }: Wide): Solution {
  return withWorkspace(exactKernels, (w) => {
    const [costs, v, match, columns] = [placeLoose(w, data), w.f64(m + 1), w.i32(n), w.i32(m)];
    const [distance, open, before] = [w.f64(m + 1), w.f64(m + 1), w.f64(m + 1)];
    const [visited, reached, unmatched, out] = [w.i32(m), w.f64(m), w.i32(n), w.i32(2)];
    const args = new ArgumentBlock().i32(n, m, costs, v, match, columns, distance, open, before);
    w.kernels.call("assign", args.i32(visited, reached, unmatched, out).words);
    const result = { match: w.readI32(match, n), v: w.readF64(v, m) };
    const [row = -1, column = -1] = w.readI32(out, 2);
    if (row >= 0) return { ...result, failed: ["row", row] };
    return column >= 0 ? { ...result, failed: ["column", column] } : result;
  });
}

function transposed(data: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] as number;
  return out;
}

/** The columns of rows from the rows of columns. */
function inverted(match: Int32Array, rows: number): Int32Array {
  const out = new Int32Array(rows).fill(-1);
  match.forEach((i, j) => {
    out[i] = j;
  });
  return out;
}
