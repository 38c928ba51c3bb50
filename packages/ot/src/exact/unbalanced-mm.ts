import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { ArgumentBlock } from "@x/tensor/kernels";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { checkOptionsGiven } from "../internal/options";
import { checkMassRange } from "../internal/ranges";
import { type Matrix, readMatrix, readWeights } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { Values } from "../values";
import { exactKernels } from "./module";
import { type KlCertificate, klCertificate } from "./unbalanced-certificate";

/** Options of {@link unbalancedMM}. */
export interface UnbalancedMMOptions {
  /** ρ > 0 and finite, in units of the cost, for both marginals or for rows and columns: the price of changing mass. */
  readonly rho: number | readonly [number, number];
  /** Largest relative change of the plan, Σ|ΔP|/ΣP, in the last iteration; default 10⁻¹⁰. */
  readonly tol?: number | undefined;
  /** Default 10 000. */
  readonly maxIterations?: number | undefined;
  /** Whether to print one warning if that ends the iteration; default true. */
  readonly warn?: boolean | undefined;
}

const NAMES: OptionNames<UnbalancedMMOptions> = {
  rho: 1,
  ...SOLVER_NAMES,
};

/** A plan whose marginals need not be the weights. */
export interface UnbalancedMMResult extends KlCertificate {
  /** Shape [n, m], f64. */
  readonly plan: Tensor;
  /** ΣP. */
  readonly mass: number;
  readonly iterations: number;
  /** Whether the plan changed by less than `tol`; `gap` says how good it is. */
  readonly converged: boolean;
  /** Why the iteration ended, in words. */
  readonly status: string;
}

/**
 * Unregularised transport between measures of any mass, in which mass may be made and destroyed at a price.
 *
 * Minimises ⟨P, C⟩ + ρ₁ KL(P1 | a) + ρ₂ KL(Pᵀ1 | b) by majorisation: from P = abᵀ, repeats
 * P_ij ← P_ij (a_i/(P1)_i)^s₁ (b_j/(Pᵀ1)_j)^s₂ exp(−C_ij/(ρ₁+ρ₂)) with s_k = ρ_k/(ρ₁+ρ₂), which never increases the
 * objective. Entries outside of the support of the optimum shrink geometrically, the faster the worse they are.
 *
 * @param a - weights of the rows, length n, ≥ 0, of any sum; null = 1/n each
 * @param b - weights of the columns, length m
 * @param C - costs, shape [n, m]; +∞ forbids a pair
 * @returns the plan, its value, and how far at most it is from the optimum (`gap`)
 * @throws ShapeError on lengths that do not fit
 * @throws ArgumentError on NaN or −∞, negative weights, ρ ≤ 0 or infinite, or costs below −700 (ρ₁ + ρ₂)
 * @example
 * unbalancedMM([2], [0.5], [[1]], { rho: 1 }).mass // 0.60653066
 * @see Chapel, Flamary, Wu, Févotte & Gasso 2021, "Unbalanced optimal transport through non-negative penalized linear
 *   regression"
 */
