import { AcceleratedColumns } from "./accelerated-columns";
import { type DenseProblem, sweep, write } from "./dense-problem";
import { formKernel } from "./form-kernel";
import { Outlook } from "./outlook";
import { Relaxation, type RelaxationOptions } from "./relaxation";
import { placeExponents, record, type Session } from "./session";
import { LEAST, SingleSweeps, singleBlock } from "./single";

/** Scalings beyond e^±50 are folded into the potentials, */
const ABSORB = 50;
/** and those of a matrix in single precision, of which exponents below −120 are left out, beyond e^±20. */
const ABSORB_SINGLE = 20;
/** Scalings beyond this, or none at all, mean that K has lost what matters. */
const EXTREME = 1e290;

const PLAIN_END = 10;
/** Iterations that are always made: Newton's method gains from a start that is not far. */
const EARLY = 20;

/** Options of {@link scalingIterations}. */
interface ScalingOptions extends RelaxationOptions {
  /** Steps that Anderson acceleration remembers; 0 for over-relaxed or plain iterations. */
  readonly anderson?: number;
  readonly tol?: number;
  /** Fold scalings into the potentials when they grow (default true), and in any case every so many iterations. */
  readonly absorb?: boolean;
  readonly absorbEvery?: number;
  readonly stage?: string;
  /** Asked after every iteration with the iterations that are still needed, once that is known. */
  readonly handOver?: (needed: number) => boolean;
}

/** Why the iterations ended. */
export type ScalingEnd = "converged" | "limit" | "handed over" | "underflow";

/** Exponents that K leaves out: far below what scalings up to e^50, or e^20, on either side can bring back. */
const cutoffOf = (absorb: boolean, single: boolean): number =>
  !absorb ? -745 : single ? LEAST : -200;

/**
 * K = exp((f + g − C)/ε) of the session's potentials, and scalings of 1.
 *
 * @param absorb - whether scalings are folded into the potentials when they grow
 * @returns iterations in single precision, if they are wanted and possible
 */
function rebuild(session: Session, absorb: boolean, wanted: boolean): SingleSweeps | undefined {
  const { problem, eta } = session;
  const { logA, logB } = problem;
  const f = session.x.map((x, i) => x - (logA[i] as number));
  const g = session.y.map((y, j) => y - (logB[j] as number));
  const zero = f.every((x) => x === 0) && g.every((y) => y === 0);
  const block = wanted ? singleBlock(problem, eta, cutoffOf(absorb, true), f, g) : undefined;
  if (!(zero && problem.kernel.eta === eta)) {
    const cutoff = cutoffOf(absorb, block !== undefined);
    placeExponents(problem, f, g);
    formKernel(problem, eta, cutoff, block?.kernel ?? 0);
    if (zero && cutoff <= -745) problem.kernel.eta = eta;
  }
  resetScalings(problem);
  return block && new SingleSweeps(problem, block, !zero);
}

function resetScalings(problem: DenseProblem): void {
  write(problem, problem.at.u, problem.a, problem.height);
  write(problem, problem.at.v, problem.b, problem.stride);
}

/** Puts the scalings into the potentials; those of the last good iteration. */
function fold(session: Session): void {
  const { problem } = session;
  const { at, workspace, a, b } = problem;
  const u = workspace.readF64(at.u, problem.rows);
  const v = workspace.readF64(at.v, problem.columns);
  session.x = session.x.map((x, i) => x + Math.log((u[i] as number) / (a[i] as number)));
  session.y = session.y.map((y, j) => y + Math.log((v[j] as number) / (b[j] as number)));
}

/**
 * Iterations of Sinkhorn on scalings, u = a / (Kv) and v = b / (Kᵀu), around the session's potentials.
 *
 * The violation of the rows before their update comes with it; that of the columns is 0 after their update, unless
 * that was over-relaxed, and then it comes with theirs. Accelerated iterations tell what the columns before their update
 * are off with the new rows, which is all of the error.
 */
export function scalingIterations(
  session: Session,
  count: number,
  options: ScalingOptions = {},
): ScalingEnd {
  const { tol = session.tol, absorb = true, absorbEvery = Infinity } = options;
  const { stage = absorb ? "stabilized" : "scaling", handOver, anderson = 0 } = options;
  const relaxation = new Relaxation(options);
  const outlook = new Outlook();
  const { problem } = session;
  let singly = absorbEvery === Infinity;
  let single = rebuild(session, absorb, singly);
  const accelerated = anderson > 0 ? new AcceleratedColumns(session, anderson) : undefined;
  const accelerates = accelerated !== undefined || options.overrelax === "auto";
  let exact = false;
  for (let k = 1; k <= count; k++) {
    // The last iterations are plain, so that what a limit cuts off is an iterate of Sinkhorn.
    const plain = accelerates && count - k < PLAIN_END;
    const due = single?.due(session.error);
    const omega = plain || due ? 1 : relaxation.omega;
    const { rows, columns } = due
      ? (single as SingleSweeps).anchor()
      : (single?.sweep(omega) ?? sweep(problem, omega));
    const low = Math.min(rows.low, columns.low);
    const high = Math.max(rows.high, columns.high);
    if (!(low > 1 / EXTREME && high < EXTREME)) {
      if (!single) return "underflow";
      singly = false;
      single = undefined;
      if (absorb) rebuild(session, absorb, singly);
      else resetScalings(problem);
      accelerated?.rebase();
      accelerated?.clear();
      continue;
    }
    // After u = a / (Kv) the rows are right, and what the columns are off is all of the error.
    const error = accelerated ? columns.error : rows.error + (exact ? 0 : columns.error);
    exact = omega === 1;
    record(session, stage, error);
    if (error <= tol) {
      fold(session);
      return "converged";
    }
    relaxation.observe(error);
    outlook.observe(error);
    if (accelerated && !plain && accelerated.move(error)) single?.moved();
    const needed = accelerated ? outlook.needed(tol) : relaxation.needed(error, tol);
    if (k > EARLY && handOver?.(needed)) {
      fold(session);
      return "handed over";
    }
    const grown = Math.max(-Math.log(low), Math.log(high)) > (single ? ABSORB_SINGLE : ABSORB);
    if (k % absorbEvery === 0 || (absorb && grown)) {
      fold(session);
      single = rebuild(session, absorb, singly);
      accelerated?.rebase();
    }
  }
  fold(session);
  return "limit";
}
