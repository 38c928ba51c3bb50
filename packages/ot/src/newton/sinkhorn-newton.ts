import { ArgumentError } from "@x/tensor";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { readMasses, readMatrix } from "../internal/read";
import type { OTProgress, OTResult, SolverOptions } from "../result";
import { solveDense } from "../sinkhorn/entropic";
import { readEps } from "../sinkhorn/prepare";
import { type Evaluation, evaluate, type Session } from "../sinkhorn/session";
import { readInit, TOLERANCE, warned } from "../sinkhorn/sinkhorn";
import { plainEnd } from "../sinkhorn/solve";
import type { Values } from "../values";
import type { NewtonReport } from "./newton-steps";
import { paperNewton } from "./paper";
import { type NewtonStart, newtonFrom, startsOf } from "./safeguarded";

/** Options of {@link sinkhornNewton}. */
export interface SinkhornNewtonOptions extends SolverOptions {
  /** Largest marginal error to stop at, as a fraction of the mass; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Iterations of Sinkhorn and Newton steps together; default 2000. */
  readonly maxIterations?: number | undefined;
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs between points with weight. */
  readonly eps?: number | undefined;
  /** 1/ε, instead of it. */
  readonly eta?: number | undefined;
  /** `safeguarded` (default) or `paper`. */
  readonly variant?: "safeguarded" | "paper" | undefined;
  /**
   * Safeguarded: true to come from larger ε, false to begin at `init`, or at zeros. Default: with `init`, there; else at
   * the potentials of the problem without entropy where costs spread over more than 500 ε and weights are not all equal,
   * and from larger ε otherwise.
   */
  readonly continuation?: boolean | undefined;
  /** Paper: iterations of Sinkhorn before the first Newton step, N1; default 20. */
  readonly sweeps?: number | undefined;
  /** Paper: density λ of the sparsified Hessian of order n + m; default 2/n. */
  readonly density?: number | undefined;
  /** Potentials to start from, such as those of a previous result. */
  readonly init?: { readonly f: Values; readonly g: Values } | undefined;
}

const NAMES: OptionNames<SinkhornNewtonOptions> = {
  eps: 1,
  eta: 1,
  ...SOLVER_NAMES,
  variant: 1,
  continuation: 1,
  sweeps: 1,
  density: 1,
  init: 1,
};

/** One iteration of {@link sinkhornNewton}. */
export interface NewtonProgress extends OTProgress {
  /** `sinkhorn`, `continuation` (Newton at a larger ε), `newton`. */
  readonly stage: string;
  /** The dual objective after it, without the constants that shifts of the costs add; not known of `sinkhorn`. */
  readonly objective?: number;
  /** Entries of P in the linear system. */
  readonly nnz?: number;
  /** Conjugate gradient steps; 0 if it was factored at once. */
  readonly cg?: number;
  /** Whether the system was factored, as a sparse matrix of order n + m or as a dense one of the smaller side. */
  readonly factored?: "sparse" | "dense" | false;
  /** Length of the step in units of Newton's. */
  readonly step?: number;
}

/** The result of {@link sinkhornNewton}. */
export interface NewtonResult extends OTResult {
  readonly history: readonly NewtonProgress[];
}

const MAX_ITERATIONS = 2000;

/**
 * Entropic optimal transport to machine accuracy at small ε: Newton's method on the dual with a sparsified Hessian.
 *
 * Maximises L(x, y) = −(1/η) Σ exp(η(x_i + y_j − C_ij) − 1) + Σ a x + Σ b y, η = 1/ε. The variant of the paper runs N1
 * iterations of Sinkhorn, keeps a fixed number of entries of the Hessian, solves by conjugate gradients and searches
 * along the line. The safeguarded one begins at the potentials of the problem without entropy or comes down from larger
 * ε, drops entries by mass in proportion to the marginal error, solves a shifted Schur complement by conjugate gradients
 * or, where that is cheaper, a sparse or dense Cholesky factorisation, and puts in iterations of Sinkhorn wherever steps
 * are small. Where it stalls, the other start follows, and then plain iterations, with `newton-stalled` in `status`: the
 * result is never worse than Sinkhorn's.
 *
 * @param a - weights of the rows, shape [n], ≥ 0; null for 1/n each
 * @param b - weights of the columns, shape [m], with the same sum to 10⁻⁶; null for uniform ones
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError if both `eps` and `eta` are given, and as {@link sinkhorn}
 * @example
 * sinkhornNewton(null, null, [[0, 1], [1, 0]], { eps: 1 }).linear // 0.26894142
 * @see Tang, Shavlovsky, Rahmanian, Tardini, Thekumparampil, Xiao and Ying 2024, "Accelerating Sinkhorn algorithm with
 *   sparse Newton iterations"
 */
export function sinkhornNewton(
  a: Values | null,
  b: Values | null,
  C: Values,
  options: SinkhornNewtonOptions = {},
): NewtonResult {
  const name = "sinkhornNewton";
  checkOptionNames(name, options, NAMES);
  checkChoice(name, "variant", options.variant, ["safeguarded", "paper"]);
  const costs = readMatrix(name, "C", C, { forbidden: true });
  const masses = readMasses(name, a, b, costs.rows, costs.columns);
  const eps = readEps(name, epsOf(options), costs, masses);
  const init = options.init && readInit(name, options.init, costs);
  const { tol = TOLERANCE, maxIterations = MAX_ITERATIONS } = options;
  const settings = { tol, maxIterations, checkEvery: 1 };
  const result = solveDense({ operation: name, costs, ...masses, eps, init }, settings, (session) =>
    run(session, options, init !== undefined),
  );
  return warned(name, result as NewtonResult, options.warn);
}

function epsOf({ eps, eta }: SinkhornNewtonOptions): number | undefined {
  if (eta === undefined) return eps;
  if (eps !== undefined) {
    throw new ArgumentError(
      `sinkhornNewton: expected eps or eta = 1/eps; got both, ${eps} and ${eta}; leave out one`,
      { eps, eta },
    );
  }
  if (!(eta > 0 && eta < Infinity))
    throw new ArgumentError(`sinkhornNewton: expected eta > 0; got ${eta}`, { eta });
  return 1 / eta;
}

function run(session: Session, options: SinkhornNewtonOptions, warm: boolean): Evaluation {
  const report = ({ error, ...rest }: NewtonReport): void => {
    const iteration = session.iterations;
    const entry: NewtonProgress = { ...rest, iteration, marginalError: error };
    session.history.push({ ...entry, objective: rest.objective / session.eta } as OTProgress);
  };
  const end =
    options.variant === "paper"
      ? paperNewton(session, options, report)
      : newtonFrom(session, startsFor(session, options.continuation, warm), { report });
  session.notes.push(phases(session));
  if (end === "stalled") plainEnd(session);
  return evaluate(session);
}

/** Where to begin, and where else should that fail. */
function startsFor(
  session: Session,
  continuation: boolean | undefined,
  warm: boolean,
): readonly NewtonStart[] {
  if (continuation === undefined && !warm) return startsOf(session);
  return [continuation ? "continuation" : "here", "exact"];
}

/** Which phase took how many iterations. */
function phases({ history }: Session): string {
  const counts = new Map<string, number>();
  for (const { stage } of history) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  return [...counts].map(([stage, count]) => `${count} iterations (${stage})`).join(", ");
}
