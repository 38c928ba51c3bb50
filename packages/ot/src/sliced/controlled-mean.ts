import { type Tensor, where } from "@x/tensor";
import type { Estimator } from "./control";

/** What control variates are made of. */
export interface ControlInput {
  /** Points, [n, d] and [m, d]. */
  readonly x: Tensor;
  readonly y: Tensor;
  /** Projections, [L, n] and [L, m]. */
  readonly px: Tensor;
  readonly py: Tensor;
  /** Weights of sum 1, or undefined for uniform ones. */
  readonly a: Tensor | undefined;
  readonly b: Tensor | undefined;
  readonly estimator: Exclude<Estimator, "auto" | "plain">;
}

/** Weighted mean along an axis. */
const average = (x: Tensor, axis: 0 | 1, weights: Tensor | undefined): Tensor =>
  weights === undefined
    ? x.mean(axis, { keepDims: true })
    : x.mul(axis === 0 ? weights.reshape([-1, 1]) : weights).sum(axis, { keepDims: true });

const spread = (x: Tensor, axis: 0 | 1, weights: Tensor | undefined): Tensor =>
  average(x.sub(average(x, axis, weights)).square(), axis, weights);

/** Least squares for one control; 0 if it is constant. */
function slope(w: Tensor, c: Tensor, exact: Tensor): Tensor {
  const t = c.sub(c.mean());
  const squares = t.square().sum();
  const scale = c.mean().square().add(exact.square());
  const flat = squares.lessEqual(scale.mul(1e-20));
  return where(
    flat,
    0,
    w
      .sub(w.mean())
      .mul(t)
      .sum()
      .div(where(flat, 1, squares)),
  );
}

/** Least squares for two standardised controls with a ridge of 10⁻⁹. */
function slopes(w: Tensor, c1: Tensor, c2: Tensor, e1: Tensor, e2: Tensor): [Tensor, Tensor] {
  const standard = (c: Tensor, exact: Tensor): [Tensor, Tensor] => {
    const t = c.sub(c.mean());
    const squares = t.square().sum();
    const flat = squares.lessEqual(c.mean().square().add(exact.square()).mul(1e-20));
    const length = where(flat, 1, squares).sqrt();
    return [where(flat, 0, t.div(length)), length];
  };
  const [[z1, s1], [z2, s2]] = [standard(c1, e1), standard(c2, e2)];
  const t = w.sub(w.mean());
  const [b1, b2, r] = [z1.mul(t).sum(), z2.mul(t).sum(), z1.mul(z2).sum()];
  const one = 1 + 1e-9;
  const determinant = r
    .square()
    .neg()
    .add(one * one);
  return [
    b1.mul(one).sub(r.mul(b2)).div(determinant).div(s1),
    b2.mul(one).sub(r.mul(b1)).div(determinant).div(s2),
  ];
}

/**
 * The mean of costs over directions by control variates with coefficients of centred least squares, which count as
 * constants; the plain mean where that is not positive.
 *
 * @param costs - [L]
 */
export function controlledMean(
  costs: Tensor,
  { x, y, px, py, a, b, estimator }: ControlInput,
): Tensor {
  const d = x.shape[1] as number;
  const c1 = average(px, 1, a)
    .sub(average(py, 1, b))
    .square()
    .reshape([-1]);
  const c2 = spread(px, 1, a)
    .add(spread(py, 1, b))
    .reshape([-1]);
  const e1 = average(x, 0, a)
    .sub(average(y, 0, b))
    .square()
    .sum()
    .div(d);
  const e2 = spread(x, 0, a)
    .sum()
    .add(spread(y, 0, b).sum())
    .div(d);
  const w = costs.stopGradient();
  const [k1, k2, f1, f2] = [c1, c2, e1, e2].map((t) => t.stopGradient()) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const plain = costs.mean();
  let off: Tensor;
  if (estimator === "joint") {
    const [g1, g2] = slopes(w, k1, k2, f1, f2);
    off = c1.mean().sub(e1).mul(g1).add(c2.mean().sub(e2).mul(g2));
  } else if (estimator === "lcv") {
    off = c1
      .mean()
      .sub(e1)
      .mul(slope(w, k1, f1));
  } else {
    const both = c1.mean().add(c2.mean()).sub(e1).sub(e2);
    off = both.mul(slope(w, k1.add(k2), f1.add(f2)));
  }
  const estimate = plain.sub(off);
  return where(estimate.greater(0), estimate, plain);
}
