import { cond, eye, matmul, type Tensor, zeros, zerosLike } from "@x/tensor";
import { chain, identity } from "../core/chain";
import { checkBeta, checkCount, checkNonNegative, checkRate } from "../core/check";
import { type LeafwiseState, leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { oneMinusPower, type Scalar } from "../core/scalar";
import { addDecayedWeights, scaleByLearningRate } from "../core/scale";
import {
  fromMatrices,
  type MatrixDims,
  type MatrixLayout,
  matrixLayout,
  toMatrices,
} from "../matrix-dims";
import type { GradientTransformation, OptState, Rate } from "../types";
import { eighOrNan } from "./eigh-or-nan";
import { trace } from "./sgd";

/** Options of {@link shampoo}. */
export interface ShampooOptions {
  /** Decay of the statistics in [0, 1); default none: they are sums. */
  readonly beta?: number;
  /** Added to the eigenvalues, ≥ 0; default 1e-6. */
  readonly eps?: number;
  /** Steps between two decompositions, ≥ 1; default 10. */
  readonly every?: number;
  /** Sides longer than this are left as they are; default 1024. */
  readonly maxSide?: number;
  /** Of the preconditioned gradients, in [0, 1); default 0. */
  readonly momentum?: number;
  /** Decoupled, ≥ 0; default 0. */
  readonly weightDecay?: Rate;
  /** Which axes of a leaf are its rows and columns; default: axis 0 and all others. */
  readonly dims?: MatrixDims;
}

type Slot = "left" | "right" | "leftRoot" | "rightRoot" | "diagonal";

/**
 * Multiplies gradients of matrices by inverse roots of their row and column statistics.
 *
 * L ← L + GGᵀ, R ← R + GᵀG, u = L^(−¼) G R^(−¼); with one side only, its exponent is −½. Scalars and vectors get
 * AdaGrad. Without history the step is UVᵀ of G = UΣVᵀ, as Muon's.
 *
 * @param lr - ≥ 0; may depend on the step
 * @throws ArgumentError for options out of range
 * @example
 * shampoo(0.1, { beta: 0.95, every: 20 })
 * @see Gupta, Koren & Singer 2018, algorithm 1
 */
export function shampoo(
  lr: Rate,
  options: ShampooOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { momentum = 0, weightDecay = 0, ...rest } = options;
  checkRate("shampoo", "lr", lr);
  checkBeta("shampoo", "momentum", momentum);
  return named(
    "shampoo",
    chain(
      scaleByShampoo(rest),
      momentum === 0 ? identity() : trace({ momentum }),
      weightDecay === 0 ? identity() : addDecayedWeights(weightDecay),
      scaleByLearningRate(lr),
    ),
  );
}

/** (A + eps·I)^p of symmetric matrices; negative eigenvalues are rounding. */
function power(a: Tensor, eps: number, p: number): Tensor {
  const { values, vectors } = eighOrNan(a);
  const scaled = vectors.mul(values.maximum(0).add(eps).pow(p).expandDims(-2));
  return matmul(scaled, vectors.swapAxes(-1, -2));
}

/** The direction of {@link shampoo}, without momentum, weight decay, learning rate and sign. */
export function scaleByShampoo(
  options: Omit<ShampooOptions, "momentum" | "weightDecay"> = {},
): GradientTransformation<LeafwiseState<Slot>> {
  const { beta, eps = 1e-6, every = 10, maxSide = 1024, dims } = options;
  if (beta !== undefined) checkBeta("shampoo", "beta", beta);
  checkNonNegative("shampoo", "eps", eps);
  checkCount("shampoo", "every", every);
  checkCount("shampoo", "maxSide", maxSide, 0);
  const layoutOf = (p: Tensor, path: readonly string[]): MatrixLayout | undefined => {
    const layout = matrixLayout("shampoo", path, p, dims);
    return layout === undefined || p.size === 0 || Math.min(layout.m, layout.n) > maxSide
      ? undefined
      : layout;
  };
  const side =
    (which: "m" | "n", begin: (n: number, like: Tensor) => Tensor) =>
    (p: Tensor, path: readonly string[]): Tensor | null => {
      const layout = layoutOf(p, path);
      if (layout === undefined || layout[which] > maxSide) return null;
      const n = layout[which];
      return begin(n, p).broadcastTo([layout.batch, n, n]);
    };
  const nothing = (n: number, like: Tensor): Tensor => zeros([n, n], { dtype: like.dtype });
  const one = (n: number, like: Tensor): Tensor => eye(n, { dtype: like.dtype });
  const gather = (sum: Tensor, x: Tensor): Tensor =>
    beta === undefined ? sum.add(x) : sum.mul(beta).add(x.mul(1 - beta));
  return leafwise<Slot, "correction">({
    name: "shampoo",
    part: "scaleByShampoo",
    slots: {
      left: side("m", nothing),
      right: side("n", nothing),
      leftRoot: side("m", one),
      rightRoot: side("n", one),
      diagonal: (p, path) => (layoutOf(p, path) === undefined ? zerosLike(p) : null),
    },
    scalars: (t): Record<"correction", Scalar> => ({
      correction: beta === undefined ? 1 : oneMinusPower(beta, t),
    }),
    leaf(g, { step, slots, scalars: { correction }, param, path }) {
      const layout = layoutOf(param ?? g, path);
      if (layout === undefined) {
        const diagonal = gather(slots.diagonal, g.square());
        return { update: g.div(diagonal.div(correction).sqrt().add(eps)), diagonal };
      }
      const matrix = toMatrices(g, layout);
      const flipped = matrix.swapAxes(-1, -2);
      const exponent = slots.left === undefined || slots.right === undefined ? -0.5 : -0.25;
      const due = step.sub(1).mod(every).equal(0);
      const refresh = (statistics: Tensor, root: Tensor): Tensor =>
        cond(
          due,
          (s: Tensor, _: Tensor) => power(s.div(correction), eps, exponent),
          (_: Tensor, r: Tensor) => r,
          statistics,
          root,
        );
      const left = slots.left && gather(slots.left, matmul(matrix, flipped));
      const right = slots.right && gather(slots.right, matmul(flipped, matrix));
      const leftRoot = left && refresh(left, slots.leftRoot);
      const rightRoot = right && refresh(right, slots.rightRoot);
      let u = matrix;
      if (leftRoot) u = matmul(leftRoot, u);
      if (rightRoot) u = matmul(u, rightRoot);
      return {
        update: fromMatrices(u, layout),
        ...(left && { left, leftRoot }),
        ...(right && { right, rightRoot }),
      };
    },
  });
}
