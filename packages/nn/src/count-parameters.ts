import { type Tensor, tree } from "@x/tensor";

/**
 * Number of elements in a tree of parameters.
 *
 * @param params - a tree of tensors
 * @example
 * countParameters({ weight: ones([2, 3]), bias: null }) // 6
 */
export const countParameters = (params: unknown): number =>
  tree.reduce((sum: number, x) => sum + (x as Tensor).size, params as tree.Tree<Tensor>, 0);
