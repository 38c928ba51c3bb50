import {
  argsort,
  clip,
  concat,
  cumsum,
  range,
  searchSorted,
  sort,
  type Tensor,
  take,
  takeAlongAxis,
  tensor,
  zeros,
} from "@x/tensor";

/** |t|^p, with derivatives wherever they exist. */
const power = (t: Tensor, p: number): Tensor => (p === 2 ? t.mul(t) : t.abs().pow(p));

/** The walk through two uniform distribution functions: which sorted points meet, and in what part of the mass. */
function uniformCells(n: number, m: number): { i: number[]; j: number[]; mass: number[] } {
  const [i, j, mass]: [number[], number[], number[]] = [[], [], []];
  for (let at = 0, [k, l] = [0, 0]; k < n && l < m; ) {
    const next = Math.min((k + 1) * m, (l + 1) * n);
    i.push(k);
    j.push(l);
    mass.push((next - at) / (n * m));
    at = next;
    if (next === (k + 1) * m) k++;
    if (next === (l + 1) * n) l++;
  }
  return { i, j, mass };
}

function uniformCosts(x: Tensor, y: Tensor, p: number): Tensor {
  const [n, m] = [x.shape[1] as number, y.shape[1] as number];
  const [u, v] = [sort(x), sort(y)];
  if (n === m) return power(u.sub(v), p).mean(1);
  const { i, j, mass } = uniformCells(n, m);
  const index = (list: number[]) => tensor(Int32Array.from(list));
  return power(take(u, index(i), 1).sub(take(v, index(j), 1)), p)
    .mul(tensor(Float64Array.from(mass)))
    .sum(1);
}

/** Sorted projections, and the levels of their distribution functions, the last of them exactly 1. */
function distribution(x: Tensor, weights: Tensor): { points: Tensor; levels: Tensor } {
  const order = argsort(x);
  const sums = cumsum(take(weights, order), 1);
  return { points: takeAlongAxis(x, order), levels: sums.div(sums.max(1, { keepDims: true })) };
}

function weightedCosts(x: Tensor, y: Tensor, p: number, a: Tensor, b: Tensor): Tensor {
  const [f, g] = [distribution(x, a), distribution(y, b)];
  const levels = sort(concat([f.levels, g.levels], 1));
  const zero = zeros([x.shape[0] as number, 1], { dtype: "f64" });
  const mass = levels.sub(concat([zero, levels.at("...", range(0, -1))], 1));
  const middle = levels.sub(mass.div(2)).stopGradient();
  const meet = (side: typeof f): Tensor => {
    const at = searchSorted(side.levels.stopGradient(), middle);
    return takeAlongAxis(side.points, clip(at, 0, (side.points.shape[1] as number) - 1));
  };
  return power(meet(f).sub(meet(g)), p)
    .mul(mass)
    .sum(1);
}

/**
 * W_p^p between rows of projections, as operations of `@x/tensor` that can be differentiated and compiled.
 *
 * @param x - [L, n]
 * @param y - [L, m]
 * @param a - weights of sum 1, [n]; with b, or both undefined for uniform ones
 * @returns [L]
 */
export function lineCosts(x: Tensor, y: Tensor, p: number, a?: Tensor, b?: Tensor): Tensor {
  return a === undefined || b === undefined ? uniformCosts(x, y, p) : weightedCosts(x, y, p, a, b);
}
