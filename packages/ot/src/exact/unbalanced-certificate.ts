import { type Tensor, tensor } from "@x/tensor";
import type { Matrix } from "../internal/read";

/** What a plan of the problem ⟨P, C⟩ + ρ₁ KL(P1 | a) + ρ₂ KL(Pᵀ1 | b) costs, and a bound that proves how good it is. */
export interface KlCertificate {
  /** ⟨P, C⟩. */
  readonly linear: number;
  /** ⟨P, C⟩ + ρ₁ KL(P1 | a) + ρ₂ KL(Pᵀ1 | b). */
  readonly value: number;
  /** Potentials with f_i + g_j ≤ C_ij, shape [n], f64. */
  readonly f: Tensor;
  /** Shape [m], f64. */
  readonly g: Tensor;
  /** `value` minus the dual value ρ₁ Σ a (1 − e^(−f/ρ₁)) + ρ₂ Σ b (1 − e^(−g/ρ₂)): no plan is better by more. */
  readonly gap: number;
}

/** Evaluates a plan, with the potentials −ρ log(P1/a) lowered until they are feasible. */
export function klCertificate(
  { data, rows: n, columns: m }: Matrix,
  plan: Float64Array,
  a: Float64Array,
  b: Float64Array,
  [rhoA, rhoB]: readonly [number, number],
): KlCertificate {
  const [p, q] = [new Float64Array(n), new Float64Array(m)];
  let linear = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const mass = plan[i * m + j] as number;
      if (mass === 0) continue;
      linear += mass * (data[i * m + j] as number);
      p[i] = (p[i] as number) + mass;
      q[j] = (q[j] as number) + mass;
    }
  }
  const f = potential(p, a, rhoA);
  const g = potential(q, b, rhoB);
  const at = (i: number, j: number): number => data[i * m + j] as number;
  // Points without mass last: theirs are free to be as low as the others need.
  lower(
    f,
    () => true,
    g,
    (j) => (q[j] as number) > 0,
    at,
  );
  lower(
    g,
    (j) => q[j] === 0,
    f,
    () => true,
    (j, i) => at(i, j),
  );
  const value = linear + divergence(p, a, rhoA) + divergence(q, b, rhoB);
  const bound = dual(f, a, rhoA) + dual(g, b, rhoB);
  return {
    linear,
    value,
    f: tensor(f, { copy: false }),
    g: tensor(g, { copy: false }),
    gap: Math.max(0, value - bound),
  };
}

/** Lowers some f_i to min_j (C_ij − g_j) over some j. */
function lower(
  f: Float64Array,
  rows: (i: number) => boolean,
  g: Float64Array,
  columns: (j: number) => boolean,
  cost: (i: number, j: number) => number,
): void {
  for (let i = 0; i < f.length; i++) {
    if (!rows(i)) continue;
    for (let j = 0; j < g.length; j++) {
      if (columns(j)) f[i] = Math.min(f[i] as number, cost(i, j) - (g[j] as number));
    }
  }
}

/** −ρ log(p/a); where no mass is left, a value whose exponential is 0 for all that matters. */
const potential = (p: Float64Array, a: Float64Array, rho: number): Float64Array =>
  p.map((mass, i) => {
    const ratio = mass / (a[i] as number);
    return ratio > 0 && ratio < Infinity ? Math.min(700 * rho, -rho * Math.log(ratio)) : 700 * rho;
  });

/** ρ Σ (p log(p/a) − p + a). */
function divergence(p: Float64Array, a: Float64Array, rho: number): number {
  let sum = 0;
  p.forEach((mass, i) => {
    const w = a[i] as number;
    sum += mass > 0 ? mass * Math.log(mass / w) - mass + w : w;
  });
  return rho * sum;
}

/** ρ Σ a (1 − e^(−f/ρ)). */
function dual(f: Float64Array, a: Float64Array, rho: number): number {
  let sum = 0;
  f.forEach((x, i) => {
    if ((a[i] as number) > 0) sum -= (a[i] as number) * Math.expm1(-x / rho);
  });
  return rho * sum;
}
