import {
  argsort,
  cond,
  eye,
  matmul,
  type Tensor,
  takeAlongAxis,
  zeros,
  zerosLike,
} from "@x/tensor";
import { qr } from "@x/tensor/linalg";
import { chain, identity } from "../core/chain";
import { checkBeta, checkCount, checkNonNegative, checkRate } from "../core/check";
import { type LeafwiseState, leafwise } from "../core/leafwise";
import { named } from "../core/named";
import { isTraced, oneMinusPower, type Scalar } from "../core/scalar";
import { scalarDType } from "../core/scalar-dtype";
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

/** Options of {@link soap}. */
export interface SoapOptions {
  /** Decay of the means of g and g², both in [0, 1); default [0.95, 0.95]. */
  readonly betas?: readonly [number, number];
  /** Decay of the statistics of rows and columns, in [0, 1); default 0.95. */
  readonly shampooBeta?: number;
  /** Added to the root, ≥ 0; default 1e-8. */
  readonly eps?: number;
  /** Steps between two corrections of the bases, ≥ 1; default 10. */
  readonly every?: number;
  /** Sides longer than this keep the standard basis; default 10 000. */
  readonly maxSide?: number;
  /** Decoupled, ≥ 0; default 0.01. */
  readonly weightDecay?: Rate;
  /** Which axes of a leaf are its rows and columns; default: axis 0 and all others. */
  readonly dims?: MatrixDims;
}

type Slot = "m" | "v" | "left" | "right" | "leftBasis" | "rightBasis";

/**
 * Adam in the eigenbases of Shampoo's statistics.
 *
 * L and R are means of GGᵀ and GᵀG with eigenbases Q_L, Q_R; G' = Q_LᵀGQ_R, v is the mean of G'², and the step
 * Q_L(Q_LᵀmQ_R/(√v + eps))Q_Rᵀ. The first step only takes in statistics and moves nothing; bases then follow by one
 * power iteration and QR every few steps. Scalars and vectors get Adam.
 *
 * @param lr - ≥ 0, usually 3e-3; may depend on the step
 * @throws ArgumentError for options out of range
 * @example
 * soap(3e-3)
 * @see Vyas et al. 2024, algorithms 3 and 4
 */
export function soap(
  lr: Rate,
  options: SoapOptions = {},
): GradientTransformation<readonly OptState[]> {
  const { weightDecay = 0.01, ...rest } = options;
  checkRate("soap", "lr", lr);
  return named(
    "soap",
    chain(
      scaleBySoap(rest),
      weightDecay === 0 ? identity() : addDecayedWeights(weightDecay),
      scaleByLearningRate(lr),
    ),
  );
}

const flipped = (x: Tensor): Tensor => x.swapAxes(-1, -2);

/** Coordinates of matrices in the bases, where there are any. */
const rotate = (x: Tensor, left: Tensor | undefined, right: Tensor | undefined): Tensor => {
  const half = left ? matmul(flipped(left), x) : x;
  return right ? matmul(half, right) : half;
};

const rotateBack = (x: Tensor, left: Tensor | undefined, right: Tensor | undefined): Tensor => {
  const half = left ? matmul(left, x) : x;
  return right ? matmul(half, flipped(right)) : half;
};

/** Eigenvectors, largest eigenvalue first. */
const firstBasis = (statistics: Tensor): Tensor => eighOrNan(statistics).vectors.flip(-1);

/** The basis after one power iteration, and the order in which its columns were sorted before. */
function nextBasis(statistics: Tensor, basis: Tensor): { basis: Tensor; order: Tensor } {
  const product = matmul(statistics, basis);
  const estimates = basis.mul(product).sum(-2);
  const order = argsort(estimates.neg());
  const sorted = takeAlongAxis(product, order.expandDims(-2).broadcastTo(product.shape), -1);
  return { basis: qr(sorted).q, order };
}

/** Second moments in the order of sorted bases along an axis. */
const reordered = (v: Tensor, order: Tensor, axis: -1 | -2): Tensor =>
  takeAlongAxis(v, order.expandDims(axis === -1 ? -2 : -1).broadcastTo(v.shape), axis);