export function unbalancedMM(
  a: Values | null | undefined,
  b: Values | null | undefined,
  C: Values,
  options: UnbalancedMMOptions,
): UnbalancedMMResult {
  checkOptionsGiven("unbalancedMM", options, "{ rho }");
  checkOptionNames("unbalancedMM", options, NAMES);
  const costs = readMatrix("unbalancedMM", "C", C, { forbidden: true });
  const weights: Weights = {
    a: readWeights("unbalancedMM", "a", a, costs.rows),
    b: readWeights("unbalancedMM", "b", b, costs.columns),
    rho: readFiniteRho(options.rho),
  };
  checkMassRange("unbalancedMM", weights.a, weights.b);
  const limit = -700 * (weights.rho[0] + weights.rho[1]);
  const low = costs.data.findIndex((c) => c < limit);
  if (low >= 0) {
    throw new ArgumentError(
      `unbalancedMM: expected costs ≥ −700 (ρ₁ + ρ₂) = ${limit}; got ${costs.data[low]}; the mass would be out of the range of numbers`,
      { index: low },
    );
  }
  const { plan, iterations, change } = iterate(costs, weights, options);
  const converged = change < (options.tol ?? 1e-10);
  const status = `${converged ? "converged" : "stopped"} after ${iterations} iterations; the last one changed the plan by ${change.toExponential(1)} of its mass`;
  if (!converged && options.warn !== false)
    console.warn(`unbalancedMM: ${status}; raise maxIterations`);
  return {
    plan: tensor(plan, { shape: [costs.rows, costs.columns], copy: false }),
    mass: plan.reduce((s, p) => s + p, 0),
    ...klCertificate(costs, plan, weights.a, weights.b, weights.rho),
    iterations,
    converged,
    status,
  };
}

interface Weights {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly rho: readonly [number, number];
}

function readFiniteRho(rho: number | readonly [number, number]): readonly [number, number] {
  const [first, second] = typeof rho === "number" ? [rho, rho] : rho;
  if (first > 0 && second > 0 && first + second < Infinity) return [first, second];
  throw new ArgumentError(
    `unbalancedMM: expected rho to be a finite number > 0, or two of them; got ${String(rho)}; emd and sinkhornUnbalanced take exact marginals`,
    { rho },
  );
}

interface End {
  readonly plan: Float64Array;
  readonly iterations: number;
  /** Σ|ΔP|/ΣP. */
  readonly change: number;
}

function iterate(
  { data, rows: n, columns: m }: Matrix,
  { a, b, rho: [rhoA, rhoB] }: Weights,
  { tol = 1e-10, maxIterations = 10_000 }: UnbalancedMMOptions,
): End {
  const rho = rhoA + rhoB;
  const product = new Float64Array(n * m);
  a.forEach((w, i) => {
    b.forEach((s, j) => {
      product[i * m + j] = w * s;
    });
  });
  return withWorkspace(exactKernels, (w) => {
    const plan = w.place(product);
    const kernel = w.place(data.map((c) => Math.exp(-c / rho)));
    const [rowFactors, columnFactors, out] = [w.f64(n), w.f64(m), w.f64(2)];
    const [rowSums, columnSums] = [
      w.place(sums(product, n, m, 0)),
      w.place(sums(product, n, m, 1)),
    ];
    const args = new ArgumentBlock().i32(n, m, plan, kernel, rowFactors, columnFactors);
    args.i32(rowSums, columnSums, out);
    let iterations = 0;
    let change = Infinity;
    while (iterations < maxIterations && change >= tol) {
      w.kernels.f64.set(factors(a, w.readF64(rowSums, n), rhoA / rho), rowFactors / 8);
      w.kernels.f64.set(factors(b, w.readF64(columnSums, m), rhoB / rho), columnFactors / 8);
      w.kernels.call("rescale", args.words);
      const [moved = 0, mass = 0] = w.readF64(out, 2);
      change = moved === 0 ? 0 : moved / mass;
      iterations++;
    }
    return { plan: w.readF64(plan, n * m), iterations, change };
  });
}

/** (weight/sum)^s; 0 where nothing is left. */
const factors = (weights: Float64Array, sum: Float64Array, s: number): Float64Array =>
  weights.map((w, i) =>
    (sum[i] as number) > 0 ? Math.min(w / (sum[i] as number), 1e300) ** s : 0,
  );

/** Sums of rows (axis 0) or of columns. */
function sums(plan: Float64Array, n: number, m: number, axis: 0 | 1): Float64Array {
  const out = new Float64Array(axis === 0 ? n : m);
  plan.forEach((p, k) => {
    const at = axis === 0 ? Math.floor(k / m) : k % m;
    out[at] = (out[at] as number) + p;
  });
  return out;
}
