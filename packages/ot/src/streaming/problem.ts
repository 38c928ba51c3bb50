import type { Cost, CostFunction } from "../costs/cost";
import { costFunction } from "../costs/cost-matrix";
import type { Matrix } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import { cloudPairs } from "./cloud-pairs";
import { functionPairs } from "./function-pairs";
import { geometryOf } from "./geometry";
import { streamingKernels } from "./kernels";
import type { Pairs } from "./pairs";

/** Two clouds with positive weights and a cost between them. */
export interface PointProblem {
  readonly X: Matrix;
  readonly Y: Matrix;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly cost: Cost;
}

/** Runs a computation with the sums over pairs of a problem at some ε; their memory is freed when it ends. */
export function withPairs<R>(
  { X, Y, a, b, cost }: PointProblem,
  eps: number,
  body: (pairs: Pairs) => R,
): R {
  const eta = 1 / (eps * Math.LN2);
  const geometry = geometryOf(X, Y, cost);
  return withWorkspace(streamingKernels, (w) =>
    body(
      geometry === undefined
        ? functionPairs(w, X, Y, cost as CostFunction, eta)
        : cloudPairs(w, geometry, a, b, eta),
    ),
  );
}

/** @throws ArgumentError on an unknown name */
export const checkCost = (operation: string, cost: Cost): void => {
  costFunction(operation, cost);
};
