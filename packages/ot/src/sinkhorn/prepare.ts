import { ArgumentError } from "@x/tensor";
import { defaultEps } from "../costs/default-eps";
import { checkPaths } from "../internal/paths";
import { type Masses, type Matrix, total } from "../internal/read";
import { pick, pickBlock, support } from "../internal/support";
import { type CostValues, extent } from "./read-costs";

/** A balanced entropic problem as a solver takes it: n ≥ m, unit mass, positive weights, costs of moderate size. */
export interface Prepared {
  readonly costs: Matrix;
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** In units of the given costs. */
  readonly eps: number;
  /** 1/ε of the prepared costs. */
  readonly eta: number;
  readonly mass: number;
  /** Given costs are the prepared ones times this. */
  readonly scale: number;
  /** Whether rows and columns are exchanged. */
  readonly transposed: boolean;
  /** Indices of the positive weights; undefined if all are. */
  readonly rows: Int32Array | undefined;
  readonly columns: Int32Array | undefined;
}

/**
 * ε, checked, or the default for the costs between points with weight.
 *
 * @throws ArgumentError unless it is positive and finite
 */
export function readEps(
  operation: string,
  eps: number | undefined,
  costs: Matrix,
  masses?: Masses,
): number {
  if (eps === undefined) {
    const { data } = masses ? pickBlock(costs, support(masses.a), support(masses.b)) : costs;
    const value = defaultEps(data);
    // The costs may be so large that their variance overflows.
    return value > 0 && value < Infinity ? value : 0.05 * extent(data).size;
  }
  if (typeof eps !== "number" || !(eps > 0 && eps < Infinity)) {
    throw new ArgumentError(`${operation}: expected eps > 0, in units of the cost; got ${eps}`, {
      eps,
    });
  }
  return eps;
}

/** Costs within these, and ε up to the larger one, need no scaling: neither 1/ε nor products with it leave the range. */
const [SMALL, LARGE] = [1e-140, 1e140];

function transpose({ data, rows, columns }: Matrix): Matrix {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j] as number;
  return { data: out, rows: columns, columns: rows };
}

/**
 * Removes what has no mass, exchanges the sides if there are more columns than rows, and scales.
 *
 * @throws ArgumentError if a row or column of positive weight has no finite cost
 */
export function prepare(
  operation: string,
  costs: CostValues,
  a: Float64Array,
  b: Float64Array,
  eps: number,
): Prepared {
  const [rows, columns] = [support(a), support(b)];
  let block = pickBlock(costs, rows, columns);
  const mass = total(a);
  const weights = [pick(a, rows), pick(b, columns)].map((w) => w.map((x) => x / mass));
  const whole = rows === undefined && columns === undefined;
  const { size: top, finite } = (whole ? costs.extent : undefined) ?? extent(block.data);
  // The larger of both: in units of costs far below it, ε would overflow, and 1/ε lose its digits.
  const unit = Math.max(top, eps);
  const scale = unit > LARGE || top < SMALL ? unit : 1;
  if (scale !== 1) block = { ...block, data: block.data.map((c) => c / scale) };
  if (!finite) checkPaths(operation, block, rows, columns);
  const transposed = block.columns > block.rows;
  const [x, y] = transposed ? [weights[1], weights[0]] : weights;
  return {
    costs: transposed ? transpose(block) : block,
    a: x as Float64Array,
    b: y as Float64Array,
    eps,
    eta: Math.min(scale / eps, Number.MAX_VALUE),
    mass,
    scale,
    transposed,
    rows,
    columns,
  };
}
