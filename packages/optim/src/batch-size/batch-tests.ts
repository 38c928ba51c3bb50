import { ArgumentError } from "@x/tensor";
import type { BatchSizeOptions, BatchTest } from "./batch-size-controller";
import type { GradientStats } from "./gradient-stats";

/** Noise against signal. */
export interface TestResult {
  /** The noise of a single example. */
  readonly noise: number;
  /** The noise of the batch's mean. */
  readonly lhs: number;
  /** What that may be. */
  readonly rhs: number;
}

/** A condition on a batch; a finite population lessens the noise of its mean. */
type Test = (stats: GradientStats, options: BatchSizeOptions, population: number) => TestResult;

function read(stats: GradientStats, name: Exclude<keyof GradientStats, "batchSize">): number {
  const value = stats[name].item();
  if (Number.isFinite(value)) return value;
  throw new ArgumentError(
    `batchSizeController: expected finite statistics; ${name} is ${value}; leave batches with non-finite gradients out`,
    { [name]: value },
  );
}

/** (N − b)/(N − 1), the variance left when b of N are drawn without replacement. */
const correction = (b: number, population: number): number =>
  population === Infinity ? 1 : (population - b) / (population - 1);

const result = (
  noise: number,
  rhs: number,
  { batchSize: b }: GradientStats,
  population: number,
): TestResult => ({ noise, lhs: (noise / b) * correction(b, population), rhs });

const norm: Test = (stats, { eta = 0.5 }, population) =>
  result(read(stats, "variance"), eta ** 2 * read(stats, "squaredNorm"), stats, population);

const innerProduct: Test = (stats, { theta = 0.9 }, population) => {
  const squaredNorm = read(stats, "squaredNorm");
  // Without a mean there is no direction to vary along: all of the variance is noise.
  const noise = read(stats, squaredNorm === 0 ? "variance" : "innerProductVariance");
  return result(noise, theta ** 2 * squaredNorm ** 2, stats, population);
};

const orthogonal: Test = (stats, { nu = 5.84 }, population) =>
  result(
    read(stats, "orthogonalVariance"),
    nu ** 2 * read(stats, "squaredNorm"),
    stats,
    population,
  );

/** Examples that would do. */
const need = ({ noise, rhs }: TestResult): number => (noise === 0 ? 0 : noise / rhs);

/** The harder of two tests. */
const augmented: Test = (...args) => {
  const [a, b] = [innerProduct(...args), orthogonal(...args)];
  return need(b) > need(a) ? b : a;
};

const coordinate: Test = (stats, options, population) => {
  const { eta = 0.5, coordinateFloor = 1e-3, coordinateQuantile = 1 } = options;
  const squaredNorm = read(stats, "squaredNorm");
  const [mean, variances] = [stats.mean.dataSync(), stats.variances.dataSync()];
  let largest = 0;
  for (const x of mean) largest = Math.max(largest, Math.abs(x));
  const at = [...mean.keys()].filter(
    (i) => largest === 0 || Math.abs(mean[i] as number) >= coordinateFloor * largest,
  );
  const ratio = (i: number): number => {
    const [v, g] = [variances[i] as number, mean[i] as number];
    return v === 0 ? 0 : v / (g * g);
  };
  at.sort((i, j) => ratio(i) - ratio(j) || i - j);
  const worst = at[Math.ceil(coordinateQuantile * at.length) - 1];
  if (worst === undefined) return result(0, eta ** 2 * squaredNorm, stats, population);
  const signal = eta ** 2 * (mean[worst] as number) ** 2;
  return result(variances[worst] as number, signal, stats, population);
};

/** The conditions by name. */
export const batchTests: Readonly<Record<BatchTest, Test>> = {
  norm,
  coordinate,
  innerProduct,
  augmented,
};
