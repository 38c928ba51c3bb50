import { matrixCosts } from "../exact/cost-source";
import { networkSimplex } from "../exact/network-simplex";
import type { Matrix } from "../internal/read";
import type { DenseProblem } from "../sinkhorn/dense-problem";
import type { Session } from "../sinkhorn/session";

/** Mass that rounding may leave out between blocks that forbidden pairs separate. */
const ROUNDING = 1e-9;

/**
 * Moves a session to the dual potentials of the problem without entropy, where n + m − 1 pairs that join all points have
 * f + g = C. What is left to find is of the size of ε: no part of the plan has a long way to go, however small ε is.
 *
 * @returns whether there is a plan, if that is known; unless there is, the session stands where it stood
 */
export function startExact(session: Session): boolean | undefined {
  const { problem, eta } = session;
  const { a, b, logA, logB, rows, columns } = problem;
  const pivots = Math.max(100_000, 50 * (rows + columns));
  const basis = networkSimplex(matrixCosts(costsOf(problem)), a, b, pivots);
  const { parent, up, flow, unit, u, v } = basis;
  const stuck = flow.reduce(
    (sum, carried, node) => sum + (parent[node] === rows + columns && up[node] === 1 ? carried : 0),
    0,
  );
  if (!basis.optimal) return undefined;
  if (stuck * unit > ROUNDING) return false;
  // A constant between both sides changes nothing but the digits that are left.
  const mean = v.reduce((sum, value) => sum + value, 0) / columns;
  session.x = u.map((value, i) => (value + mean) * eta + (logA[i] as number));
  session.y = v.map((value, j) => (value - mean) * eta + (logB[j] as number));
  return true;
}

/** A copy of the costs, less the least of their rows and columns. */
function costsOf({ workspace, at, rows, columns, stride }: DenseProblem): Matrix {
  const padded = workspace.readF64(at.costs, rows * stride);
  if (stride === columns) return { data: padded, rows, columns };
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    data.set(padded.subarray(i * stride, i * stride + columns), i * columns);
  return { data, rows, columns };
}
