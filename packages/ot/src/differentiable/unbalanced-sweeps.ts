import { logSumExp, type Tensor, tensor, whileLoop } from "@x/tensor";
import { finiteCost } from "./dual";
import { type Stop, softmin } from "./fixed-point";
import type { Potentials, Problem, Rho } from "./problem";

/**
 * Dual potentials of an unbalanced problem by log-domain sweeps with translations, in one loop of tensor operations:
 * until no potential changes by more than `tol` ε.
 */
export function sweepUnbalanced(
  { a, b, C, eps }: Problem,
  [rhoA, rhoB]: Rho,
  { tol, maxIterations }: Stop,
): Potentials {
  const cost = finiteCost(C);
  const [logA, logB] = [a.log(), b.log()];
  const damping = (rho: number): Tensor => eps.div(rho).add(1).reciprocal();
  const tau = 1 / (1 / rhoA + 1 / rhoB);
  const part = (log: Tensor, h: Tensor, rho: number): Tensor => logSumExp(log.sub(h.div(rho)));
  const out = whileLoop(
    ({ change, count }) => change.greater(tol).logicalAnd(count.less(maxIterations)),
    ({ f, g, count }) => {
      const rows = softmin(cost, logB, g, eps, 1).mul(damping(rhoA));
      const columns = softmin(cost, logA.expandDims(1), rows.expandDims(1), eps, 0).mul(
        damping(rhoB),
      );
      const shift = part(logA, rows, rhoA)
        .sub(part(logB, columns, rhoB))
        .mul(tau);
      const [nextF, nextG] = [rows.add(shift), columns.sub(shift)];
      const moved = nextF.sub(f).abs().max().maximum(nextG.sub(g).abs().max());
      return { f: nextF, g: nextG, change: moved.div(eps), count: count.add(1) };
    },
    {
      f: a.mul(0),
      g: b.mul(0),
      change: tensor(Infinity, { dtype: "f64" }),
      count: tensor(0, { dtype: "i32" }),
    },
  );
  return { f: out.f, g: out.g };
}
