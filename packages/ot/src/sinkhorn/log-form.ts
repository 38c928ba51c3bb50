import { Anderson } from "./anderson";
import { logSweep } from "./dense-problem";
import { dualSum } from "./dual-sum";
import { Outlook } from "./outlook";
import { placeExponents, record, type Session } from "./session";

/** Column sums below this may have lost entries to underflow. */
const FAINT = 1e-280;

/** log Σ_i exp(x_i − ηC_ij) of one column. */
function columnLogSum({ problem, eta, x }: Session, j: number): number {
  const { f64 } = problem.workspace.kernels;
  const start = problem.at.costs / 8 + j;
  let top = -Infinity;
  for (let i = 0; i < problem.rows; i++)
    top = Math.max(top, (x[i] as number) - eta * (f64[start + i * problem.stride] as number));
  let sum = 0;
  for (let i = 0; i < problem.rows; i++)
    sum += Math.exp((x[i] as number) - eta * (f64[start + i * problem.stride] as number) - top);
  return top + Math.log(sum);
}

/** Options of {@link logIterations}. */
interface LogOptions {
  readonly tol?: number;
  readonly stage?: string;
  /** Steps that Anderson acceleration remembers; default 0, for plain iterations. */
  readonly anderson?: number;
  /** Asked after every iteration with the iterations that are still needed, once that is known. */
  readonly handOver?: (needed: number) => boolean;
}

/**
 * Iterations of Sinkhorn on logarithms: x_i = log a_i − LSE_j(y_j − ηC_ij), then y_j likewise.
 *
 * Rows and columns share their exponentials: with the new x, column j of exp(x + y − ηC) sums to some q_j, and
 * y_j += log(b_j / q_j); only where q_j underflows is it summed anew from its largest exponent. With acceleration y moves
 * on from there, but for the last iteration.
 *
 * @returns why they ended
 */
export function logIterations(
  session: Session,
  count: number,
  { tol = session.tol, stage = "log", anderson: memory = 0, handOver }: LogOptions = {},
): "converged" | "limit" | "handed over" {
  const { problem } = session;
  const anderson = memory > 0 ? new Anderson(problem.b, memory) : undefined;
  const outlook = new Outlook();
  for (let k = 0; k < count; k++) {
    placeExponents(problem, session.x, session.y);
    const rowError = logSweep(problem, session.eta);
    session.x = problem.workspace.readF64(problem.at.x, problem.rows);
    const q = problem.workspace.readF64(problem.at.q, problem.columns);
    const f = q.map((sum, j) => columnStep(session, sum, j));
    const columnError = k === 0 || anderson ? distanceFromColumns(session, q) : 0;
    // After the update of the rows, what the columns are off is all of the error; without acceleration they were exact.
    const error = anderson ? columnError : rowError + columnError;
    record(session, stage, error);
    outlook.observe(error);
    const end = error <= tol ? "converged" : handOver?.(outlook.needed(tol)) ? "handed over" : "";
    const plain = anderson === undefined || end !== "" || k === count - 1;
    const step = plain ? f : anderson.step(f, dualSum(problem, session.x, session.y), error);
    session.y = session.y.map((y, j) => y + (step[j] as number));
    if (end !== "") return end;
  }
  return "limit";
}

/** log(b_j / q_j), what a plain update adds to y_j. */
function columnStep(session: Session, sum: number, j: number): number {
  const target = session.problem.logB[j] as number;
  return (
    target - (sum > FAINT ? Math.log(sum) : columnLogSum(session, j) + (session.y[j] as number))
  );
}

const distanceFromColumns = ({ problem }: Session, q: Float64Array): number =>
  q.reduce((sum, value, j) => sum + Math.abs(value - (problem.b[j] as number)), 0);
