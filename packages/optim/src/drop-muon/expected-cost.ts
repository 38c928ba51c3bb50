import { ArgumentError } from "@x/tensor";

/** What one step costs, in any one unit such as multiplications or measured time. */
export interface BlockCosts {
  /** What every step costs, whatever is updated: the forward pass. Default 0. */
  readonly base?: number;
  /** What block i adds where it is active: both of its gradients and its orthogonalisation. */
  readonly blocks: readonly number[];
  /** What the gradient of block i with respect to its input costs, saved where i is the first active one; default 0. */
  readonly inputGradients?: readonly number[];
}

/** Costs of truncated steps. */
export interface ExpectedCost {
  /** Of a step that updates everything. */
  readonly full: number;
  /** Mean over the cut-offs. */
  readonly expected: number;
  /** expected / full. */
  readonly ratio: number;
}

/**
 * Mean cost of a step whose first active block is drawn with chances p: C(s) = base + Σ_{i ≥ s} blocks_i − inputGradients_s.
 *
 * Says before a run whether dropping blocks can pay: fewer blocks move in a step, so it takes more steps.
 *
 * @param p - chance of each cut-off, as of `rptSampler(…).probabilities()`
 * @throws ArgumentError when the lists differ in length
 * @example
 * expectedCostRatio({ base: 4, blocks: [5, 3, 2, 1] }, [0.5, 0, 0.5, 0]) // { full: 15, expected: 11, ratio: 0.733 }
 */
export function expectedCostRatio(costs: BlockCosts, p: readonly number[]): ExpectedCost {
  const { base = 0, blocks, inputGradients = blocks.map(() => 0) } = costs;
  if (blocks.length !== p.length || inputGradients.length !== p.length) {
    throw new ArgumentError(
      `expectedCostRatio: expected one cost for each of ${p.length} cut-offs; got ${blocks.length} blocks and ${inputGradients.length} inputGradients`,
      { costs, p },
    );
  }
  const costFrom = (s: number): number =>
    base + blocks.slice(s).reduce((x, y) => x + y, 0) - (inputGradients[s] as number);
  const full = costFrom(0);
  const expected = p.reduce((sum, chance, s) => sum + chance * costFrom(s), 0);
  return { full, expected, ratio: expected / full };
}
