import type { Tensor } from "@x/tensor";

/** An optimiser of one tensor, as those of `@x/optim`: updates are to be added. */
export interface ParticleOptimizer<S = unknown> {
  /** State before the first step. */
  init(points: Tensor): S;
  /** One step. */
  update(
    gradient: Tensor,
    state: S,
    points: Tensor,
  ): { readonly updates: Tensor; readonly state: S };
}
