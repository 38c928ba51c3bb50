import type { Tensor } from "@x/tensor";
import { type EighResult, eigh } from "@x/tensor/linalg";

/**
 * Eigenvalues and eigenvectors of symmetric matrices [..., n, n]; NaN instead of a refusal where one is not finite.
 *
 * A NaN in gradients has to come out as NaN in updates, as it does with optimisers that decompose nothing.
 */
export function eighOrNan(a: Tensor): EighResult {
  const finite = a.isFinite().all([-2, -1], { keepDims: true });
  const { values, vectors } = eigh(finite.where(a, 0));
  return {
    values: finite.squeeze(-1).where(values, Number.NaN),
    vectors: finite.where(vectors, Number.NaN),
  };
}
