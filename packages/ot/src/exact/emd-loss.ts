import { type Tensor, TraceError, take, tensor, vmap } from "@x/tensor";
import { costFunction } from "../costs/cost-matrix";
import { checkOptionNames } from "../internal/option-names";
import { tensorOf } from "../internal/read";
import { knownValue } from "../internal/tracing";
import type { Values } from "../values";
import { EMD_SAMPLE_NAMES, type EmdSampleOptions, emdSample } from "./emd-sample";

/** Options of {@link emdLoss}. */
export type EmdLossOptions = Omit<EmdSampleOptions, "centerDual">;

/**
 * Exact optimal transport cost between two weighted clouds, as a differentiable scalar.
 *
 * By the envelope theorem, the gradient is that of Σ P_ij c(x_i, y_j) with the optimal plan P held fixed; by weights it
 * is u and v with Σ a u = Σ b v, the derivatives along all directions that keep the masses equal. The cost has kinks
 * where the plan changes; there it is one of the one-sided gradients. Second derivatives in points are those with P
 * fixed, which is exact between kinks; mixed ones in points and weights are left out.
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @returns a scalar, f64, differentiable in X, Y, `a` and `b` in all modes
 * @throws ShapeError, ArgumentError as `emdSample`
 * @throws TraceError inside `jit` and `vmap`: the plan is found from values
 * @example
 * grad((x: Tensor) => emdLoss(x, [[0], [2]]))(tensor([[1], [4]])) // [[1], [2]]
 */
export function emdLoss(X: Values, Y: Values, options: EmdLossOptions = {}): Tensor {
  checkOptionNames("emdLoss", options, EMD_SAMPLE_NAMES);
  const [x, y] = [tensorOf("emdLoss", "X", X), tensorOf("emdLoss", "Y", Y)];
  const a = options.a == null ? null : tensorOf("emdLoss", "a", options.a);
  const b = options.b == null ? null : tensorOf("emdLoss", "b", options.b);
  const solved = emdSample(known("X", x), known("Y", y), {
    ...options,
    a: a && known("a", a),
    b: b && known("b", b),
  });
  const { rows, columns, values } = solved.plan;
  const pairs = pairCost(take(x, tensor(rows), 0), take(y, tensor(columns), 0), options.cost);
  let loss = pairs.mul(tensor(values)).sum();
  // 0, with the derivative u or v.
  if (a) loss = loss.add(a.sub(known("a", a)).mul(solved.u).sum());
  if (b) loss = loss.add(b.sub(known("b", b)).mul(solved.v).sum());
  return loss;
}

function known(name: string, x: Tensor): Tensor {
  const value = knownValue(x);
  if (value !== undefined) return value;
  throw new TraceError(
    `emdLoss: expected ${name} with values; got one that is traced by jit or vmap; call emdLoss outside of them`,
    { argument: name, shape: x.shape },
  );
}

/** c(x_k, y_k) for points in rows, shape [k]. */
function pairCost(x: Tensor, y: Tensor, cost: EmdLossOptions["cost"] = "sqeuclidean"): Tensor {
  const between = costFunction("emdLoss", cost);
  const [k = 0, d = 0] = x.shape;
  const costs = vmap(between)(x.reshape([k, 1, d]), y.reshape([k, 1, d]));
  return costs.reshape([k]);
}
