import type { OTProgress } from "../result";
import { type DenseProblem, gibbs, scaledMoments, write } from "./dense-problem";

/** Where a solver stands: potentials of a problem at one ε, and what happened so far. */
export interface Session {
  readonly problem: DenseProblem;
  /** 1/ε in units of the shifted costs. */
  eta: number;
  /** P = exp(x_i + y_j − ηC_ij): (f + shift)/ε + log of the weight. */
  x: Float64Array;
  y: Float64Array;
  /** Marginal error to stop at. */
  readonly tol: number;
  readonly maxIterations: number;
  readonly checkEvery: number;
  iterations: number;
  /** The marginal error as it was last known. */
  error: number;
  readonly history: OTProgress[];
  /** What was done, in words. */
  readonly notes: string[];
}

/** Settings of a session. */
export interface SessionOptions {
  readonly eta: number;
  readonly tol: number;
  readonly maxIterations: number;
  readonly checkEvery: number;
}

/** A session at f = g = 0 of the shifted costs. */
export function openSession(problem: DenseProblem, options: SessionOptions): Session {
  return {
    problem,
    ...options,
    x: problem.logA.slice(),
    y: problem.logB.slice(),
    iterations: 0,
    error: Infinity,
    history: [],
    notes: [],
  };
}

/** Notes the state of an iteration; every `checkEvery`-th goes into the history. */
export function record(session: Session, stage: string, error: number): void {
  session.iterations++;
  session.error = error;
  if (session.iterations % session.checkEvery === 0)
    session.history.push({ stage, iteration: session.iterations, marginalError: error });
}

/** Moves to another ε; potentials of the product form, f and g, stay. */
export function changeEta(session: Session, eta: number): void {
  const { problem } = session;
  const ratio = eta / session.eta;
  const move = (x: Float64Array, log: Float64Array): Float64Array =>
    x.map((value, i) => (value - (log[i] as number)) * ratio + (log[i] as number));
  session.x = move(session.x, problem.logA);
  session.y = move(session.y, problem.logB);
  session.eta = eta;
}

/** Puts the exponents into memory. */
export function placeExponents(problem: DenseProblem, x: Float64Array, y: Float64Array): void {
  write(problem, problem.at.x, x, problem.height, -Infinity);
  write(problem, problem.at.y, y, problem.stride, -Infinity);
}

/** The plan's marginals, ⟨P, C⟩ of the shifted costs, and the marginal error. */
export interface Evaluation {
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly inner: number;
  readonly error: number;
}

/** Σ|x − y|. */
function distance1(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs((x[i] as number) - (y[i] as number));
  return sum;
}

/** Evaluates the plan of some exponents, by default the session's; keeps it in memory if `keep`. */
export function evaluate(
  { problem, eta, ...session }: Session,
  options: {
    readonly keep?: boolean;
    readonly cutoff?: number;
    readonly x?: Float64Array;
    readonly y?: Float64Array;
  } = {},
): Evaluation {
  const { keep = false, cutoff = -745, x = session.x, y = session.y } = options;
  placeExponents(problem, x, y);
  return evaluationOf(problem, gibbs(problem, eta, { keep, cutoff }));
}

/** Evaluates the plan of the scalings and the matrix in memory. */
export const evaluateScaled = ({ problem }: Session): Evaluation =>
  evaluationOf(problem, scaledMoments(problem));

/** What stands in memory after a pass. */
function evaluationOf(problem: DenseProblem, inner: number): Evaluation {
  const p = problem.workspace.readF64(problem.at.p, problem.rows);
  const q = problem.workspace.readF64(problem.at.q, problem.columns);
  return { p, q, inner, error: distance1(p, problem.a) + distance1(q, problem.b) };
}
