import { isTensor, type Tensor, tree } from "@x/tensor";
import type { GradientTransformation, OptState } from "../types";
import { withSingleScalars } from "./scalar-dtype";

/**
 * A transformation that computes in f32 throughout, for devices without f64.
 *
 * Otherwise what all leaves share (bias corrections, schedules, norms, counts of examples) is computed in f64, which
 * costs nothing on a CPU and is refused on a GPU. `train({ device })` applies it by itself.
 *
 * @param transformation - any; states of parameters in f32 have no f64 then
 * @returns the same method; schedules of large steps lose digits: beyond step 2²⁴ neighbours are the same
 * @example
 * const optimizer = singlePrecision(adamw(cosineSchedule(1e-3, 1000)));
 * const state = optimizer.init(zeros([3])); // without f64, for jit(step, { device })
 */
export function singlePrecision<S extends OptState>(
  transformation: GradientTransformation<S>,
): GradientTransformation<S> {
  const { verify, describe } = transformation;
  return {
    init: (params) => narrowed(withSingleScalars(() => transformation.init(params))),
    update: (grads, state, params, extra) =>
      withSingleScalars(() => transformation.update(grads, state, params, extra)),
    ...(verify && { verify }),
    ...(describe && { describe }),
  };
}

/** A tree with f32 in place of f64. */
export const narrowed = <T>(t: T): T =>
  tree.map(
    (x: unknown) => (isTensor(x) && x.dtype === "f64" ? (x as Tensor).cast("f32") : x),
    t as never,
  ) as T;
