import { type Evaluation, evaluate, type Session } from "../sinkhorn/session";
import type { Direction } from "./linear-system";

/** Halvings of a step before the direction counts as useless. */
const HALVINGS = 30;
const ARMIJO = 1e-4;

/** η times the dual objective: −ΣP + Σ a x + Σ b y. */
export function objective({ problem, x, y }: Session, { p }: Evaluation): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++)
    sum += (problem.a[i] as number) * (x[i] as number) - (p[i] as number);
  for (let j = 0; j < y.length; j++) sum += (problem.b[j] as number) * (y[j] as number);
  return sum;
}

/** Exponents below it do not change any sum's digits, even where all of a row is as light as the lightest weights. */
export function newtonCutoff({ problem }: Session): number {
  const lightest = (log: Float64Array): number => log.reduce((x, y) => Math.min(x, y), 0);
  return Math.max(-745, lightest(problem.logA) + lightest(problem.logB) - 60);
}

/** A step that was taken. */
export interface Step {
  readonly state: Evaluation;
  readonly objective: number;
  /** Fraction of Δ; 0 if no step was found, and then the session stands where it stood. */
  readonly size: number;
}

/**
 * Moves the session along a direction: the whole of it, or half as far until the objective grows by at least 10⁻⁴ of what
 * the slope promises.
 *
 * Near the solution that growth is below the objective's last digits; then a smaller marginal error decides.
 */
export function ascend(
  session: Session,
  from: Evaluation,
  { dx, dy, slope }: Direction,
  cutoff: number,
): Step {
  const { x, y } = session;
  const start = objective(session, from);
  const rounding = 1e-14 * (1 + sumOfSizes(session));
  let size = 1;
  for (let k = 0; k < HALVINGS; k++, size /= 2) {
    const t = size;
    session.x = x.map((value, i) => value + t * (dx[i] as number));
    session.y = y.map((value, j) => value + t * (dy[j] as number));
    const state = evaluate(session, { keep: true, cutoff });
    const value = objective(session, state);
    const enough = value >= start + ARMIJO * t * slope;
    const unclear = value >= start - rounding && slope < 100 * rounding;
    if (enough || (unclear && state.error < from.error)) return { state, objective: value, size };
  }
  session.x = x;
  session.y = y;
  const state = evaluate(session, { keep: true, cutoff });
  return { state, objective: start, size: 0 };
}

/** Σ a |x| + Σ b |y|, which bounds the rounding error of the objective. */
function sumOfSizes({ problem, x, y }: Session): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (problem.a[i] as number) * Math.abs(x[i] as number);
  for (let j = 0; j < y.length; j++) sum += (problem.b[j] as number) * Math.abs(y[j] as number);
  return sum;
}
