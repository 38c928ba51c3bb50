import { elu, isTensor, type Tensor, type TensorLike, tensor } from "@x/tensor";

export {
  elu,
  gelu,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from "@x/tensor";

/** Constants for which standard normal inputs keep mean 0 and variance 1. */
const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

const asTensor = (x: TensorLike): Tensor => (isTensor(x) ? x : tensor(x));

/**
 * x · tanh(log(1 + eˣ)).
 *
 * @param x - any shape
 * @returns the shape of x
 * @see Misra 2019
 * @example
 * mish([-2, 2]) // [-0.2525, 1.9440]
 */
export function mish(x: TensorLike): Tensor {
  const t = asTensor(x);
  return t.mul(t.softplus().tanh());
}

/**
 * Self-normalising unit: λ x for x > 0, λ α (eˣ − 1) otherwise.
 *
 * @param x - any shape
 * @returns the shape of x
 * @see Klambauer et al. 2017
 * @example
 * selu([-2, 2]) // [-1.5202, 2.1014]
 */
export const selu = (x: TensorLike): Tensor => elu(x, seluAlpha).mul(seluScale);

/**
 * Piecewise linear sigmoid: (x + 3) / 6 between 0 and 1.
 *
 * @param x - any shape
 * @returns the shape of x
 * @see Courbariaux, Bengio & David 2015
 * @example
 * hardSigmoid([-4, 0, 4]) // [0, 0.5, 1]
 */
export const hardSigmoid = (x: TensorLike): Tensor => asTensor(x).add(3).div(6).clip(0, 1);

/**
 * x times {@link hardSigmoid}.
 *
 * @param x - any shape
 * @returns the shape of x
 * @see Howard et al. 2019
 * @example
 * hardSwish([-0.5, 2]) // [-0.2083, 1.6667]
 */
export function hardSwish(x: TensorLike): Tensor {
  const t = asTensor(x);
  return t.mul(hardSigmoid(t));
}
