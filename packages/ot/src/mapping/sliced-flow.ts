import { random } from "@x/tensor";
import { lowerBound } from "./nearest";

/** A non-decreasing map of the line through knots; beyond them it shifts like the nearest one. */
interface LineMap {
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** First knot at or after the beginning of each of some equal parts of the range of `from`, and their number per unit. */
  readonly parts: Int32Array;
  readonly scale: number;
}

/** Parts of a range, so that a search among knots has few steps left. */
const PARTS = 4096;

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
  return indexed(Float64Array.from(from), Float64Array.from(to));
}

function indexed(from: Float64Array, to: Float64Array): LineMap {
  const low = from[0] as number;
  const range = (from.at(-1) as number) - low;
  const parts = Int32Array.from({ length: PARTS + 1 }, (_, k) =>
    lowerBound(from, low + (range * k) / PARTS),
  );
  return { from, to, parts, scale: range > 0 ? PARTS / range : 0 };
}

/** First knot ≥ z; z lies between the first and the last. */
function knotAfter({ from, parts, scale }: LineMap, z: number): number {
  const part = Math.min(Math.floor((z - (from[0] as number)) * scale), PARTS - 1);
  // Rounding may have taken z for one of the next part, or the one before.
  let low = Math.max((parts[part] as number) - 1, 0);
  while (low > 0 && (from[low] as number) >= z) low--;
  let high = parts[part + 1] as number;
  while ((from[high] as number) < z) high++;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((from[middle] as number) < z) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How far a map moves a number. */
export function shiftAt(map: LineMap, z: number): number {
  const { from, to } = map;
  const last = from.length - 1;
  const shift = (k: number): number => (to[k] as number) - (from[k] as number);
  if (z <= (from[0] as number)) return shift(0);
  if (z >= (from[last] as number)) return shift(last);
  const right = knotAfter(map, z);
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
    moveAll(points, thetas, maps);
  }
}

/** Adds Σ_k shift_k(θ_k·x) θ_k to every point x. */
function moveAll(
  points: Float64Array,
  thetas: readonly Float64Array[],
  maps: readonly LineMap[],
): void {
  const d = thetas.length;
  const step = new Float64Array(d);
  for (let at = 0; at < points.length; at += d) {
    step.fill(0);
    for (let k = 0; k < d; k++) {
      const theta = thetas[k] as Float64Array;
      let z = 0;
      for (let c = 0; c < d; c++) z += (points[at + c] as number) * (theta[c] as number);
      const shift = shiftAt(maps[k] as LineMap, z);
      for (let c = 0; c < d; c++) step[c] = (step[c] as number) + shift * (theta[c] as number);
    }
    for (let c = 0; c < d; c++) points[at + c] = (points[at + c] as number) + (step[c] as number);
  }
}
