import { type Matrix, total } from "../internal/read";
import type { DensePlan } from "../sinkhorn/plan-blocks";

/** −ε log Σ_k w_k exp((potential_k − cost_k)/ε) over the positive weights; 0 if no pair is allowed. */
export function softMinimum(
  potential: Float64Array,
  weights: Float64Array,
  costs: Float64Array,
  eps: number,
  from = 0,
  stride = 1,
): number {
  let top = -Infinity;
  const exponent = (k: number): number =>
    ((potential[k] as number) - (costs[from + k * stride] as number)) / eps;
  for (let k = 0; k < weights.length; k++)
    if ((weights[k] as number) > 0) top = Math.max(top, exponent(k));
  if (top === -Infinity) return 0;
  let sum = 0;
  for (let k = 0; k < weights.length; k++)
    if ((weights[k] as number) > 0) sum += (weights[k] as number) * Math.exp(exponent(k) - top);
  return -eps * (top + Math.log(sum));
}

/** Potentials of the points with mass, and where these stand among all, as a plan of all points with Σ a f = Σ b g. */
export function withAllPotentials(
  { a, b, costs, eps }: { a: Float64Array; b: Float64Array; costs: Matrix; eps: number },
  { f: own, g: others }: { readonly f: Float64Array; readonly g: Float64Array },
  rows: Int32Array | undefined,
  columns: Int32Array | undefined,
): DensePlan {
  const [n, m] = [a.length, b.length];
  const [f, g] = [new Float64Array(n), new Float64Array(m)];
  own.forEach((x, k) => {
    f[rows?.[k] ?? k] = x;
  });
  others.forEach((x, k) => {
    g[columns?.[k] ?? k] = x;
  });
  for (let i = 0; i < n; i++) if (a[i] === 0) f[i] = softMinimum(g, b, costs.data, eps, i * m);
  for (let j = 0; j < m; j++) if (b[j] === 0) g[j] = softMinimum(f, a, costs.data, eps, j, m);
  const mean = (w: Float64Array, x: Float64Array): number =>
    total(w.map((wi, i) => wi * (x[i] as number)));
  const shift = (mean(b, g) - mean(a, f)) / (total(a) + total(b));
  return { a, b, f: f.map((x) => x + shift), g: g.map((x) => x - shift), eps, costs: costs.data };
}
