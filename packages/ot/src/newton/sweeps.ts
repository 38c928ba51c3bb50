import { sweep, write } from "../sinkhorn/dense-problem";
import { logIterations } from "../sinkhorn/log-form";
import { type Evaluation, evaluate, record, type Session } from "../sinkhorn/session";

/**
 * Iterations of Sinkhorn on the plan in memory, which is evaluated anew after them.
 *
 * Where a row or a column of it has vanished, on logarithms instead.
 */
export function sweeps(session: Session, count: number, cutoff: number, stage: string): Evaluation {
  const { problem } = session;
  const { at, workspace } = problem;
  write(problem, at.u, 1, problem.rows);
  write(problem, at.u + 8 * problem.rows, 0, problem.height - problem.rows);
  write(problem, at.v, 1, problem.columns);
  write(problem, at.v + 8 * problem.columns, 0, problem.stride - problem.columns);
  const errors: number[] = [];
  for (let k = 0; k < count; k++) {
    const { rows, columns } = sweep(problem, 1);
    errors.push(rows.error + (k === 0 ? columns.error : 0));
  }
  const u = workspace.readF64(at.u, problem.rows);
  const v = workspace.readF64(at.v, problem.columns);
  const sound = (x: number): boolean => x > 1e-290 && x < 1e290;
  if (u.every(sound) && v.every(sound)) {
    session.x = session.x.map((x, i) => x + Math.log(u[i] as number));
    session.y = session.y.map((y, j) => y + Math.log(v[j] as number));
    for (const error of errors) record(session, stage, error);
  } else logIterations(session, count, { stage });
  const state = evaluate(session, { keep: true, cutoff });
  session.error = state.error;
  return state;
}
