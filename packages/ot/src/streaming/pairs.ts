/** Sums over pairs of points, at one ε; exponents are binary: 2^{z_ij} with z_ij = u_i + v_j − ηC_ij. */
export interface Pairs {
  readonly n: number;
  readonly m: number;
  /** 1/(ε ln 2). */
  readonly eta: number;
  /** log₂ Σ_j 2^{v_j − ηC_ij}, shape [n]. */
  rowSums(v: Float64Array): Float64Array;
  /** log₂ Σ_i 2^{u_i − ηC_ij}, shape [m]. */
  columnSums(u: Float64Array): Float64Array;
  /** Whether {@link Pairs.iterate} can be used: a row has to fit into a thread's scratch memory. */
  readonly fused: boolean;
  /** s_i = Σ_j 2^{z_ij} and Σ_i w_i s_i^{−ω} 2^{z_ij}, from one evaluation of every pair. */
  iterate(
    u: Float64Array,
    v: Float64Array,
    w: Float64Array,
    omega: number,
  ): { readonly rows: Float64Array; readonly columns: Float64Array };
  /** Σ_j 2^{z_ij} and Σ_i a_i 2^{z_ij}. */
  marginals(
    u: Float64Array,
    v: Float64Array,
    a: Float64Array,
  ): { readonly rows: Float64Array; readonly columns: Float64Array };
  /** Σ_j 2^{z_ij} V_jk, shape [n, K], for V of shape [m, K]. */
  apply(u: Float64Array, v: Float64Array, V: Float64Array, K: number): Float64Array;
  /** Σ_i 2^{z_ij} V_ik, shape [m, K], for V of shape [n, K]. */
  applyT(u: Float64Array, v: Float64Array, V: Float64Array, K: number): Float64Array;
  /** Σ_j 2^{z_ij} ηC_ij, shape [n]. */
  costs(u: Float64Array, v: Float64Array): Float64Array;
  /** Calls a function with ηC_ij of all pairs, in bands of some rows in no particular order. */
  eachCostBand(visit: (costs: Float64Array) => void): void;
  /** 2^{z_ij}, shape [n, m]. */
  plan(u: Float64Array, v: Float64Array): Float64Array;
}

/** log₂ of how far below a number another one is lost in a sum of `terms`: 2⁻⁴⁰ of it in all. */
export const negligibleBelow = (terms: number): number => -(40 + Math.log2(terms));

/** The marginals by {@link Pairs.iterate} if it can be used, else by two passes. */
export function marginalsOf(
  pairs: Pick<Pairs, "fused" | "iterate" | "apply" | "applyT">,
  u: Float64Array,
  v: Float64Array,
  a: Float64Array,
): { readonly rows: Float64Array; readonly columns: Float64Array } {
  if (pairs.fused) return pairs.iterate(u, v, a, 0);
  const ones = new Float64Array(v.length).fill(1);
  return { rows: pairs.apply(u, v, ones, 1), columns: pairs.applyT(u, v, a, 1) };
}
