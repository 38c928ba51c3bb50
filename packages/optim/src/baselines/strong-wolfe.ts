import { type Tensor, whileLoop } from "@x/tensor";
import { checkCount, checkPositive } from "../core/check";

/** A function along a line. */
export interface OnLine {
  /** φ(α), f64 scalar. */
  readonly value: Tensor;
  /** φ′(α), f64 scalar. */
  readonly slope: Tensor;
}

/** Finds a step length along a direction of descent. */
export type LineSearch = (phi: (alpha: Tensor) => OnLine, start: OnLine, first: Tensor) => Tensor;

/** Options of {@link strongWolfe}. */
export interface StrongWolfeOptions {
  /** Share of the promised decrease that must come, in (0, c2); default 1e-4. */
  readonly c1?: number;
  /** Share of the slope that may be left, in (c1, 1); default 0.9. */
  readonly c2?: number;
  /** Evaluations at most, ≥ 1; default 20. */
  readonly maxEvaluations?: number;
}

/** A point on the line. */
interface Point extends OnLine {
  readonly alpha: Tensor;
}

const pick = (which: Tensor, yes: Point, no: Point): Point => ({
  alpha: which.where(yes.alpha, no.alpha),
  value: which.where(yes.value, no.value),
  slope: which.where(yes.slope, no.slope),
});

/**
 * A line search for φ(α) ≤ φ(0) + c₁αφ′(0) and |φ′(α)| ≤ c₂|φ′(0)|: doubling until a minimum is bracketed, then
 * cubic interpolation inside, kept away from the ends.
 *
 * Works inside `jit`. If evaluations run out, it returns the lower end of the bracket, which satisfies the first
 * condition; 0 if nothing was lower.
 *
 * @throws ArgumentError for options out of range
 * @see Nocedal & Wright 2006, algorithms 3.5 and 3.6, equation 3.59
 */
export function strongWolfe(options: StrongWolfeOptions = {}): LineSearch {
  const { c1 = 1e-4, c2 = 0.9, maxEvaluations = 20 } = options;
  checkPositive("strongWolfe", "c1", c1);
  checkPositive("strongWolfe", "c2", c2);
  checkCount("strongWolfe", "maxEvaluations", maxEvaluations);
  return (phi, start, first) => {
    const zero: Point = { alpha: first.mul(0), ...start };
    const begin = {
      left: first.mul(0).add(maxEvaluations),
      accepted: first.mul(0),
      bracketed: first.mul(0),
      trial: first,
      low: zero,
      high: zero,
    };
    const end = whileLoop(
      ({ left, accepted }) => left.greater(0).logicalAnd(accepted.equal(0)),
      ({ left, bracketed, trial, low, high }) => {
        const found = phi(trial);
        const now: Point = { alpha: trial, ...found };
        const enough = now.value.lessEqual(start.value.add(trial.mul(start.slope).mul(c1)));
        const flat = now.slope.abs().lessEqual(start.slope.abs().mul(c2));
        // Written so that NaN counts as too high: an overshoot out of the domain is cut back.
        const good = enough.logicalAnd(now.value.less(low.value).logicalOr(low.alpha.equal(0)));
        const inside = bracketed.notEqual(0);
        const span = high.alpha.sub(low.alpha);
        // Beyond a minimum: uphill while searching outwards, away from the other end inside a bracket.
        const past = inside.where(now.slope.mul(span), now.slope).greaterEqual(0);
        const high2 = pick(good, pick(past, low, high), now);
        const low2 = pick(good, now, low);
        const closed = inside.logicalOr(good.logicalNot()).logicalOr(past);
        return {
          left: left.sub(1),
          accepted: good.logicalAnd(flat).cast(first.dtype),
          bracketed: closed.cast(first.dtype),
          trial: closed.where(interpolated(low2, high2), trial.mul(2)),
          low: low2,
          high: high2,
        };
      },
      begin,
    );
    return end.low.alpha;
  };
}

/** The minimum of the cubic through two points, or their middle where it is no use. */
function interpolated(a: Point, b: Point): Tensor {
  const span = b.alpha.sub(a.alpha);
  const d1 = a.slope.add(b.slope).sub(b.value.sub(a.value).div(span).mul(3));
  const square = d1.square().sub(a.slope.mul(b.slope));
  const d2 = square.maximum(0).sqrt().mul(span.sign());
  const cubic = b.alpha.sub(
    span.mul(
      b.slope
        .add(d2)
        .sub(d1)
        .div(b.slope.sub(a.slope).add(d2.mul(2))),
    ),
  );
  const share = cubic.sub(a.alpha).div(span);
  const usable = share
    .greaterEqual(0.1)
    .logicalAnd(share.lessEqual(0.9))
    .logicalAnd(square.greaterEqual(0));
  return usable.where(cubic, a.alpha.add(span.mul(0.5)));
}
