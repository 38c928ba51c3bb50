import {
  concat,
  eye,
  logSoftmax,
  ShapeError,
  type Tensor,
  type TensorLike,
  where,
} from "@x/tensor";
import { showShape } from "../internal/as-tensor";
import { checkNumber, type LossOptions, pair, reduce } from "./reduction";

/** Options of {@link infoNce} and {@link ntXent}. */
export interface ContrastiveOptions extends LossOptions {
  /** τ > 0; default 0.07 for infoNce, 0.5 for ntXent. */
  readonly temperature?: number | undefined;
  /** Divide every row by its length first; default false: pass rows of length 1. */
  readonly normalize?: boolean | undefined;
}

function embeddings(
  operation: string,
  x: TensorLike,
  y: TensorLike,
  normalize: boolean,
): [Tensor, Tensor] {
  const [a, b] = pair(operation, x, y);
  if (a.shape.length !== 2) {
    throw new ShapeError(`${operation}: expected embeddings [n, d]; got ${showShape(a.shape)}`, {
      shape: a.shape,
    });
  }
  return normalize ? [unitRows(a), unitRows(b)] : [a, b];
}

const unitRows = (x: Tensor): Tensor =>
  x.div(x.square().sum(-1, { keepDims: true }).maximum(1e-16).sqrt());

/** −log softmax of the logits along rows, at the given positions (a matrix of zeros and ones). */
const diagonalLoss = (logits: Tensor, chosen: Tensor): Tensor =>
  where(chosen, logSoftmax(logits, -1), 0).sum(-1).neg();

/**
 * InfoNCE: each row of the first view is to find its own row of the second among all of them.
 *
 * Cross-entropy of the rows of S = Z₁ Z₂ᵀ / τ with the diagonal as targets; the symmetric form averages with that of
 * the columns.
 *
 * @param first - Z₁ [n, d]
 * @param second - Z₂ [n, d]; row i belongs to row i
 * @param options.temperature - τ > 0, default 0.07
 * @param options.symmetric - also find first rows from second ones; default true
 * @returns a scalar, or with reduction "none" [n]
 * @throws ShapeError unless both are [n, d]; ArgumentError unless τ > 0
 * @example
 * loss.infoNce([[1, 0], [0, 1]], [[1, 0], [0, 1]], { temperature: 1 }) // 0.3133
 * @see van den Oord, Li & Vinyals 2018, "Representation learning with contrastive predictive coding", eq. 4; symmetric
 *   as in Radford et al. 2021, "Learning transferable visual models from natural language supervision"
 */
export function infoNce(
  first: TensorLike,
  second: TensorLike,
  options: ContrastiveOptions & { readonly symmetric?: boolean | undefined } = {},
): Tensor {
  const { temperature = 0.07, normalize = false, symmetric = true } = options;
  checkNumber("loss.infoNce", "temperature", temperature, "> 0", temperature > 0);
  const [a, b] = embeddings("loss.infoNce", first, second, normalize);
  const s = a.matmul(b.T).div(temperature);
  const own = eye(a.shape[0] as number, { dtype: "bool" });
  const oneSided = diagonalLoss(s, own);
  const losses = symmetric ? oneSided.add(diagonalLoss(s.T, own)).mul(0.5) : oneSided;
  return reduce("loss.infoNce", losses, options);
}

/**
 * Normalised temperature-scaled cross-entropy: each of 2n views is to find its partner among all other views.
 *
 * @param first - [n, d]
 * @param second - [n, d]; row i is another view of row i
 * @param options.temperature - τ > 0, default 0.5
 * @returns a scalar, or with reduction "none" [2n]
 * @throws ShapeError unless both are [n, d]; ArgumentError unless τ > 0
 * @example
 * loss.ntXent([[1, 0], [0, 1]], [[1, 0], [0, 1]], { temperature: 1 }) // 0.5514
 * @see Chen, Kornblith, Norouzi & Hinton 2020, "A simple framework for contrastive learning of visual representations", eq. 1
 */
export function ntXent(
  first: TensorLike,
  second: TensorLike,
  options: ContrastiveOptions = {},
): Tensor {
  const { temperature = 0.5, normalize = false } = options;
  checkNumber("loss.ntXent", "temperature", temperature, "> 0", temperature > 0);
  const [a, b] = embeddings("loss.ntXent", first, second, normalize);
  const n = a.shape[0] as number;
  const z = concat([a, b], 0);
  const self = eye(2 * n, { dtype: "bool" });
  const s = where(self, -Infinity, z.matmul(z.T).div(temperature));
  return reduce("loss.ntXent", diagonalLoss(s, self.roll(n, 1)), options);
}

/** Options of {@link triplet}. */
export interface TripletOptions extends LossOptions {
  /** Default 1. */
  readonly margin?: number | undefined;
  /** Added to every coordinate of a difference, so that equal points have a gradient; default 1e-6. */
  readonly epsilon?: number | undefined;
}

/**
 * Triplet loss max(0, |a − p| − |a − n| + margin) with Euclidean distances along the last axis.
 *
 * @param anchor - [..., d]
 * @param positive - of the same shape, to come nearer
 * @param negative - of the same shape, to stay away
 * @throws ShapeError when the shapes differ
 * @example
 * loss.triplet([1, 0], [0.8, 0.6], [0, 1]) // 0.2182
 * @see Weinberger & Saul 2009, "Distance metric learning for large margin nearest neighbor classification"
 */
export function triplet(
  anchor: TensorLike,
  positive: TensorLike,
  negative: TensorLike,
  options: TripletOptions = {},
): Tensor {
  const { margin = 1, epsilon = 1e-6 } = options;
  const [a, p] = pair("loss.triplet", anchor, positive);
  const [, n] = pair("loss.triplet", anchor, negative);
  const distance = (x: Tensor): Tensor => a.sub(x).add(epsilon).square().sum(-1).sqrt();
  return reduce("loss.triplet", distance(p).sub(distance(n)).add(margin).relu(), options);
}

/**
 * Cosine distance 1 − x·y / (|x| |y|) along the last axis, from 0 to 2.
 *
 * @param x - [..., d]
 * @param y - of the same shape
 * @param options.epsilon - least product of the lengths, default 1e-8
 * @throws ShapeError when the shapes differ
 * @example
 * loss.cosine([1, 0], [1, 1]) // 0.2929
 */
export function cosine(
  x: TensorLike,
  y: TensorLike,
  options: LossOptions & { readonly epsilon?: number | undefined } = {},
): Tensor {
  const { epsilon = 1e-8 } = options;
  const [a, b] = pair("loss.cosine", x, y);
  const lengths = a
    .square()
    .sum(-1)
    .mul(b.square().sum(-1))
    .maximum(epsilon * epsilon)
    .sqrt();
  return reduce("loss.cosine", a.mul(b).sum(-1).div(lengths).neg().add(1), options);
}
