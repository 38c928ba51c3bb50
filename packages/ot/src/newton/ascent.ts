import { type Evaluation, evaluate, type Session } from "../sinkhorn/session";
import type { Direction } from "./linear-system";

/** Steps below it mean that the direction is useless; none is larger than the other. */
const [SMALLEST, LARGEST] = [2 ** -30, 2 ** 40];
const ARMIJO = 1e-4;
/** Gain of a step in units of its slope from which it is too short. */
const STRAIGHT = 0.75;

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
  /** In units of Δ; 0 if no step was found, and then the session stands where it stood. */
  readonly size: number;
}

/**
 * Moves the session along a direction: the whole of it, or half as far until the objective grows by at least 10⁻⁴ of what
 * the slope promises.
 *
 * Near the solution that growth is below the objective's last digits; then a smaller marginal error decides. A whole step
 * that gains nearly the slope itself, where Newton's parabola has half of it, shows a long way ahead: parts of the plan
 * that no mass joins yet have to move against each other by many ε. Then the step doubles while the objective grows,
 * provided that most of the error is theirs, and left: what the whole step puts right, twice the step puts wrong again.
 */
export function ascend(
  session: Session,
  from: Evaluation,
  direction: Direction,
  cutoff: number,
): Step {
  const line = new Line(session, direction, cutoff);
  const { slope } = direction;
  const start = objective(session, from);
  const rounding = 1e-14 * (1 + sumOfSizes(session));
  for (let size = 1; size > SMALLEST; size /= 2) {
    const step = line.at(size);
    const enough = step.objective >= start + ARMIJO * size * slope;
    const unclear = step.objective >= start - rounding && slope < 100 * rounding;
    if (!enough && !(unclear && step.state.error < from.error)) continue;
    const straight = size === 1 && step.objective - start > STRAIGHT * slope && slope > rounding;
    const left = step.state.error > from.error / 2;
    return straight && left ? extend(line, step) : step;
  }
  return { ...line.at(0), objective: start };
}

/** Doubles a step as long as the objective grows. */
function extend(line: Line, first: Step): Step {
  let best = first;
  for (let size = 2; size < LARGEST; size *= 2) {
    const step = line.at(size);
    if (!(step.objective > best.objective)) return line.at(best.size);
    best = step;
  }
  return best;
}

/** The points of a line through the session's exponents. */
class Line {
  readonly #session: Session;
  readonly #direction: Direction;
  readonly #cutoff: number;
  readonly #x: Float64Array;
  readonly #y: Float64Array;

  constructor(session: Session, direction: Direction, cutoff: number) {
    this.#session = session;
    this.#direction = direction;
    this.#cutoff = cutoff;
    this.#x = session.x;
    this.#y = session.y;
  }

  /** Moves the session there, and its plan into memory. */
  at(size: number): Step {
    const { dx, dy } = this.#direction;
    this.#session.x = this.#x.map((value, i) => value + size * (dx[i] as number));
    this.#session.y = this.#y.map((value, j) => value + size * (dy[j] as number));
    const state = evaluate(this.#session, { keep: true, cutoff: this.#cutoff });
    return { state, objective: objective(this.#session, state), size };
  }
}

/** Σ a |x| + Σ b |y|, which bounds the rounding error of the objective. */
function sumOfSizes({ problem, x, y }: Session): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (problem.a[i] as number) * Math.abs(x[i] as number);
  for (let j = 0; j < y.length; j++) sum += (problem.b[j] as number) * Math.abs(y[j] as number);
  return sum;
}
