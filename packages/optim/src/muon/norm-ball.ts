import type { Tensor } from "@x/tensor";
import { resolveCoefficients } from "./muon-coefficients";
import type { OrthogonalizeOptions } from "./orthogonalize";
import { orthogonalizeBy } from "./orthogonalize";

/**
 * The norm in which a step is as long as the rate says.
 *
 * - `spectral`: the step is −UVᵀ; Muon
 * - `euclidean`: −M/‖M‖_F; normalised gradient descent
 * - `signMax`: −sign M; sign descent
 */
export type NormBall = "spectral" | "euclidean" | "signMax";

/**
 * How long a step is.
 *
 * - `lmo`: the minimiser of ⟨M, X⟩ over the unit ball
 * - `sharp`: that times the dual norm of M (the nuclear norm for `spectral`), steepest descent in that norm
 */
export type StepForm = "lmo" | "sharp";

/** −1 times the step of each matrix of a stack [k, m, n]. */
export function ballStep(
  caller: string,
  ball: NormBall,
  form: StepForm,
  options: Required<OrthogonalizeOptions>,
): (momentum: Tensor) => Tensor {
  const direction = directions(caller, options)[ball];
  if (form === "lmo") return direction;
  return (x) => {
    const d = direction(x);
    // ⟨M, X⟩ at the minimiser is minus the dual norm, in all of the norms.
    return d.mul(x.mul(d).sum([-2, -1], { keepDims: true }));
  };
}

function directions(
  caller: string,
  { coeffs, nsSteps, normalize, eps }: Required<OrthogonalizeOptions>,
): Readonly<Record<NormBall, (x: Tensor) => Tensor>> {
  const polynomials = resolveCoefficients(caller, coeffs, nsSteps);
  return {
    spectral: (x) => orthogonalizeBy(x, polynomials, normalize, eps),
    euclidean: (x) => x.div(x.square().sum([-2, -1], { keepDims: true }).sqrt().add(eps)),
    signMax: (x) => x.sign(),
  };
}
