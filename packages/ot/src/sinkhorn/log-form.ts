import { logSweep } from "./dense-problem";
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

/**
 * Iterations of Sinkhorn on logarithms: x_i = log a_i − LSE_j(y_j − ηC_ij), then y_j likewise.
 *
 * Rows and columns share their exponentials: with the new x, column j of exp(x + y − ηC) sums to some q_j, and
 * y_j += log(b_j / q_j); only where q_j underflows is it summed anew from its largest exponent.
 *
 * @returns whether the marginal error has reached `tol`
 */
export function logIterations(
  session: Session,
  count: number,
  { tol = session.tol, stage = "log" }: { readonly tol?: number; readonly stage?: string } = {},
): boolean {
  const { problem } = session;
  for (let k = 0; k < count; k++) {
    placeExponents(problem, session.x, session.y);
    const error = logSweep(problem, session.eta);
    session.x = problem.workspace.readF64(problem.at.x, problem.rows);
    const q = problem.workspace.readF64(problem.at.q, problem.columns);
    const first = k === 0 ? columnError(session, q) : 0;
    for (let j = 0; j < q.length; j++) {
      const sum = q[j] as number;
      session.y[j] =
        sum > FAINT
          ? (session.y[j] as number) + (problem.logB[j] as number) - Math.log(sum)
          : (problem.logB[j] as number) - columnLogSum(session, j);
    }
    record(session, stage, error + first);
    if (error + first <= tol) return true;
  }
  return false;
}

/** Columns are exact from the second iteration on; before the first, nothing is known of them. */
const columnError = ({ problem }: Session, q: Float64Array): number =>
  q.reduce((sum, value, j) => sum + Math.abs(value - (problem.b[j] as number)), 0);
