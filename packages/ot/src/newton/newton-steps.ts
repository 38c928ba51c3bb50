import { type Evaluation, evaluate, type Session } from "../sinkhorn/session";
import { ascend, newtonCutoff, objective } from "./ascent";
import type { Direction, Factored, NewtonSystem, SystemOptions } from "./linear-system";
import { sweeps } from "./sweeps";

/** Newton steps without a decrease of the error by half in total before the method gives up. */
const STALLED = 50;
/** Steps below this size call for iterations of Sinkhorn: 1, 2, 4, … of them. */
const SMALL_STEP = 1 / 4;
const MOST_SWEEPS = 64;

/** What a Newton method tells of a step. */
export interface NewtonReport {
  readonly stage: string;
  readonly error: number;
  readonly objective: number;
  readonly nnz: number;
  readonly cg: number;
  readonly factored: Factored;
  readonly step: number;
}

/** What distinguishes Newton methods. */
interface NewtonRules {
  /** Threshold, shift and accuracy of the linear system of a plan. */
  readonly system: (session: Session, state: Evaluation) => SystemOptions;
  /** Whether iterations of Sinkhorn are put in after small steps. */
  readonly adaptive: boolean;
  readonly tol: number;
  /** Iterations of the session at which to give up; default its own limit. */
  readonly limit?: number;
  readonly stage: string;
  readonly report?: ((report: NewtonReport) => void) | undefined;
}

/** Why Newton's method ended. */
export type NewtonEnd = "converged" | "limit" | "stalled";

/**
 * Newton steps for the session at its ε until the marginal error is at most `tol`.
 *
 * If that fails, the session ends at the best potentials that were seen.
 */
export function newtonSteps(
  session: Session,
  system: NewtonSystem,
  start: Evaluation,
  rules: NewtonRules,
): NewtonEnd {
  const cutoff = newtonCutoff(session);
  const { limit = session.maxIterations } = rules;
  let state = start;
  let halved = { error: state.error, step: 0 };
  let extra = 0;
  const best = { error: state.error, x: session.x, y: session.y };
  const restore = <End extends NewtonEnd>(end: End): End => {
    session.x = best.x;
    session.y = best.y;
    session.error = best.error;
    return end;
  };
  for (let k = 1; state.error > rules.tol; k++) {
    if (session.iterations >= limit) return restore("limit");
    const direction = system.solve(state, rules.system(session, state));
    const taken = usable(direction) ? ascend(session, state, direction, cutoff) : undefined;
    state = taken?.state ?? state;
    report(session, rules, direction, taken?.size ?? 0, state);
    extra =
      rules.adaptive && (taken?.size ?? 0) < SMALL_STEP ? Math.min(MOST_SWEEPS, 2 * extra || 1) : 0;
    if (!rules.adaptive && !taken?.size) return restore("stalled");
    if (extra > 0 && state.error > rules.tol) {
      const count = Math.min(extra, session.maxIterations - session.iterations);
      state = sweeps(session, count, cutoff, "sinkhorn");
    }
    if (state.error < best.error)
      Object.assign(best, { error: state.error, x: session.x, y: session.y });
    if (state.error <= halved.error / 2) halved = { error: state.error, step: k };
    else if (k - halved.step >= STALLED) return restore("stalled");
  }
  return "converged";
}

const usable = ({ slope, dx, dy }: Direction): boolean =>
  slope > 0 && slope < Infinity && dx.every(Number.isFinite) && dy.every(Number.isFinite);

function report(
  session: Session,
  rules: NewtonRules,
  { nnz, cg, factored }: Direction,
  step: number,
  state: Evaluation,
): void {
  session.iterations++;
  session.error = state.error;
  rules.report?.({
    stage: rules.stage,
    error: state.error,
    objective: objective(session, state),
    nnz,
    cg,
    factored,
    step,
  });
}

/** The plan of the session in memory, as Newton steps need it. */
export const newtonState = (session: Session): Evaluation =>
  evaluate(session, { keep: true, cutoff: newtonCutoff(session) });
