import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { denseLogSums, type LogSums } from "../internal/log-sums";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { readMatrix, readWeights, total } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { SolverOptions } from "../result";
import { sinkhornKernels } from "../sinkhorn/kernels";
import { readEps } from "../sinkhorn/prepare";
import type { Values } from "../values";
import { type Energy, type ProximalMap, proximalMap } from "./energy";

/** What {@link jkoStep} takes. */
export interface JkoOptions extends SolverOptions {
  /** Length of the time step, > 0. */
  readonly tau: number;
  /** What is minimised. */
  readonly energy: Energy;
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs. */
  readonly eps?: number | undefined;
  /** Largest ‖q − q_previous‖₁ in an iteration to stop at; default 10⁻⁸. */
  readonly tol?: number | undefined;
  /** Default 10 000. */
  readonly maxIterations?: number | undefined;
}

/** All names in {@link JkoOptions}. */
export const JKO_NAMES: OptionNames<JkoOptions> = {
  tau: 1,
  energy: 1,
  eps: 1,
  ...SOLVER_NAMES,
};

/** The histogram after a step. */
export interface JkoResult {
  /** Shape [m], f64. */
  readonly q: Tensor;
  readonly iterations: number;
  readonly converged: boolean;
  readonly status: string;
}

/**
 * One step of a gradient flow in Wasserstein space (Jordan, Kinderlehrer & Otto): argmin_q OT_ε(p, q)/(2τ) + F(q).
 *
 * OT_ε(p, q) = min ⟨P, C⟩ + ε Σ P (log P − 1), which blurs by ε; generalised scaling on logarithms: with
 * K = exp(−C/ε) and κ = 2τ/ε, u = p/(K v), q = prox(Kᵀu), v = q/(Kᵀu), where prox(z) = argmin_q KL(q | z) + κ F(q).
 *
 * @param p - histogram before the step, shape [n]; null for uniform
 * @param C - squared distances between the n points of p and the m points of q, shape [n, m]
 * @returns the histogram after the step, of the same mass, and how the iteration ended
 * @throws ShapeError on shapes that do not fit; ArgumentError on τ ≤ 0, ε ≤ 0 and bad numbers
 * @example
 * // Mass flows to where the potential is low.
 * const C = [[0, 1], [1, 0]];
 * jkoStep([0.5, 0.5], C, { tau: 1, eps: 0.5, energy: { potential: [0, 1] } }).q // [0.9392, 0.0608]
 * @see Peyré 2015, Entropic approximation of Wasserstein gradient flows
 */
export function jkoStep(p: Values | null, C: Values, options: JkoOptions): JkoResult {
  const operation = "jkoStep";
  checkOptionsGiven(operation, options, "{ tau, energy }");
  checkOptionNames(operation, options, JKO_NAMES);
  const { tau, energy, tol = 1e-8, maxIterations = 10_000, warn = true } = options;
  const costs = readMatrix(operation, "C", C, { forbidden: true });
  const weights = readWeights(operation, "p", p, costs.rows);
  if (!(tau > 0 && tau < Infinity))
    throw new ArgumentError(`${operation}: expected a time step tau > 0; got ${tau}`, { tau });
  const eps = readEps(operation, options.eps, costs);
  const prox = proximalMap(operation, energy, costs.columns);
  const end = withWorkspace(sinkhornKernels, (w) =>
    scale(denseLogSums(w, costs, eps), weights, (z) => prox(z, (2 * tau) / eps), {
      m: costs.columns,
      tol,
      maxIterations,
    }),
  );
  const converged = end.change <= tol;
  const reached = `change ${end.change.toExponential(2)}, tol ${tol.toExponential(2)}`;
  const status = `${converged ? "converged" : "not converged"}: ${reached}; ${end.iterations} iterations`;
  if (warn && !converged) console.warn(`${operation}: ${status}`);
  return {
    q: tensor(withMass(end.q, total(weights)), { copy: false }),
    iterations: end.iterations,
    converged,
    status,
  };
}

/** A step keeps the mass; of it the iteration converges most slowly. */
function withMass(q: Float64Array, mass: number): Float64Array {
  const factor = mass / total(q);
  return q.map((x) => x * factor);
}

function scale(
  sums: LogSums,
  p: Float64Array,
  prox: (logZ: Float64Array) => ReturnType<ProximalMap>,
  { m, tol, maxIterations }: { m: number; tol: number; maxIterations: number },
) {
  const logP = p.map(Math.log);
  let logV: Float64Array = new Float64Array(m);
  let q: Float64Array = new Float64Array(m);
  let [iterations, change] = [0, Infinity];
  while (iterations < maxIterations && !(change <= tol)) {
    const rows = sums.rows(logV);
    const logU = logP.map((x, i) => x - (rows[i] as number));
    const logZ = sums.columns(logU);
    const logQ = prox(logZ);
    // What cannot be reached stays empty, whatever its potential.
    logV = logQ.map((x, j) => (logZ[j] === -Infinity ? -Infinity : x - (logZ[j] as number)));
    const next = logQ.map(Math.exp);
    change = next.reduce((sum, x, j) => sum + Math.abs(x - (q[j] as number)), 0);
    q = next;
    iterations++;
  }
  return { q, iterations, change };
}
