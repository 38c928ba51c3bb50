import { type Tensor, zeros, zerosLike } from "@x/tensor";
import { chain, identity } from "../core/chain";
import { checkNonNegative, checkPositive, checkRate } from "../core/check";
import { type LeafwiseState, leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { needsParams } from "../core/needs";
import { isTraced, type Scalar } from "../core/scalar";
import { addDecayedWeights, scaleByLearningRate } from "../core/scale";
import {
  fromMatrices,
  type MatrixDims,
  type MatrixLayout,
  matrixLayout,
  toMatrices,
} from "../matrix-dims";
import type { GradientTransformation, OptState, Rate } from "../types";

/** Options of {@link adafactor}. */
export interface AdafactorOptions {
  /** β of step t is 1 − tᵖ with p = −decayExponent, > 0; default 0.8. */
  readonly decayExponent?: number;
  /** Added to squared gradients, ≥ 0; default 1e-30. */
  readonly eps?: number;
  /** Largest root mean square of an update, > 0; default 1. */
  readonly clip?: number;
  /** Multiply by the root mean square of the parameter, at least 1e-3; default false. */
  readonly parameterScale?: boolean;
  /** Matrices with both sides at least this long are factored; default 128. */
  readonly minFactored?: number;
  /** Decoupled, ≥ 0; default 0. */
  readonly weightDecay?: Rate;
  /** Which axes of a leaf are its rows and columns; default: axis 0 and all others. */
  readonly dims?: MatrixDims;
}

/**
 * Adam without momentum whose second moments of matrices are kept as row and column means: n + m numbers for n × m.
 *
 * R ← βR + (1−β)·mean_cols(g²+eps), C likewise for rows; V̂ = RCᵀ/mean(R), u = g/√V̂, u ← u/max(1, rms(u)/clip).
 * Other leaves keep all second moments.
 *
 * @param lr - ≥ 0; may depend on the step. With `parameterScale` it is relative to the parameters' size
 * @throws ArgumentError for options out of range
 * @example
 * adafactor(1e-2, { parameterScale: true })
 * @see Shazeer & Stern 2018, algorithms 4 and 5
 */
export function adafactor(
  lr: Rate,
  options: AdafactorOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { weightDecay = 0, ...rest } = options;
  checkRate("adafactor", "lr", lr);
  return named(
    "adafactor",
    chain(
      scaleByAdafactor(rest),
      weightDecay === 0 ? identity() : addDecayedWeights(weightDecay),
      scaleByLearningRate(lr),
    ),
  );
}

const rms = (x: Tensor): Tensor => x.square().mean().sqrt();

/** The direction of {@link adafactor}, without weight decay, learning rate and sign. */
export function scaleByAdafactor(
  options: Omit<AdafactorOptions, "weightDecay"> = {},
): GradientTransformation<LeafwiseState<"rows" | "columns" | "full">> {
  const { decayExponent = 0.8, eps = 1e-30, clip = 1, parameterScale = false } = options;
  const { minFactored = 128, dims } = options;
  checkPositive("adafactor", "decayExponent", decayExponent);
  checkNonNegative("adafactor", "eps", eps);
  checkPositive("adafactor", "clip", clip);
  checkPositive("adafactor", "minFactored", minFactored);
  const factored = (p: Tensor, path: readonly string[]): MatrixLayout | undefined => {
    const layout = matrixLayout("adafactor", path, p, dims);
    return layout !== undefined && Math.min(layout.m, layout.n) >= minFactored ? layout : undefined;
  };
  const vector =
    (side: "m" | "n") =>
    (p: Tensor, path: readonly string[]): Tensor | null => {
      const layout = factored(p, path);
      return layout === undefined ? null : zeros([layout.batch, layout[side]], { dtype: p.dtype });
    };
  return leafwise<"rows" | "columns" | "full", "beta" | "rest">({
    name: "adafactor",
    part: "scaleByAdafactor",
    slots: {
      rows: vector("m"),
      columns: vector("n"),
      full: (p, path) => (factored(p, path) === undefined ? zerosLike(p) : null),
    },
    scalars(t): Record<"beta" | "rest", Scalar> {
      const rest = isTraced(t) ? t.pow(-decayExponent) : t ** -decayExponent;
      return { rest, beta: isTraced(rest) ? rest.neg().add(1) : 1 - rest };
    },
    leaf(g, { slots, scalars: { beta, rest }, param, path }) {
      const follow = (mean: Tensor, x: Tensor): Tensor => mean.mul(beta).add(x.mul(rest));
      const finish = (u: Tensor): Tensor => {
        if (u.size === 0) return u;
        const clipped = u.div(rms(u).div(clip).maximum(1));
        if (!parameterScale) return clipped;
        if (param === undefined) throw needsParams("adafactor");
        return clipped.mul(rms(param).maximum(1e-3));
      };
      const layout = factored(param ?? g, path);
      if (layout === undefined) {
        const full = follow(slots.full, g.square().add(eps));
        return { update: finish(g.div(full.sqrt())), full };
      }
      const square = toMatrices(g, layout).square().add(eps);
      const rows = follow(slots.rows, square.mean(2));
      const columns = follow(slots.columns, square.mean(1));
      // The two factors one after the other: their product may be too small for f32.
      const byRow = rows
        .div(rows.mean(1, { keepDims: true }))
        .rsqrt()
        .expandDims(2);
      const u = toMatrices(g, layout).mul(byRow).mul(columns.rsqrt().expandDims(1));
      return { update: finish(fromMatrices(u, layout)), rows, columns };
    },
  });
}
