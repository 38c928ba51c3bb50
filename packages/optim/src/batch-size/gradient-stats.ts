import { ArgumentError, concat, ShapeError, type Tensor, tensor } from "@x/tensor";
import { entriesOf } from "../core/tree";

/** How much the gradients of single examples differ; input of a batch-size controller. */
export interface GradientStats {
  /** Examples behind the mean. */
  readonly batchSize: number;
  /** ‖ḡ‖², f64 scalar. */
  readonly squaredNorm: Tensor;
  /** ‖V‖₁, the unbiased variance of an example's gradient summed over coordinates; f64 scalar. */
  readonly variance: Tensor;
  /** σ² = Var⟨g_i, ḡ⟩, f64 scalar. */
  readonly innerProductVariance: Tensor;
  /** τ, the variance of the part of g_i that is orthogonal to ḡ, summed over coordinates; f64 scalar. */
  readonly orthogonalVariance: Tensor;
  /** ḡ, all leaves in one vector in the order of their paths; f64. */
  readonly mean: Tensor;
  /** V, likewise. */
  readonly variances: Tensor;
}

/** Micro-batches behind means of gradients. */
export interface MicroBatchOptions {
  /** Examples of each micro-batch, if they differ. */
  readonly sizes?: readonly number[];
  /** Unbiased variances within each micro-batch, [J, …] like the means: makes `variance` and `variances` exact. */
  readonly variances?: unknown;
}

const fromPerSample = (gradients: unknown): GradientStats => {
  const rows = rowsOf("gradientStats.fromPerSample", gradients);
  const b = rows[0]?.shape[0] as number;
  if (b < 2) {
    throw new ArgumentError(
      `gradientStats.fromPerSample: expected at least two examples; got ${b}; one has no variance`,
      { batchSize: b },
    );
  }
  return spread(rows, new Array<number>(b).fill(1));
};

const fromMicroBatches = (
  means: unknown,
  size: number,
  options: MicroBatchOptions = {},
): GradientStats => {
  const caller = "gradientStats.fromMicroBatches";
  const rows = rowsOf(caller, means);
  const count = rows[0]?.shape[0] as number;
  if (count < 2) {
    throw new ArgumentError(
      `${caller}: expected at least two micro-batches; got ${count}; split the batch`,
      { count },
    );
  }
  const sizes = options.sizes ?? new Array<number>(count).fill(size);
  if (sizes.length !== count || !sizes.every((m) => Number.isInteger(m) && m >= 1)) {
    throw new ArgumentError(
      `${caller}: expected a whole number of examples ≥ 1 for each of ${count} micro-batches; got [${sizes.join(", ")}]`,
      { sizes },
    );
  }
  const stats = spread(rows, sizes);
  if (options.variances === undefined) return stats;
  const within = rowsOf(caller, options.variances);
  return { ...stats, ...pooled(within, sizes, stats) };
};

/**
 * Statistics of gradients for {@link GradientStats}, in f64, inside `jit` and outside. All parameters count as one vector.
 *
 * - `fromPerSample(G)`: from the gradient of every example: a tensor [b, …] or a tree of them, as `vmap(grad(…))`
 *   gives; b ≥ 2
 * - `fromMicroBatches(means, m, { sizes, variances })`: from mean gradients of J ≥ 2 micro-batches of m examples,
 *   V ≈ Σ_j m_j(ḡ_j − ḡ)²/(J − 1), unbiased; exact if the variances within the micro-batches are given
 *
 * @throws ArgumentError for fewer than two examples or micro-batches, ShapeError when leaves differ in their number
 * @example
 * const stats = gradientStats.fromPerSample(tensor([[1, 2], [3, 0], [2, -2], [2, 4]]));
 * stats.variance.item(); // 7.333
 */
export const gradientStats: {
  readonly fromPerSample: (gradients: unknown) => GradientStats;
  readonly fromMicroBatches: (
    means: unknown,
    size: number,
    options?: MicroBatchOptions,
  ) => GradientStats;
} = { fromPerSample, fromMicroBatches };

/** Leaves as f64 matrices with one row for each example or micro-batch. */
function rowsOf(caller: string, tree: unknown): Tensor[] {
  const entries = entriesOf(caller, tree);
  const count = entries[0]?.leaf.shape[0];
  for (const { path, leaf } of entries) {
    if (count === undefined || leaf.shape[0] !== count) {
      throw new ShapeError(
        `${caller}: expected leaves [b, …] with one b; ${path.join(".") || "the root"} has shape [${leaf.shape.join(", ")}], the first has ${count ?? "none"}`,
        { path, shape: leaf.shape },
      );
    }
  }
  if (count === undefined) {
    throw new ArgumentError(`${caller}: expected at least one tensor; got none`);
  }
  return entries.map(({ leaf }) =>
    leaf.reshape([count, leaf.size / Math.max(count, 1)]).cast("f64"),
  );
}

const total = (xs: readonly Tensor[]): Tensor => xs.reduce((sum, x) => sum.add(x));

/** Weighted means of the rows, and how the rows lie around them, in two passes: squares of sums would cancel. */
function spread(rows: readonly Tensor[], sizes: readonly number[]): GradientStats {
  const batchSize = sizes.reduce((x, y) => x + y, 0);
  const weights = tensor(Float64Array.from(sizes));
  const column = weights.reshape([sizes.length, 1]);
  const means = rows.map((g) => g.mul(column).sum(0).div(batchSize));
  const offsets = rows.map((g, i) => g.sub(means[i] as Tensor));
  const degrees = sizes.length - 1;
  const variances = offsets.map((d) => d.square().mul(column).sum(0).div(degrees));
  const squaredNorm = total(means.map((m) => m.square().sum()));
  const products = total(offsets.map((d, i) => d.matmul(means[i] as Tensor)));
  const innerProductVariance = products.square().mul(weights).sum().div(degrees);
  const along = products.div(squaredNorm.equal(0).where(1, squaredNorm)).reshape([sizes.length, 1]);
  const orthogonalVariance = total(
    offsets.map((d, i) =>
      d
        .sub(along.mul(means[i] as Tensor))
        .square()
        .mul(column)
        .sum(),
    ),
  ).div(degrees);
  return {
    batchSize,
    squaredNorm,
    variance: total(variances.map((v) => v.sum())),
    innerProductVariance,
    orthogonalVariance,
    mean: concat(means),
    variances: concat(variances),
  };
}

/** V = [Σ_j (m_j − 1)V_j + Σ_j m_j(ḡ_j − ḡ)²]/(b − 1). */
function pooled(
  within: readonly Tensor[],
  sizes: readonly number[],
  { batchSize, variances }: GradientStats,
): Pick<GradientStats, "variance" | "variances"> {
  const degrees = tensor(Float64Array.from(sizes, (m) => m - 1)).reshape([sizes.length, 1]);
  const inner = concat(within.map((v) => v.mul(degrees).sum(0)));
  if (inner.size !== variances.size) {
    throw new ShapeError(
      `gradientStats.fromMicroBatches: expected variances in the shapes of the means; got ${inner.size} coordinates for ${variances.size}`,
      { coordinates: [inner.size, variances.size] },
    );
  }
  const exact = inner.add(variances.mul(sizes.length - 1)).div(batchSize - 1);
  return { variance: exact.sum(), variances: exact };
}
