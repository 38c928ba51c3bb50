import { type Tensor, tensor } from "@x/tensor";
import { type SparsePlan, sparsePlan } from "../exact/sparse-plan";
import { checkOptionNames } from "../internal/option-names";
import type { Values } from "../values";
import { type Clouds, checkPower, readClouds } from "./clouds";
import { gatherEntries, linePlan, type PlanEntries } from "./line-plan";
import { readDirections, SLICE_NAMES, type SliceOptions } from "./options";
import { slices } from "./slices";

/** A transport plan made from optimal plans between projections. */
export interface SlicedPlan {
  /** A plan between the clouds, [n, m]. */
  readonly plan: SparsePlan;
  /** Σ P_ij ‖x_i − y_j‖^p, an upper bound of W_p^p. */
  readonly costP: number;
  /** Upper bound of W_p. */
  readonly cost: number;
  /** Cost of the plan of each direction, f64 [L]. */
  readonly perDirection: Tensor;
  /** The directions that the plan is made from, f64 [1, d] or [L, d]. */
  readonly theta: Tensor;
}

/** The clouds in one frame, where points can be compared. */
function inOneFrame(clouds: Clouds): Clouds {
  const { d, delta } = clouds;
  const y = clouds.y.map((v, i) => v - (delta[i % d] as number));
  return { ...clouds, y, delta: new Float64Array(d) };
}

interface Prepared {
  readonly clouds: Clouds;
  readonly theta: Float64Array;
  readonly costs: Float64Array;
  readonly p: number;
}

function prepare(name: string, X: Values, Y: Values, options: SliceOptions): Prepared {
  checkOptionNames(name, options, SLICE_NAMES);
  const { p = 2 } = options;
  checkPower(name, p);
  const clouds = inOneFrame(readClouds(name, X, Y, options.a, options.b));
  const theta = readDirections(name, options, clouds.d);
  return { clouds, theta, p, costs: slices(clouds, theta, { p, lifted: true }).lifted };
}

function result(
  { clouds, costs, p }: Prepared,
  entries: PlanEntries,
  inUnit: number,
  theta: Float64Array,
): SlicedPlan {
  const { n, m, d, unit, mass } = clouds;
  const scale = mass * unit ** p;
  return {
    plan: sparsePlan([n, m], entries.rows, entries.columns, entries.values),
    costP: scale * inUnit,
    cost: unit * (mass * inUnit) ** (1 / p),
    perDirection: tensor(
      costs.map((c) => scale * c),
      { copy: false },
    ),
    theta: tensor(theta, { shape: [theta.length / d, d], copy: false }),
  };
}

/**
 * The cheapest of the plans that are optimal between projections on one direction: an upper bound of W_p, in
 * O(L n (log n + d)).
 *
 * For clouds of n points each with equal weights it is a permutation.
 *
 * @param X - points, [n, d]
 * @param Y - points, [m, d]
 * @param options - as of `slicedWasserstein`: weights, p, directions
 * @throws ShapeError and ArgumentError as `slicedWasserstein`
 * @see Mahey, Chapel, Gasso, Bonet & Courty 2023, "Fast optimal transport through sliced generalized Wasserstein
 *   geodesics"
 * @example
 * minSlicedPlan(X, Y, { projections: 100 }).plan.toDense()
 */
export function minSlicedPlan(X: Values, Y: Values, options: SliceOptions = {}): SlicedPlan {
  const prepared = prepare("minSlicedPlan", X, Y, options);
  const { clouds, theta, costs, p } = prepared;
  const { d } = clouds;
  let best = 0;
  for (let l = 1; l < costs.length; l++) {
    if ((costs[l] as number) < (costs[best] as number)) best = l;
  }
  const direction = theta.slice(best * d, (best + 1) * d);
  const entries = gatherEntries([linePlan(clouds, direction, p)], clouds.m, clouds.mass);
  return result(prepared, entries, costs[best] as number, direction);
}

/**
 * The average of the plans that are optimal between projections, over all directions: an upper bound of W_p.
 *
 * The bound is the mean of the plans' costs, so it lies above that of {@link minSlicedPlan}; the plan is smoother, with
 * up to L (n + m − 1) entries.
 *
 * @param X - points, [n, d]
 * @param Y - points, [m, d]
 * @param options - as of `slicedWasserstein`: weights, p, directions
 * @throws ShapeError and ArgumentError as `slicedWasserstein`
 * @see Rowland et al. 2019, "Orthogonal estimation of Wasserstein distances"
 * @example
 * liftedPlan(X, Y, { projections: 20 }).cost
 */
export function liftedPlan(X: Values, Y: Values, options: SliceOptions = {}): SlicedPlan {
  const prepared = prepare("liftedPlan", X, Y, options);
  const { clouds, theta, costs, p } = prepared;
  const { d, m, mass } = clouds;
  const L = costs.length;
  const parts = Array.from({ length: L }, (_, l) =>
    linePlan(clouds, theta.slice(l * d, (l + 1) * d), p),
  );
  const mean = costs.reduce((s, c) => s + c, 0) / L;
  return result(prepared, gatherEntries(parts, m, mass / L), mean, theta);
}
