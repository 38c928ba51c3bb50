import { checkOptionNames } from "../internal/option-names";
import { readMasses, readMatrix } from "../internal/read";
import type { Values } from "../values";
import { matrixCosts } from "./cost-source";
import { EMD_NAMES, type EmdOptions, type EmdResult } from "./solve";
import { solveExact } from "./solve-exact";

export type { EmdOptions, EmdResult };

/**
 * Exact optimal transport between two weighted measures with given costs.
 *
 * Minimises ⟨P, C⟩ over P ≥ 0 with P1 = a and Pᵀ1 = b, by the network simplex method on the bipartite graph: strongly
 * feasible trees, so that it ends; block pricing; whole units of mass, so that flows are exact. The duals maximise
 * Σ a u + Σ b v subject to u_i + v_j ≤ C_ij, and both values agree.
 *
 * @param a - weights of the rows, length n, ≥ 0; null = uniform
 * @param b - weights of the columns, length m, ≥ 0, with the same sum; null = uniform
 * @param C - costs, shape [n, m]; +∞ forbids a pair; negative costs are legal
 * @returns the plan with at most n + m − 1 entries, its cost, and the potentials
 * @throws ShapeError on lengths that do not fit
 * @throws ArgumentError on NaN or −∞, negative weights, sums that differ, or if forbidden pairs leave no plan
 * @example
 * emd([1 / 3, 1 / 3, 1 / 3], [1 / 2, 1 / 2], [[5, 5], [2, 4], [4, 2]]).cost // 3
 * @see Bonneel, van de Panne, Paris & Heidrich 2011, "Displacement interpolation using Lagrangian mass transport";
 *   Cunningham 1976, "A network simplex method"
 */
export function emd(
  a: Values | null | undefined,
  b: Values | null | undefined,
  C: Values,
  options: EmdOptions = {},
): EmdResult {
  checkOptionNames("emd", options, EMD_NAMES);
  const matrix = readMatrix("emd", "C", C, { forbidden: true });
  const masses = readMasses("emd", a, b, matrix.rows, matrix.columns);
  return solveExact("emd", matrixCosts(matrix), masses.a, masses.b, options);
}
