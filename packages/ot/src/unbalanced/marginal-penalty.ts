/** What a marginal that differs from its weights costs: ρ KL(p | a), ρ Σ|p − a|, or infinitely much. */
export interface MarginalPenalty {
  /** Maximises the dual in one potential, given the balanced update of it. */
  update(balanced: number, eps: number): number;
  /** −φ*(−f) per unit of weight: its contribution to the dual objective. */
  dual(f: number): number;
}

const balanced: MarginalPenalty = {
  update: (f) => f,
  dual: (f) => f,
};

const kullbackLeibler = (rho: number): MarginalPenalty => ({
  update: (f, eps) => f * (rho / (rho + eps)),
  dual: (f) => -rho * Math.expm1(-f / rho),
});

const totalVariation = (rho: number): MarginalPenalty => ({
  update: (f) => Math.min(Math.max(f, -rho), rho),
  dual: (f) => f,
});

/** Names of penalties. */
export type MarginalKind = "kl" | "tv";

/** The penalty of a kind and strength; ρ = ∞ asks for the weights exactly. */
export function marginalPenalty(kind: MarginalKind, rho: number): MarginalPenalty {
  if (rho === Infinity) return balanced;
  return kind === "kl" ? kullbackLeibler(rho) : totalVariation(rho);
}
