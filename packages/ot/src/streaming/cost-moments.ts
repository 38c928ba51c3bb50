import { defaultEpsOfClouds, epsOfMoments } from "../costs/default-eps";
import { type PointProblem, withPairs } from "./problem";

/** The default ε of two clouds: 0.05 times the standard deviation of the costs, which are never all in memory. */
export function defaultEpsOfPoints(problem: PointProblem): number {
  const { X, Y, cost } = problem;
  if (cost === "sqeuclidean") return defaultEpsOfClouds(X, Y);
  // The unit of exponents is arbitrary here.
  return withPairs(problem, 1 / Math.LN2, (pairs) => {
    let [count, mean, squares] = [0, 0, 0];
    pairs.eachCostBand((costs) => {
      for (const c of costs) {
        if (c === Infinity) continue;
        count++;
        const delta = c - mean;
        mean += delta / count;
        squares += delta * (c - mean);
      }
    });
    return epsOfMoments(mean, squares / Math.max(count, 1));
  });
}
