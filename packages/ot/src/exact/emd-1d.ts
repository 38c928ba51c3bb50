import { checkOptionNames } from "../internal/option-names";
import type { Values } from "../values";
import { couple } from "./atoms";
import { type PowerCost, powerSum, readOrder } from "./powers";
import { type SparsePlan, sparsePlan } from "./sparse-plan";
import { LINE_NAMES, type LineOptions, readLine } from "./wasserstein-1d";

/** An optimal plan on the line, and its cost. */
export interface Emd1dResult extends PowerCost {
  /** At most n + m − 1 entries, numbered as the points were given. */
  readonly plan: SparsePlan;
}

/**
 * Optimal transport plan between two weighted sets of numbers: the monotone coupling, optimal for every p ≥ 1.
 *
 * @param u - length n
 * @param v - length m
 * @returns the plan, W_p^p (`costP`) and W_p (`distance`)
 * @throws ShapeError, ArgumentError as `wasserstein1d`
 * @example
 * emd1d([3, 1], [0, 5]).plan.toDense() // [[0, 0.5], [0.5, 0]]
 */
export function emd1d(u: Values, v: Values, options: LineOptions = {}): Emd1dResult {
  checkOptionNames("emd1d", options, LINE_NAMES);
  const p = readOrder("emd1d", options.p ?? 1);
  const [left, right] = readLine("emd1d", u, v, options);
  const sizes = [left.points, right.points] as const;
  const entries: { at: number; value: number }[] = [];
  const cost = powerSum(p, (term) => {
    entries.length = 0;
    couple(left, right, (i, j, part) => {
      const value = part * left.mass;
      term((left.x[i] as number) - (right.x[j] as number), value);
      entries.push({
        at: (left.index[i] as number) * sizes[1] + (right.index[j] as number),
        value,
      });
    });
  });
  entries.sort((s, t) => s.at - t.at);
  const plan = sparsePlan(
    sizes,
    Int32Array.from(entries, ({ at }) => Math.floor(at / sizes[1])),
    Int32Array.from(entries, ({ at }) => at % sizes[1]),
    Float64Array.from(entries, ({ value }) => value),
  );
  return { ...cost, plan };
}
