import { feasibilityNote } from "../internal/bottleneck";
import { total } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { OTProgress, OTResult } from "../result";
import { type DenseProblem, denseProblem, withWeights } from "./dense-problem";
import { sinkhornKernels } from "./kernels";
import { type Prepared, prepare } from "./prepare";
import type { CostValues } from "./read-costs";
import { denseResult, type Outcome } from "./result";
import { type Evaluation, openSession, type Session, type SessionOptions } from "./session";

/** A problem with a dense cost matrix, as it was given. */
export interface EntropicProblem {
  readonly operation: string;
  readonly costs: CostValues;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly eps: number;
  readonly init?: Potentials | undefined;
  readonly Y?: Outcome["Y"];
}

/** Dual potentials in units of the cost. */
export interface Potentials {
  readonly f: Float64Array;
  readonly g: Float64Array;
}

/** Costs in units of ε beyond which a plan entry has no digits left. */
const RESOLUTION = 1e12;

/** What moves a session to its end. */
export type Method = (session: Session) => Evaluation;

/**
 * Solves a problem by a method that moves a session: prepares it, runs the method, and turns the outcome back.
 *
 * @returns the result, its history being what the session recorded
 */
export function solveDense(
  problem: EntropicProblem,
  options: Omit<SessionOptions, "eta">,
  method: Method,
): OTResult {
  const prepared = prepare(problem.operation, problem.costs, problem.a, problem.b, problem.eps);
  return withWorkspace(sinkhornKernels, (workspace) => {
    const dense = denseProblem(workspace, prepared.costs, prepared.a, prepared.b);
    return solvePrepared(problem, prepared, dense, options, method);
  });
}

/** As {@link solveDense}, for problems that differ in `b` alone and have no zero weights: costs are prepared once. */
export function solveTargets(
  problems: readonly EntropicProblem[],
  options: Omit<SessionOptions, "eta">,
  method: Method,
): OTResult[] {
  const [first] = problems;
  if (first === undefined) return [];
  const prepared = prepare(first.operation, first.costs, first.a, first.b, first.eps);
  return withWorkspace(sinkhornKernels, (workspace) => {
    const dense = denseProblem(workspace, prepared.costs, prepared.a, prepared.b);
    return problems.map((problem) => {
      const b = problem.b.map((weight) => weight / prepared.mass);
      const own = prepared.transposed ? { ...prepared, a: b } : { ...prepared, b };
      const target = withWeights(dense, own.a, own.b);
      return solvePrepared(problem, own, target, options, method);
    });
  });
}

function solvePrepared(
  problem: EntropicProblem,
  prepared: Prepared,
  dense: DenseProblem,
  options: Omit<SessionOptions, "eta">,
  method: Method,
): OTResult {
  const eta = dense.range > 0 ? Math.min(prepared.eta, RESOLUTION / dense.range) : prepared.eta;
  // The error of one rounding of an exponent, in every entry.
  const floor = 4 * 2 ** -52 * (1 + dense.range * eta);
  const tol = Math.max(options.tol, floor);
  const session = openSession(dense, { ...options, eta, tol });
  if (tol > options.tol) {
    const raised = tol.toExponential(1);
    session.notes.push(`tol raised to ${raised}, what doubles resolve at this eps`);
  }
  if (eta < prepared.eta)
    session.notes.push("eps raised to 1e-12 of the costs' spread; for smaller ones use emd");
  if (problem.init) start(session, prepared, problem.init);
  return finish(problem, prepared, session, method(session), eta);
}

/** Takes the start from given potentials. */
function start(session: Session, prepared: Prepared, init: Potentials): void {
  const { problem, eta } = session;
  const [f, g] = prepared.transposed ? [init.g, init.f] : [init.f, init.g];
  const [rows, columns] = prepared.transposed
    ? [prepared.columns, prepared.rows]
    : [prepared.rows, prepared.columns];
  const exponents = (
    values: Float64Array,
    indices: Int32Array | undefined,
    shift: Float64Array,
    log: Float64Array,
  ): Float64Array =>
    shift.map((s, k) => {
      const value = (values[indices?.[k] ?? k] as number) / prepared.scale;
      return (value - s) * eta + (log[k] as number);
    });
  session.x = exponents(f, rows, problem.rowShift, problem.logA);
  session.y = exponents(g, columns, problem.columnShift, problem.logB);
}

/** Values of the points with mass, put back among all points. */
function scatter(
  values: Float64Array,
  indices: Int32Array | undefined,
  length: number,
): Float64Array {
  if (indices === undefined) return values;
  const out = new Float64Array(length);
  indices.forEach((i, k) => {
    out[i] = values[k] as number;
  });
  return out;
}

