import { logIterations } from "../sinkhorn/log-form";
import { changeEta, type Evaluation, evaluate, type Session } from "../sinkhorn/session";
import { newtonCutoff } from "./ascent";
import { startExact } from "./exact-start";
import { NewtonSystem, type SystemOptions } from "./linear-system";
import { type NewtonEnd, type NewtonReport, newtonState, newtonSteps } from "./newton-steps";
import { sweeps } from "./sweeps";

/** θ: the mass that a sparsified plan may lack is θE. */
const THETA = 0.5;
/** ε of the first level is the range of costs over this, and each level's ε that of the one before over 4. */
const FIRST_LEVEL = 20;
const FACTOR = 4;
/** Marginal error that ends a level, and iterations of Sinkhorn that begin it. */
const LEVEL_ERROR = 1e-2;
const LEVEL_SWEEPS = 2;

/**
 * Where Newton's method begins: where the session stands; at its end for larger ε, with the next smaller one, and so on;
 * or at the potentials of the problem without entropy.
 */
export type NewtonStart = "here" | "continuation" | "exact";

/** What is heard of Newton's method. */
interface Listener {
  readonly report?: ((report: NewtonReport) => void) | undefined;
  /** An attempt has ended. */
  readonly ended?: (start: NewtonStart, end: NewtonEnd, iterations: number) => void;
}

/** Spread of the costs in units of ε from which exact potentials are the better start. */
const SMALL_EPS = 500;

/**
 * The starts to try, in this order. Weights in general position have one exact potential. Where all are equal, there is
 * a polytope of them, and a corner of it may be far from what entropy selects.
 */
export function startsOf({ problem, eta }: Session): readonly NewtonStart[] {
  const equal = (weights: Float64Array): boolean => weights.every((w) => w === weights[0]);
  const general = !(equal(problem.a) && equal(problem.b));
  return general && problem.range * eta > SMALL_EPS
    ? ["exact", "continuation"]
    : ["continuation", "exact"];
}

/**
 * {@link safeguardedNewton} from one start after the other until it does not stall. Unless it converges, the session ends
 * at the best that was seen, its own beginning included.
 */
export function newtonFrom(
  session: Session,
  starts: readonly NewtonStart[],
  { report, ended }: Listener,
): NewtonEnd {
  const beginning = { x: session.x, y: session.y };
  let best:
    | { readonly x: Float64Array; readonly y: Float64Array; readonly error: number }
    | undefined;
  for (const [k, start] of starts.entries()) {
    const { iterations, maxIterations } = session;
    // So that the next start has its turn.
    const part = k === starts.length - 1 ? 1 : 0.5;
    const limit = iterations + Math.ceil(part * (maxIterations - iterations));
    const end = safeguardedNewton(session, start, limit, report);
    if (end === "infeasible") break;
    ended?.(start, end, session.iterations - iterations);
    if (end === "converged") return end;
    if (!best || session.error < best.error)
      best = { x: session.x, y: session.y, error: session.error };
    if (session.iterations >= maxIterations) break;
  }
  const { error } = evaluate({ ...session, ...beginning });
  Object.assign(session, best && best.error < error ? best : { ...beginning, error });
  return session.iterations < session.maxIterations ? "stalled" : "limit";
}

/** The dropped mass is at most θE, and the shift goes with E: an inexact Newton method of superlinear order. */
function safeguardedSystem({ problem }: Session, { error }: Evaluation): SystemOptions {
  return {
    threshold: (THETA * Math.min(error, 1)) / (problem.rows * problem.columns),
    delta: Math.max(Math.min(1e-3, error), 1e-13),
    reduction: Math.min(0.1, Math.max(error, 1e-8)),
  };
}

/**
 * Newton's method with safeguards: entries dropped by mass, a shift that vanishes with the error, and iterations of
 * Sinkhorn wherever steps are small.
 *
 * The session ends at its own ε, whatever the outcome.
 */
function safeguardedNewton(
  session: Session,
  start: NewtonStart,
  limit: number,
  report: Listener["report"],
): NewtonEnd | "infeasible" {
  const target = session.eta;
  if (start === "exact") {
    const feasible = startExact(session);
    if (feasible !== true) return feasible === false ? "infeasible" : "stalled";
  }
  const system = new NewtonSystem(session.problem);
  const rules = { system: safeguardedSystem, adaptive: true, limit, report };
  for (const eta of start === "continuation" ? levelsTo(target, session.problem.range) : []) {
    if (session.iterations >= limit) break;
    const state = enterLevel(session, eta);
    const tol = Math.max(LEVEL_ERROR, session.tol);
    newtonSteps(session, system, state, { ...rules, stage: "continuation", tol });
    system.reset();
  }
  const state = start === "here" ? newtonState(session) : enterLevel(session, target);
  return newtonSteps(session, system, state, { ...rules, stage: "newton", tol: session.tol });
}

/** Values of η before the last. */
function levelsTo(target: number, range: number): number[] {
  const levels: number[] = [];
  for (let eta = FIRST_LEVEL / range; eta < target; eta *= FACTOR) levels.push(eta);
  return levels;
}

/** Goes to another ε and makes the first iterations of Sinkhorn there, as far as there are any left. */
function enterLevel(session: Session, eta: number): Evaluation {
  changeEta(session, eta);
  const count = Math.min(LEVEL_SWEEPS, session.maxIterations - session.iterations);
  const { p, q } = newtonState(session);
  const faint = (sum: number): boolean => !(sum > 1e-290);
  if (p.some(faint) || q.some(faint)) {
    logIterations(session, count, { stage: "sinkhorn" });
    return newtonState(session);
  }
  return sweeps(session, count, newtonCutoff(session), "sinkhorn");
}
