import { defaultEpsOfPoints } from "./cost-moments";
import { iterate, type LogWeights, type State } from "./iterations";
import { type PointProblem, withPairs } from "./problem";

/** Iterations at each level: they settle the coarse structure; more would only polish a problem that is left behind. */
const PER_LEVEL = 5;
/** From the default ε, a twentieth of the standard deviation, to about the range of the costs. */
const RANGE = 80;

/** Solves roughly at larger ε first, each a factor below the one before, and leaves potentials to start from. */
export function annealedStart(
  problem: PointProblem,
  { logB }: LogWeights,
  state: State,
  { eps, anneal, maxIterations }: { eps: number; anneal: number; maxIterations: number },
): void {
  const weights = { a: problem.a, b: problem.b, logA: problem.a.map(Math.log2), logB };
  let previous = eps;
  const move = (to: number): void => {
    const ratio = previous / to;
    state.u = state.u.map((u) => u * ratio);
    state.v = state.v.map((v, j) => (v - (logB[j] as number)) * ratio + (logB[j] as number));
    previous = to;
  };
  for (let level = RANGE * defaultEpsOfPoints(problem); level > eps; level *= anneal) {
    // One iteration at least is for the problem itself.
    const most = Math.min(state.iterations + PER_LEVEL, maxIterations - 1);
    if (state.iterations >= most) break;
    move(level);
    withPairs(problem, level, (pairs) =>
      iterate(pairs, weights, state, {
        ...{ tol: 0, maxIterations: most, overrelax: false, stage: "anneal" },
      }),
    );
  }
  move(eps);
}