function finish(
  { costs, a, b, Y }: EntropicProblem,
  prepared: Prepared,
  session: Session,
  state: Evaluation,
  eta: number,
): OTResult {
  const { problem } = session;
  const { scale, mass, transposed } = prepared;
  const eps = scale / eta;
  const potential = (x: Float64Array, log: Float64Array, shift: Float64Array): Float64Array =>
    x.map((value, i) => {
      const shifted = (value - (log[i] as number)) / eta + (shift[i] as number);
      // Weights were divided by their sum, and the plan by one factor only.
      return scale * shifted - (eps / 2) * Math.log(mass);
    });
  const x = potential(session.x, problem.logA, problem.rowShift);
  const y = potential(session.y, problem.logB, problem.columnShift);
  const dot = (u: Float64Array, v: Float64Array): number =>
    total(u.map((value, i) => value * (v[i] as number)));
  const shifts = dot(state.p, problem.rowShift) + dot(state.q, problem.columnShift);
  const linear = mass * scale * (state.inner + shifts);
  const [f, g] = transposed ? [y, x] : [x, y];
  const [p, q] = (transposed ? [state.q, state.p] : [state.p, state.q]).map((sums) =>
    sums.map((sum) => sum * mass),
  ) as [Float64Array, Float64Array];
  const { rows, columns } = prepared;
  const plan = {
    a,
    b,
    f: scatter(f, rows, a.length),
    g: scatter(g, columns, b.length),
    eps,
    costs: costs.data,
  };
  centre(plan);
  fillEmpty(plan, costs.columns);
  const moments = {
    p: scatter(p, rows, a.length),
    q: scatter(q, columns, b.length),
    linear,
  };
  const resolved = eta >= prepared.eta;
  const converged = state.error <= session.tol && resolved;
  const note = converged ? undefined : feasibilityNote(costs, a, b);
  if (note !== undefined) session.notes.push(note);
  return denseResult(plan, {
    moments,
    iterations: session.iterations,
    converged,
    status: statusOf(session, state, converged, mass),
    history: session.history.map((entry: OTProgress) => ({
      ...entry,
      marginalError: entry.marginalError * mass,
    })),
    Y,
  });
}

function statusOf(
  { notes, tol }: Session,
  { error }: Evaluation,
  converged: boolean,
  mass: number,
): string {
  const [reached, wanted] = [error, tol].map((e) => (e * mass).toExponential(2));
  // A small error that does not count is that of a problem with a larger ε.
  const other =
    error <= tol ? "not converged at the eps asked for, but at a larger one" : "not converged";
  const end = converged ? "converged" : other;
  return `${end}: marginal error ${reached}, tol ${wanted}; ${notes.join("; ")}`;
}

interface PlanData extends Potentials {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly eps: number;
  readonly costs: Float64Array;
}

/** Of all potentials f + s, g − s those with Σ a f = Σ b g. */
function centre({ a, b, f, g }: PlanData): void {
  const mass = total(a);
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference += ((a[i] as number) / mass) * (f[i] as number);
  for (let j = 0; j < b.length; j++) difference -= ((b[j] as number) / mass) * (g[j] as number);
  for (let i = 0; i < f.length; i++) f[i] = (f[i] as number) - difference / 2;
  for (let j = 0; j < g.length; j++) g[j] = (g[j] as number) + difference / 2;
}

/** Potentials of points without mass, by the formula that the others fulfil: f_i = −ε LSE_j(log b_j + (g_j − C_ij)/ε). */
function fillEmpty({ a, b, f, g, eps, costs }: PlanData, m: number): void {
  const transform = (
    weights: Float64Array,
    potential: Float64Array,
    cost: (k: number) => number,
  ): number => {
    const z = potential.map((value, k) => {
      const weight = weights[k] as number;
      return weight > 0 ? Math.log(weight) + (value - cost(k)) / eps : -Infinity;
    });
    const top = z.reduce((x, y) => Math.max(x, y), -Infinity);
    // Where every way is forbidden, any potential will do.
    if (top === -Infinity) return 0;
    return -eps * (top + Math.log(z.reduce((sum, value) => sum + Math.exp(value - top), 0)));
  };
  for (let i = 0; i < a.length; i++)
    if (a[i] === 0) f[i] = transform(b, g, (j) => costs[i * m + j] as number);
  for (let j = 0; j < b.length; j++)
    if (b[j] === 0) g[j] = transform(a, f, (i) => costs[i * m + j] as number);
}
