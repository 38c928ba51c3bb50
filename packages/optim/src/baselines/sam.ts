import type { Tensor } from "@x/tensor";
import { applyUpdates } from "../core/apply-updates";
import { checkNonNegative } from "../core/check";
import { describeAround } from "../core/named";
import { neededFunction, needsParams } from "../core/needs";
import { mapLeaves, mapPairs } from "../core/tree";
import type { GradientTransformation, OptState } from "../types";
import { globalNorm } from "./clip";

/**
 * Sharpness-aware minimisation: the gradient is taken where the loss is worst within ρ, the step where one is.
 *
 * θ' = θ + ρg/‖g‖; the inner method gets ∇L(θ') from `extra.gradFn`. Each step costs two gradients.
 *
 * @param transformation - makes the step
 * @param options.rho - ρ ≥ 0; default 0.05
 * @throws ArgumentError for a negative rho, and in `update` without parameters or `extra.gradFn`
 * @example
 * const t = sam(sgd(0.1, { momentum: 0.9 }));
 * t.update(grads, state, params, { gradFn: grad((p) => loss(p, batch)) });
 * @see Foret et al. 2021, algorithm 1
 */
export function sam(
  transformation: GradientTransformation,
  options: { readonly rho?: number } = {},
): GradientTransformation {
  const { rho = 0.05 } = options;
  checkNonNegative("sam", "rho", rho);
  return {
    init: (params) => transformation.init(params),
    update<P>(grads: P, state: OptState, params?: P, extra?: Parameters<typeof neededFunction>[2]) {
      if (params === undefined) throw needsParams("sam");
      const gradFn = neededFunction("sam", "gradFn", extra) as unknown as (p: P) => P;
      const norm = globalNorm(grads);
      const scale: Tensor = norm.greater(0).where(norm.reciprocal().mul(rho), 0);
      const ascent = mapLeaves("sam", grads, (g) => g.mul(scale.cast(g.dtype)));
      const there = gradFn(applyUpdates(params, ascent));
      const wanted = mapPairs("sam", { grads, there }, (_, g) => g);
      return transformation.update(wanted, state, params, extra);
    },
    ...(transformation.verify && { verify: transformation.verify }),
    ...describeAround("sam", transformation),
  };
}
