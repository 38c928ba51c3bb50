import { ShapeError } from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { readVector, readWeights, total } from "../internal/read";
import type { Values } from "../values";
import { ascending, atomsOf } from "./atoms";
import { circleCost, circleCost1 } from "./circle-cost";
import { type PowerCost, readOrder } from "./powers";
import { type LineOptions, readLine } from "./wasserstein-1d";

/** Options of {@link wassersteinCircle}. */
export type CircleOptions = Omit<LineOptions, "sorted">;

const NAMES: OptionNames<CircleOptions> = { uWeights: 1, vWeights: 1, p: 1 };

/** Positions in [0, 1): whole turns do not count. */
function wrap(positions: Float64Array): Float64Array {
  return positions.map((x) => {
    const part = x - Math.floor(x);
    // Just below a whole number, the difference rounds up to 1.
    return part < 1 ? part : 0;
  });
}

/**
 * Wasserstein distance of two weighted sets of positions on a circle of length 1.
 *
 * Distances are min(|x − y|, 1 − |x − y|). For p = 1 the minimum over m of ∫ |F − G − m|, exact in
 * O((n + m) log(n + m)); for p > 1 the minimum over θ of ∫ |F⁻¹(q) − G⁻¹(q + θ)|^p dq by bisection to 10⁻¹².
 *
 * @param u - positions, length n; whole turns are taken off
 * @param v - positions, length m
 * @returns both W_p^p (`costP`) and W_p (`distance`)
 * @throws ShapeError on lengths that do not fit
 * @throws ArgumentError on values that are not finite, bad weights or p < 1
 * @example
 * wassersteinCircle([0.05, 0.9], [0.1, 0.3]).distance // 0.225
 * @see Rabin, Delon & Gousseau 2011, "Transportation distances on the circle"; Delon, Salomon & Sobolevski 2010
 */
export function wassersteinCircle(u: Values, v: Values, options: CircleOptions = {}): PowerCost {
  checkOptionNames("wassersteinCircle", options, NAMES);
  const p = readOrder("wassersteinCircle", options.p ?? 1);
  const [x, y] = [readVector("wassersteinCircle", "u", u), readVector("wassersteinCircle", "v", v)];
  const { uWeights, vWeights } = options;
  const [left, right] = readLine("wassersteinCircle", wrap(x), wrap(y), { uWeights, vWeights });
  const part = p === 1 ? circleCost1(left, right) : circleCost(left, right, p);
  const costP = left.mass * part;
  return { costP, distance: costP ** (1 / p) };
}

/**
 * W_2 between a weighted set of positions on a circle of length 1 and the uniform law on it.
 *
 * W_2² = Σ a_i x_i² − (Σ a_i x_i)² + Σ a_i x_i (1 − A_i − A_{i−1}) + 1/12 with positions in ascending order and sums
 * A_i = a_1 + … + a_i.
 *
 * @param x - positions, length n; whole turns are taken off
 * @param options.weights - length n, ≥ 0; default uniform; divided by their sum
 * @returns both W_2² (`costP`) and W_2 (`distance`)
 * @throws ShapeError, ArgumentError as {@link wassersteinCircle}
 * @example
 * wassersteinCircleUniform([0.1, 0.25, 0.9]).costP // 0.026111…
 * @see Bonet, Berg, Courty, Septier, Drumetz & Pham 2023, "Spherical sliced-Wasserstein", proposition 1
 */
export function wassersteinCircleUniform(
  x: Values,
  options: { readonly weights?: Values | null } = {},
): PowerCost {
  checkOptionNames("wassersteinCircleUniform", options, { weights: 1 });
  const { weights } = options;
  const positions = wrap(readVector("wassersteinCircleUniform", "x", x));
  if (positions.length === 0)
    throw new ShapeError("wassersteinCircleUniform: expected at least one position; got none");
  const w = readWeights("wassersteinCircleUniform", "weights", weights, positions.length);
  const [order] = ascending("wassersteinCircleUniform", positions, 1, false) as [Int32Array];
  const atoms = atomsOf(positions, weights == null ? undefined : w, order);
  const level = (i: number): number => (i < 0 ? 0 : (atoms.level[i] as number));
  const part = (i: number): number => level(i) - level(i - 1);
  const mean = total(atoms.x.map((t, i) => part(i) * t));
  // Squares about the mean: no digits cancel where all positions are close together.
  const spread = total(atoms.x.map((t, i) => part(i) * (t - mean) ** 2));
  const order1 = total(atoms.x.map((t, i) => part(i) * t * (1 - level(i) - level(i - 1))));
  const costP = Math.max(0, spread + order1 + 1 / 12);
  return { costP, distance: Math.sqrt(costP) };
}
