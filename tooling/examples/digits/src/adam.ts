import { sqrt, type Tensor, zerosLike } from "@x/tensor";
import { map, type Tree } from "@x/tensor/tree";

/** Running means of the gradients and of their squares, in the parameters' structure. */
export interface Moments<P> {
  readonly first: P;
  readonly second: P;
}

const beta1 = 0.9;
const beta2 = 0.999;

const mapTensors = <P>(f: (...leaves: Tensor[]) => Tensor, ...trees: P[]): P => {
  const [tree, ...rest] = trees as Tree<Tensor>[];
  return map(f, tree as Tree<Tensor>, ...rest) as P;
};

/** Moments before the first step. */
export const initialMoments = <P>(params: P): Moments<P> => ({
  first: mapTensors((p) => zerosLike(p), params),
  second: mapTensors((p) => zerosLike(p), params),
});

/**
 * One step of Adam.
 *
 * @param rate - the learning rate with the bias correction in it, see {@link adamRate}; a scalar
 * @see Kingma & Ba 2015, end of section 2: the correction is folded into the rate
 */
export function adam<P>(
  params: P,
  moments: Moments<P>,
  gradients: P,
  rate: Tensor,
): { params: P; moments: Moments<P> } {
  const first = mapTensors((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), moments.first, gradients);
  const second = mapTensors(
    (v, g) => v.mul(beta2).add(g.square().mul(1 - beta2)),
    moments.second,
    gradients,
  );
  const moved = mapTensors(
    (p, m, v) => p.sub(m.mul(rate).div(sqrt(v).add(1e-8))),
    params,
    first,
    second,
  );
  return { params: moved, moments: { first, second } };
}

/** The learning rate of a step (from 1) with the correction for moments that began at zero. */
export const adamRate = (rate: number, step: number): number =>
  (rate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