/** The direction of {@link soap}, without weight decay, learning rate and sign. */
export function scaleBySoap(
  options: Omit<SoapOptions, "weightDecay"> = {},
): GradientTransformation<LeafwiseState<Slot>> {
  const { betas = [0.95, 0.95], shampooBeta = 0.95, eps = 1e-8, every = 10 } = options;
  const { maxSide = 10_000, dims } = options;
  const [b1, b2] = betas;
  checkBeta("soap", "betas[0]", b1);
  checkBeta("soap", "betas[1]", b2);
  checkBeta("soap", "shampooBeta", shampooBeta);
  checkNonNegative("soap", "eps", eps);
  checkCount("soap", "every", every);
  checkCount("soap", "maxSide", maxSide, 0);
  const layoutOf = (p: Tensor, path: readonly string[]): MatrixLayout | undefined =>
    p.size === 0 ? undefined : matrixLayout("soap", path, p, dims);
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
  const follow = (mean: Tensor, x: Tensor, beta: number): Tensor =>
    mean.mul(beta).add(x.mul(1 - beta));
  return leafwise<Slot, "c1" | "c2" | "live">({
    name: "soap",
    part: "scaleBySoap",
    slots: {
      m: (p) => zerosLike(p),
      v(p, path) {
        const layout = layoutOf(p, path);
        return layout === undefined
          ? zerosLike(p)
          : zeros([layout.batch, layout.m, layout.n], { dtype: p.dtype });
      },
      left: side("m", nothing),
      right: side("n", nothing),
      leftBasis: side("m", one),
      rightBasis: side("n", one),
    },
    // The first step takes in statistics alone: moments begin with the second, and so does the count of steps.
    scalars(t): Record<"c1" | "c2" | "live", Scalar> {
      const live = isTraced(t) ? t.greater(1).cast(scalarDType()) : Number(t > 1);
      const moments = isTraced(t) ? t.sub(1).maximum(1) : Math.max(t - 1, 1);
      return { live, c1: oneMinusPower(b1, moments), c2: oneMinusPower(b2, moments) };
    },
    leaf(g, { step, slots, scalars: { c1, c2, live }, param, path }) {
      const counted = g.mul(live);
      const m = follow(slots.m, counted, b1);
      const layout = layoutOf(param ?? g, path);
      if (layout === undefined) {
        const v = follow(slots.v, counted.square(), b2);
        return { update: m.div(c1).div(v.div(c2).sqrt().add(eps)).mul(live), m, v };
      }
      const { leftBasis: ql, rightBasis: qr } = slots;
      const matrix = toMatrices(g, layout);
      const v = follow(slots.v, rotate(toMatrices(counted, layout), ql, qr).square(), b2);
      const direction = rotate(toMatrices(m, layout), ql, qr)
        .div(c1)
        .div(v.div(c2).sqrt().add(eps));
      const left = slots.left && follow(slots.left, matmul(matrix, flipped(matrix)), shampooBeta);
      const right =
        slots.right && follow(slots.right, matmul(flipped(matrix), matrix), shampooBeta);
      const bases = refreshed(
        { v, left: left ?? null, right: right ?? null, ql: ql ?? null, qr: qr ?? null },
        step,
        every,
      );
      return {
        update: fromMatrices(rotateBack(direction, ql, qr), layout).mul(live),
        m,
        v: bases.v,
        ...(left && { left, leftBasis: bases.ql as Tensor }),
        ...(right && { right, rightBasis: bases.qr as Tensor }),
      };
    },
  });
}

/** What the correction of the bases reads and changes; null for sides in the standard basis. */
interface Bases {
  readonly v: Tensor;
  readonly left: Tensor | null;
  readonly right: Tensor | null;
  readonly ql: Tensor | null;
  readonly qr: Tensor | null;
}

type Corrected = Pick<Bases, "v" | "ql" | "qr">;

/** Bases for the next step: decomposed at the first, corrected every few, otherwise as they are. */
function refreshed({ v, left, right, ql, qr }: Bases, step: Tensor, every: number): Corrected {
  const same = (): Corrected => ({ v, ql, qr });
  const first = (): Corrected => ({
    v,
    ql: left && firstBasis(left),
    qr: right && firstBasis(right),
  });
  const correct = (): Corrected => {
    const l = left && ql && nextBasis(left, ql);
    const r = right && qr && nextBasis(right, qr);
    let sorted = v;
    if (l) sorted = reordered(sorted, l.order, -2);
    if (r) sorted = reordered(sorted, r.order, -1);
    return { v: sorted, ql: l?.basis ?? null, qr: r?.basis ?? null };
  };
  const due = step.sub(1).mod(every).equal(0);
  return cond(step.equal(1), first, () => cond(due, correct, same));
}
