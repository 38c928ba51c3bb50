import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import { rng, uniform } from "@x/tensor/random";
import { emd } from "../exact/emd";
import type { SparsePlan } from "../exact/sparse-plan";
import { readMatrix, total } from "../internal/read";
import type { Values } from "../values";
import { type GromovOptions, type GromovProblem, matrix } from "./prepare";

/** The plans that a solver begins with, one after the other. */
export function* startingPlans(
  operation: string,
  problem: GromovProblem,
  { init = "product", restarts = 0, seed = 0 }: GromovOptions,
): Generator<Float64Array> {
  if (!Number.isInteger(restarts) || restarts < 0)
    throw new ArgumentError(`${operation}: expected a number of restarts ≥ 0; got ${restarts}`, {
      restarts,
    });
  yield firstPlan(operation, problem, init);
  const { n, m, p, q } = problem;
  const random = rng(seed);
  for (let k = 0; k < restarts; k++) {
    const costs = uniform(random.next(), [n, m], { dtype: "f64" });
    // Half way to a vertex: from the vertex itself, zero entries could keep an entropic solver where it is.
    const product = productPlan(problem);
    yield densePlan(emd(p, q, costs).plan).map((x, i) => (x + (product[i] as number)) / 2);
  }
}

/** p qᵀ / mass. */
export function productPlan({ n, m, p, q }: GromovProblem): Float64Array {
  const mass = total(p);
  const out = new Float64Array(n * m);
  for (let i = 0, k = 0; i < n; i++)
    for (let j = 0; j < m; j++, k++) out[k] = ((p[i] as number) * (q[j] as number)) / mass;
  return out;
}

/** A plan in C order. */
export function densePlan({ shape: [n, m], rows, columns, values }: SparsePlan): Float64Array {
  const out = new Float64Array(n * m);
  for (let k = 0; k < values.length; k++)
    out[(rows[k] as number) * m + (columns[k] as number)] = values[k] as number;
  return out;
}

function firstPlan(
  operation: string,
  problem: GromovProblem,
  init: NonNullable<GromovOptions["init"]>,
): Float64Array {
  if (init === "product") return productPlan(problem);
  if (init === "lowerBound")
    return densePlan(emd(problem.p, problem.q, profileCosts(problem)).plan);
  if (typeof init === "string") {
    throw new ArgumentError(
      `${operation}: expected init "product", "lowerBound" or a plan; got "${init}"`,
      { init },
    );
  }
  return givenPlan(operation, problem, init);
}

function givenPlan(operation: string, { n, m, p, q }: GromovProblem, init: Values): Float64Array {
  const { data, rows, columns } = readMatrix(operation, "init", init);
  if (rows !== n || columns !== m) {
    throw new ShapeError(
      `${operation}: expected init with shape [${n}, ${m}]; got [${rows}, ${columns}]`,
      { init: [rows, columns] },
    );
  }
  const plan = matrix(data, n, m);
  const excess =
    plan.sum(1).sub(tensor(p)).abs().sum().item() + plan.sum(0).sub(tensor(q)).abs().sum().item();
  // Marginals are never corrected later: conditional gradients move within the set of plans.
  if (excess > 1e-6 * total(p) || data.some((x) => x < 0)) {
    throw new ArgumentError(
      `${operation}: expected a plan init ≥ 0 with marginals p and q; they differ by ${excess} in all`,
      { excess },
    );
  }
  return data;
}

/** Levels at which profiles of distances are compared. */
const LEVELS = 64;

/**
 * ∫ (F_i⁻¹(t) − G_j⁻¹(t))² dt between the distances from point i in one space and from point j in the other, by the
 * midpoint rule: the costs of Mémoli's third lower bound.
 *
 * @see Mémoli 2011, "Gromov-Wasserstein distances and the metric approach to object matching", section 6
 */
function profileCosts({ n, m, C1, C2, p, q }: GromovProblem): Tensor {
  const [F, G] = [profiles(C1, p, n), profiles(C2, q, m)];
  const square = (x: Tensor): Tensor => x.square().mean(1);
  return square(F)
    .expandDims(1)
    .add(square(G).expandDims(0))
    .sub(F.matmul(G.transpose()).mul(2 / LEVELS));
}

/** Quantiles of each row's distances, shape [n, LEVELS]. */
function profiles(C: Float64Array, weights: Float64Array, n: number): Tensor {
  const mass = total(weights);
  const out = new Float64Array(n * LEVELS);
  for (let i = 0; i < n; i++) {
    const row = C.subarray(i * n, (i + 1) * n);
    const order = Array.from(row.keys()).sort((x, y) => (row[x] as number) - (row[y] as number));
    let at = 0;
    let below = weights[order[0] as number] as number;
    for (let level = 0; level < LEVELS; level++) {
      const t = ((level + 0.5) / LEVELS) * mass;
      while (below < t && at < n - 1) below += weights[order[++at] as number] as number;
      out[i * LEVELS + level] = row[order[at] as number] as number;
    }
  }
  return matrix(out, n, LEVELS);
}
