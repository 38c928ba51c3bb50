import { newtonFrom, startsOf } from "../newton/safeguarded";
import { memoryOf } from "./anderson";
import { logIterations } from "./log-form";
import type { SinkhornOptions } from "./options";
import { type ScalingEnd, scalingIterations } from "./scaling";
import { changeEta, type Evaluation, evaluate, evaluateScaled, type Session } from "./session";

/** Spread of the costs in units of ε up to which exp(−C/ε) keeps all that matters, */
const SCALING_LIMIT = 500;
/** and from which Newton's method had better begin at once. */
const NEWTON_LIMIT = 5000;
/** Iterations still expected from which Newton's method is faster, for clouds and random costs of 1000 points. */
const HAND_OVER = 80;
/** Marginal error from which Newton's method had better come from larger ε. */
const FAR = 0.05;
/** The first ε on the way down, in units of the costs' range, and the factor to the next. */
const FIRST_LEVEL = 1 / 16;
const ANNEAL = 0.25;
const SWEEPS_PER_LEVEL = 5;

/** Options of {@link solveEntropic}, with a way to force what is rare. */
export type SolveOptions = Omit<SinkhornOptions, "eps" | "init" | "tol" | "warn"> & {
  readonly absorbEvery?: number;
};

/** Brings a session to its tolerance by the rules of {@link sinkhorn}, and evaluates where it ends. */
export function solveEntropic(session: Session, options: SolveOptions, warm: boolean): Evaluation {
  const mode = chooseMode(session, options);
  if (newtonFromStart(session, options, warm)) {
    newton(session, warm);
    return evaluate(session);
  }
  anneal(session, options, mode, warm);
  let tol = session.tol;
  for (;;) {
    const scaled = iterate(session, options, mode, tol);
    const state = scaled ? evaluateScaled(session) : evaluate(session);
    const reached = state.error <= session.tol;
    session.error = state.error;
    // What iterations report is one update old, and over-relaxed ones only estimate it.
    if (reached || session.iterations >= session.maxIterations || tol < session.tol / 100)
      return state;
    tol /= 4;
  }
}

function chooseMode(
  session: Session,
  { mode = "auto", strict = false }: SolveOptions,
): "scaling" | "log" | "stabilized" {
  const fits = session.problem.range * session.eta <= SCALING_LIMIT;
  if (mode === "auto") return fits ? "scaling" : "stabilized";
  if (mode === "scaling" && !fits && !strict) {
    session.notes.push(
      `costs spread over more than ${SCALING_LIMIT} eps, too much for scaling: log form instead`,
    );
    return "log";
  }
  return mode;
}

/** Where ε is small, Newton's method with continuation is ahead of what iterations need to come near. */
function newtonFromStart(
  { problem, eta }: Session,
  { finish = "auto", mode = "auto", ...options }: SolveOptions,
  warm: boolean,
): boolean {
  if (finish !== "auto") return finish === "newton";
  const free = options.anneal === undefined && typeof options.overrelax !== "number";
  return mode === "auto" && free && !warm && problem.range * eta > NEWTON_LIMIT;
}

/** Comes down from a larger ε in steps. */
function anneal(
  session: Session,
  { anneal: factor, mode = "auto" }: SolveOptions,
  chosen: string,
  warm: boolean,
): void {
  const usual = mode === "auto" && chosen === "stabilized" && !warm ? ANNEAL : false;
  const q = factor ?? usual;
  const target = session.eta;
  if (q === false || !(session.problem.range > 0)) return;
  let levels = 0;
  for (let eta = 1 / (FIRST_LEVEL * session.problem.range); eta < target; eta /= q) {
    // One iteration at least is for the problem itself.
    const count = Math.min(SWEEPS_PER_LEVEL, session.maxIterations - session.iterations - 1);
    if (count <= 0) break;
    changeEta(session, eta);
    if (scalingIterations(session, count, { stage: "anneal" }) === "underflow")
      logIterations(session, 1, { stage: "anneal" });
    levels++;
  }
  changeEta(session, target);
  if (levels > 0) session.notes.push(`annealing over ${levels} levels`);
}

/** Iterates by the rules; tells whether the scalings in memory are those of the session's potentials. */
function iterate(session: Session, options: SolveOptions, mode: string, tol: number): boolean {
  const left = (): number => Math.max(0, session.maxIterations - session.iterations);
  const { overrelax = false, absorbEvery = Infinity } = options;
  const before = session.iterations;
  const note = (stage: string, end: string): void => {
    session.notes.push(`${session.iterations - before} iterations (${stage}): ${end}`);
  };
  const rules = {
    tol,
    anderson: memoryOf(options),
    handOver: (needed: number) => options.finish !== false && needed > HAND_OVER,
  };
  const onLogarithms = (): ReturnType<typeof logIterations> => {
    const end = logIterations(session, left(), rules);
    note("log", end);
    return end;
  };
  if (mode === "stabilized") logIterations(session, 1, { tol });
  let end: ScalingEnd;
  if (mode === "log") end = onLogarithms();
  else {
    const absorb = mode === "stabilized";
    end = scalingIterations(session, left(), { ...rules, absorb, absorbEvery, overrelax });
    note(mode, end);
    if (end === "converged") return true;
    if (end === "underflow" && !options.strict) end = onLogarithms();
  }
  if (end === "handed over") newton(session, session.error <= FAR);
  return false;
}

const howNewton = { here: "", continuation: " with continuation", exact: " from exact potentials" };

function newton(session: Session, near: boolean): void {
  const end = newtonFrom(session, near ? ["here", ...startsOf(session)] : startsOf(session), {
    report: ({ stage, error }) =>
      session.history.push({ stage, iteration: session.iterations, marginalError: error }),
    ended: (start, how, iterations) =>
      session.notes.push(`${iterations} iterations (newton${howNewton[start]}): ${how}`),
  });
  if (end === "stalled") plainEnd(session);
}

/** What follows when Newton's method does not help; the better of the two ends is kept. */
export function plainEnd(session: Session): void {
  session.notes.push("newton-stalled: plain iterations to the end");
  const { x, y, error } = session;
  const left = (): number => Math.max(0, session.maxIterations - session.iterations);
  if (scalingIterations(session, left()) === "underflow") logIterations(session, left());
  if (evaluate(session).error <= error) return;
  session.x = x;
  session.y = y;
}
