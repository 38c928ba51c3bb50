import { logIterations } from "../sinkhorn/log-form";
import { changeEta, type Evaluation, type Session } from "../sinkhorn/session";
import { newtonCutoff } from "./ascent";
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

/** Options of {@link safeguardedNewton}. */
interface SafeguardedOptions {
  /** Whether to come from larger ε; default true. */
  readonly continuation?: boolean;
  readonly report?: ((report: NewtonReport) => void) | undefined;
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
 * Newton's method with safeguards: continuation in ε, entries dropped by mass, a shift that vanishes with the error, and
 * iterations of Sinkhorn wherever steps are small.
 *
 * The session ends at its own ε, whatever the outcome.
 */
export function safeguardedNewton(
  session: Session,
  { continuation = true, report }: SafeguardedOptions = {},
): NewtonEnd {
  const system = new NewtonSystem(session.problem);
  const rules = { system: safeguardedSystem, adaptive: true, report };
  const target = session.eta;
  for (const eta of continuation ? levelsTo(target, session.problem.range) : []) {
    const state = enterLevel(session, eta);
    const tol = Math.max(LEVEL_ERROR, session.tol);
    newtonSteps(session, system, state, { ...rules, stage: "continuation", tol });
    system.reset();
  }
  const state = continuation ? enterLevel(session, target) : newtonState(session);
  return newtonSteps(session, system, state, { ...rules, stage: "newton", tol: session.tol });
}

/** Values of η before the last. */
function levelsTo(target: number, range: number): number[] {
  const levels: number[] = [];
  for (let eta = FIRST_LEVEL / range; eta < target; eta *= FACTOR) levels.push(eta);
  return levels;
}

/** Goes to another ε and makes the first iterations of Sinkhorn there. */
function enterLevel(session: Session, eta: number): Evaluation {
  changeEta(session, eta);
  const { p, q } = newtonState(session);
  const faint = (sum: number): boolean => !(sum > 1e-290);
  if (p.some(faint) || q.some(faint)) {
    logIterations(session, LEVEL_SWEEPS, { stage: "sinkhorn" });
    return newtonState(session);
  }
  return sweeps(session, LEVEL_SWEEPS, newtonCutoff(session), "sinkhorn");
}
