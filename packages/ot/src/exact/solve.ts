import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import type { OptionNames } from "../internal/option-names";
import { readVector, total } from "../internal/read";
import { pick, support } from "../internal/support";
import type { Values } from "../values";
import { type CostSource, pickCosts } from "./cost-source";
import { wholeDuals } from "./duals";
import { checkFeasible, flowsOf } from "./flows";
import { type Basis, networkSimplex, pairCosts } from "./network-simplex";
import { type SparsePlan, sparsePlan } from "./sparse-plan";

/** Options of the exact solvers. */
export interface EmdOptions {
  /** Most exchanges of an arc of the basis; default 100 000, or 50 (n + m) if that is more. */
  readonly maxPivots?: number | undefined;
  /**
   * Dual potentials to start from, such as a similar problem's result: the first basis is a spanning tree of the arcs
   * that v leaves the least room on. The nearer they are to the optimum, the fewer pivots; any are legal.
   */
  readonly potentialsInit?: { readonly u?: Values; readonly v: Values } | undefined;
  /** Whether to shift the potentials so that Σ a u = Σ b v; default true. */
  readonly centerDual?: boolean | undefined;
  /** Whether to print one warning if `maxPivots` ends the search; default true. */
  readonly warn?: boolean | undefined;
}

/** All names in {@link EmdOptions}. */
export const EMD_NAMES: OptionNames<EmdOptions> = {
  maxPivots: 1,
  potentialsInit: 1,
  centerDual: 1,
  warn: 1,
};

/** An optimal plan and the potentials that prove it. */
export interface EmdResult {
  /** At most n + m − 1 entries. */
  readonly plan: SparsePlan;
  /** ⟨P, C⟩. */
  readonly cost: number;
  /** Dual potential of the rows, shape [n], f64: u_i + v_j ≤ C_ij, with equality where the plan has mass. */
  readonly u: Tensor;
  /** Dual potential of the columns, shape [m], f64. */
  readonly v: Tensor;
  /** Exchanges of an arc of the basis. */
  readonly iterations: number;
  /** Whether the plan is proved optimal. */
  readonly converged: boolean;
  /** Why the search ended, in words. */
  readonly status: string;
}

/** What rows and columns of a problem are to its user. */
export type Sides = readonly ["row", "column"] | readonly ["column", "row"];

/** Solves a balanced problem whose input is checked: weights of zero are left out, and put back at the end. */
export function solveUpright(
  operation: string,
  costs: CostSource,
  a: Float64Array,
  b: Float64Array,
  options: EmdOptions,
  sides: Sides = ["row", "column"],
): EmdResult {
  const [rows, columns] = [support(a), support(b)];
  const inner = pickCosts(costs, rows, columns);
  const [aIn, bIn] = [pick(a, rows), pick(b, columns)];
  const start = startPotential(operation, options, b.length);
  const basis = networkSimplex(
    inner,
    aIn,
    bIn,
    readMaxPivots(operation, options.maxPivots, inner.rows + inner.columns),
    start === undefined ? undefined : pick(start, columns),
  );
  const missing = checkFeasible(operation, basis, aIn, rows, columns, sides);
  const flows = flowsOf(basis, aIn, bIn);
  const costsOfEntries = pairCosts(inner, flows.rows, flows.columns);
  const cost = total(costsOfEntries.map((c, k) => c * (flows.values[k] as number)));
  const { u, v } = wholeDuals(costs, basis, rows, columns);
  if (options.centerDual !== false) center(u, v, a, b);
  const status = describe(basis, missing);
  if (!basis.optimal && options.warn !== false) console.warn(`${operation}: ${status}`);
  return {
    plan: sparsePlan(
      [a.length, b.length],
      number(flows.rows, rows),
      number(flows.columns, columns),
      flows.values,
    ),
    cost,
    u: tensor(u, { copy: false }),
    v: tensor(v, { copy: false }),
    iterations: basis.pivots,
    converged: basis.optimal,
    status,
  };
}

/** Numbers of all points for numbers of those with weight. */
const number = (indices: Int32Array, kept: Int32Array | undefined): Int32Array =>
  kept === undefined ? indices : indices.map((i) => kept[i] as number);

function startPotential(
  operation: string,
  { potentialsInit }: EmdOptions,
  m: number,
): Float64Array | undefined {
  if (potentialsInit === undefined) return undefined;
  return readVector(operation, "potentialsInit.v", potentialsInit.v, m);
}

function readMaxPivots(operation: string, maxPivots: number | undefined, nodes: number): number {
  if (maxPivots === undefined) return Math.max(100_000, 50 * nodes);
  if (Number.isInteger(maxPivots) && maxPivots >= 0) return maxPivots;
  throw new ArgumentError(
    `${operation}: expected maxPivots to be a whole number ≥ 0; got ${maxPivots}`,
    { maxPivots },
  );
}

/** Moves a constant from u to v, which changes nothing else, until Σ a u = Σ b v. */
function center(u: Float64Array, v: Float64Array, a: Float64Array, b: Float64Array): void {
  const [left, right] = [
    total(a.map((w, i) => w * (u[i] as number))),
    total(b.map((w, j) => w * (v[j] as number))),
  ];
  const by = (left - right) / (2 * total(a));
  u.forEach((x, i) => {
    u[i] = x - by;
  });
  v.forEach((x, j) => {
    v[j] = x + by;
  });
}

function describe({ pivots, optimal }: Basis, missing: number): string {
  if (optimal) return `optimal after ${pivots} pivots`;
  const plan =
    missing > 0
      ? `the plan leaves mass ${missing} out`
      : "the plan is feasible, but may not be optimal";
  return `stopped after ${pivots} pivots, the most that maxPivots allows; ${plan}; raise maxPivots`;
}
