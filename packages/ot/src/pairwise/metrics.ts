import { type Tensor, tensor } from "@x/tensor";
import type { CostName } from "../costs/cost";
import { sinkhornDivergence } from "../divergence/sinkhorn-divergence";
import { emdSample } from "../exact/emd-sample";
import { wasserstein1d } from "../exact/wasserstein-1d";
import { buresW2 } from "../gaussian/bures-w2";
import type { OptionNames } from "../internal/option-names";
import type { ReadMeasure } from "../internal/weighted-points";
import { sinkhornSample } from "../sinkhorn/sinkhorn-sample";
import type { Estimator } from "../sliced/control";
import type { Sampler } from "../sliced/directions";
import { slicedWasserstein } from "../sliced/sliced-wasserstein";

/** Optimal cost ⟨P, C⟩, by `emdSample`. */
export interface EmdMetric {
  readonly metric: "emd";
  /** Default `sqeuclidean`: the square of W₂; `euclidean` gives W₁. */
  readonly cost?: CostName | undefined;
}

interface EntropicMetric {
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs of each pair. */
  readonly eps?: number | undefined;
  /** Default `sqeuclidean`. */
  readonly cost?: CostName | undefined;
  readonly tol?: number | undefined;
  readonly maxIterations?: number | undefined;
}

/** ⟨P, C⟩ of the entropic plan, by `sinkhornSample`; not 0 between a measure and itself. */
export interface SinkhornMetric extends EntropicMetric {
  readonly metric: "sinkhorn";
}

/** The debiased divergence, by `sinkhornDivergence`. */
export interface DivergenceMetric extends EntropicMetric {
  readonly metric: "divergence";
}

/** SW_p along the same directions for all pairs, by `slicedWasserstein`. */
export interface SlicedMetric {
  readonly metric: "sliced";
  readonly p?: number | undefined;
  readonly projections?: number | undefined;
  readonly sampler?: Sampler | undefined;
  readonly estimator?: Estimator | undefined;
  readonly seed?: number | undefined;
}

/** W_p of numbers, by `wasserstein1d`. */
export interface LineMetric {
  readonly metric: "wasserstein1d";
  /** Default 1. */
  readonly p?: number | undefined;
}

/** W₂ between Gaussians with the measures' means and covariances, by `buresW2`. */
export interface BuresMetric {
  readonly metric: "bures";
}

/** A metric by name, with its options, as plain data. */
export type NamedMetric =
  | EmdMetric
  | SinkhornMetric
  | DivergenceMetric
  | SlicedMetric
  | LineMetric
  | BuresMetric;

const ENTROPIC_NAMES: OptionNames<EntropicMetric> = { eps: 1, cost: 1, tol: 1, maxIterations: 1 };

/** The names of the options of each metric. */
export const METRIC_NAMES: {
  readonly [Name in NamedMetric["metric"]]: OptionNames<
    Extract<NamedMetric, { readonly metric: Name }>
  >;
} = {
  emd: { metric: 1, cost: 1 },
  sinkhorn: { metric: 1, ...ENTROPIC_NAMES },
  divergence: { metric: 1, ...ENTROPIC_NAMES },
  sliced: { metric: 1, p: 1, projections: 1, sampler: 1, estimator: 1, seed: 1 },
  wasserstein1d: { metric: 1, p: 1 },
  bures: { metric: 1 },
};

/** A distance and whether its solver converged. */
export interface Compared {
  readonly value: number;
  readonly converged: boolean;
}

/** Points, or what stands for them, as tensors. */
export interface TensorMeasure {
  readonly points: Tensor;
  readonly weights: Tensor;
}

/** A measure as tensors. */
export const asTensors = ({ points, weights }: ReadMeasure): TensorMeasure => ({
  points: tensor(points.data, { shape: [points.rows, points.columns], copy: false }),
  weights: tensor(weights, { copy: false }),
});

/**
 * What the tasks of a metric get in place of points: for `bures` the mean in the first row and the covariance below it.
 */
export function condense({ metric }: NamedMetric, measure: ReadMeasure): ReadMeasure {
  if (metric !== "bures") return measure;
  const { data, rows, columns: d } = measure.points;
  const out = new Float64Array((d + 1) * d);
  const add = (k: number, term: number): void => {
    out[k] = (out[k] as number) + term;
  };
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < d; k++)
      add(k, (measure.weights[i] as number) * (data[i * d + k] as number));
  const centred = data.map((x, k) => x - (out[k % d] as number));
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < d; k++)
      for (let l = 0; l < d; l++) {
        const product = (centred[i * d + k] as number) * (centred[i * d + l] as number);
        add((k + 1) * d + l, (measure.weights[i] as number) * product);
      }
  return { ...measure, points: { data: out, rows: d + 1, columns: d } };
}

/** Whether a metric is 0 between a measure and itself, so that this needs no computation. */
export function vanishesOnEqual(metric: NamedMetric): boolean {
  if (metric.metric === "sinkhorn") return false;
  return metric.metric !== "emd" || metric.cost !== "dot";
}

/** Rows of a matrix as a mean and a covariance. */
function moments(points: Tensor): readonly [Tensor, Tensor] {
  const rows = points.toArray() as number[][];
  const f64 = { dtype: "f64" } as const;
  return [tensor(rows[0] as number[], f64), tensor(rows.slice(1), f64)];
}

/** Compares two measures that are {@link condense}d. */
export function compare(metric: NamedMetric, x: TensorMeasure, y: TensorMeasure): Compared {
  const [X, Y, a, b] = [x.points, y.points, x.weights, y.weights];
  switch (metric.metric) {
    case "emd": {
      const { cost, converged } = emdSample(X, Y, { a, b, cost: metric.cost, warn: false });
      return { value: cost, converged };
    }
    case "sinkhorn": {
      const { metric: _, ...options } = metric;
      const { linear, converged } = sinkhornSample(X, Y, { ...options, a, b, warn: false });
      return { value: linear, converged };
    }
    case "divergence": {
      const { metric: _, ...options } = metric;
      return sinkhornDivergence(X, Y, { ...options, a, b, warn: false });
    }
    case "sliced": {
      const { metric: _, ...options } = metric;
      return { value: slicedWasserstein(X, Y, { ...options, a, b }).value, converged: true };
    }
    case "wasserstein1d": {
      const [u, v] = [X.reshape([-1]), Y.reshape([-1])];
      const options = { uWeights: a, vWeights: b, p: metric.p };
      return { value: wasserstein1d(u, v, options).distance, converged: true };
    }
    case "bures": {
      const squared = buresW2(...moments(X), ...moments(Y)).item();
      // Between equal Gaussians rounding may leave less than nothing.
      return { value: Math.sqrt(Math.max(squared, 0)), converged: true };
    }
  }
}
