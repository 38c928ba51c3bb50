/** Costs in units of ε beyond which a plan entry has no digits left. */
const LARGEST = 1e12;

/**
 * The smallest marginal error, as a fraction of the mass, that doubles resolve: one rounding of an exponent in every entry.
 *
 * @param spread - how much the costs differ, in units of ε
 */
export const resolution = (spread: number): number =>
  4 * 2 ** -52 * (1 + Math.min(spread, LARGEST));
