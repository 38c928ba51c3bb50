import { random } from "@x/tensor";
import { lowerBound } from "./nearest";

/** A non-decreasing map of the line through knots; beyond them it shifts like the nearest one. */
interface LineMap {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** The quantile at a level in (0, 1), linear between the order statistics, which have levels (j + ½)/m. */
function quantile(sorted: Float64Array, level: number): number {
  const at = Math.min(Math.max(level * sorted.length - 0.5, 0), sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (at - below) * (high - low);
}

/** The map of one sample's quantiles to another's; equal numbers go to the mean of their images. */
export function quantileMap(x: Float64Array, y: Float64Array): LineMap {
  const [u, v] = [x.slice().sort(), y.slice().sort()];
  const [from, to]: [number[], number[]] = [[], []];
  for (let i = 0; i < u.length; ) {
    const start = i;
    let sum = 0;
    for (; i < u.length && u[i] === u[start]; i++) sum += quantile(v, (i + 0.5) / u.length);
    from.push(u[start] as number);
    to.push(sum / (i - start));
  }
  return { from: Float64Array.from(from), to: Float64Array.from(to) };
}

/** How far a map moves a number. */
export function shiftAt({ from, to }: LineMap, z: number): number {
  const right = lowerBound(from, z);
  const shift = (k: number): number => (to[k] as number) - (from[k] as number);
  if (right === 0) return shift(0);
  if (right === from.length) return shift(right - 1);
  const [low, high] = [from[right - 1] as number, from[right] as number];
  const part = (z - low) / (high - low);
  return (1 - part) * shift(right - 1) + part * shift(right);
}

/** Rows of points at some indices. */
const gather = (points: Float64Array, indices: Int32Array, d: number): Float64Array =>
  Float64Array.from({ length: indices.length * d }, (_, k) => {
    return points[(indices[Math.floor(k / d)] as number) * d + (k % d)] as number;
  });

/** θ·x of each row. */
function project(points: Float64Array, theta: Float64Array): Float64Array {
  const d = theta.length;
  const out = new Float64Array(points.length / d);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += (points[i * d + k] as number) * (theta[k] as number);
    out[i] = sum;
  }
  return out;
}

/**
 * Moves points by a flow that takes a sample of them to a target, in random orthonormal bases one after the other: along
 * each direction of a basis by the map between the quantiles of the projections.
 *
 * @param points - [n, d]; changed in place
 * @param sample - rows that the maps are made from
 * @param target - [m, d]
 * @see Pitié, Kokaram & Dahyot 2007, "Automated colour grading using colour distribution transfer"; Rabin, Peyré, Delon &
 *   Bernot 2011
 */
export function slicedFlow(
  points: Float64Array,
  sample: Int32Array,
  target: Float64Array,
  { d, rounds, seed }: { readonly d: number; readonly rounds: number; readonly seed: number },
): void {
  const key = random.key(seed);
  for (let round = 0; round < rounds; round++) {
    const basis = random
      .orthogonal(random.foldIn(key, round), d, d, { dtype: "f64" })
      .dataSync() as Float64Array;
    const thetas = Array.from({ length: d }, (_, k) => basis.slice(k * d, (k + 1) * d));
    const moving = gather(points, sample, d);
    const maps = thetas.map((theta) => quantileMap(project(moving, theta), project(target, theta)));
    const shifts = thetas.map((theta, k) =>
      project(points, theta).map((z) => shiftAt(maps[k] as LineMap, z)),
    );
    for (const [k, theta] of thetas.entries())
      for (let i = 0; i < points.length; i++)
        points[i] =
          (points[i] as number) +
          (shifts[k]?.[Math.floor(i / d)] as number) * (theta[i % d] as number);
  }
}
