import { logIterations } from "../sinkhorn/log-form";
import type { Evaluation, Session } from "../sinkhorn/session";
import { NewtonSystem, type SystemOptions } from "./linear-system";
import { type NewtonEnd, type NewtonReport, newtonState, newtonSteps } from "./newton-steps";

/** N1 and λ n of the paper. */
const SWEEPS = 20;
const DENSITY = 2;
/** As small as keeps a singular system solvable. */
const SHIFT = 1e-13;
const REDUCTION = 1e-8;

/** Options of {@link paperNewton}. */
interface PaperOptions {
  readonly sweeps?: number | undefined;
  readonly density?: number | undefined;
}

/** The method of the paper: N1 iterations of Sinkhorn, then Newton steps with a Hessian of fixed density. */
export function paperNewton(
  session: Session,
  { sweeps = SWEEPS, density }: PaperOptions,
  report: (report: NewtonReport) => void,
): NewtonEnd {
  const { rows, columns } = session.problem;
  const order = rows + columns;
  const entries =
    density === undefined ? DENSITY * (order / rows) * order : density * order * order;
  // Of the Hessian's entries the diagonal always stays, and the others come in pairs.
  const kept = Math.max(0, Math.round((entries - order) / 2));
  const system = (current: Session, _: Evaluation): SystemOptions => ({
    threshold: thresholdOf(current, kept),
    delta: SHIFT,
    reduction: REDUCTION,
  });
  if (sweeps > 0 && logIterations(session, sweeps, { stage: "sinkhorn" }) === "converged")
    return "converged";
  const rules = { system, adaptive: false, tol: session.tol, stage: "newton", report };
  return newtonSteps(session, new NewtonSystem(session.problem), newtonState(session), rules);
}

/** The value that `kept` entries of the plan in memory exceed, but for ties. */
function thresholdOf({ problem }: Session, kept: number): number {
  const { at, height, stride, workspace } = problem;
  const { f64 } = workspace.kernels;
  const positive = f64
    .subarray(at.plan / 8, at.plan / 8 + height * stride)
    .filter((value) => value > 0)
    .sort();
  return positive[positive.length - kept - 1] ?? 0;
}
