import { jit, matmul, type Tensor } from "@x/tensor";
import type { Leaves, Potentials, Problem } from "./problem";

/** Stands for +∞ in costs: far enough for a plan entry of 0, and its products with 0 are 0. */
const FORBIDDEN = 1e250;

/** Exponents beyond which exp overflows; only pairs of two weights 0 come near. */
const LARGEST_EXPONENT = 700;

/** Costs with a large number in the place of +∞. */
export const finiteCost = (C: Tensor): Tensor => C.minimum(FORBIDDEN);

// Compiled into one pass over the costs, in every transformation.
const densityOf = jit(
  (C: Tensor, eps: Tensor, f: Tensor, g: Tensor): Tensor =>
    f.expandDims(1).add(g).sub(finiteCost(C)).div(eps).minimum(LARGEST_EXPONENT).exp(),
);

/** exp((f_i + g_j − C_ij)/ε), the density of the plan with respect to a⊗b. */
export const density = ({ C, eps }: Problem, { f, g }: Potentials): Tensor =>
  densityOf(C, eps, f, g);

/** P_ij = a_i b_j exp((f_i + g_j − C_ij)/ε). */
export const planOf = (problem: Problem, potentials: Potentials): Tensor =>
  density(problem, potentials).mul(problem.a.expandDims(1)).mul(problem.b);

/** −φ*(−f) of the marginal's penalty φ, per unit of weight: f, or −ρ (e^{−f/ρ} − 1) for ρ KL. */
const contribution = (f: Tensor, rho: number): Tensor =>
  rho === Infinity ? f : f.div(-rho).expm1().mul(-rho);

/** The dual objective Σ a f + Σ b g − ε (ΣP − Σa Σb): stationary in the potentials at the solution. */
export function dualValue(problem: Problem, potentials: Potentials): Tensor {
  const { a, b, eps, rho: [rhoA, rhoB] = [Infinity, Infinity] } = problem;
  const mass = matmul(a, matmul(density(problem, potentials), b));
  const [f, g] = [contribution(potentials.f, rhoA), contribution(potentials.g, rhoB)];
  const linear = a.mul(f).sum().add(b.mul(g).sum());
  return linear.sub(eps.mul(mass.sub(a.sum().mul(b.sum()))));
}

/**
 * The derivatives of {@link dualValue} by weights, costs and ε at constant potentials, times a cotangent.
 *
 * By the costs it is the plan P; by ε, KL(P | a⊗b), in which Σ P (f + g − C) comes from the marginals of P and ⟨P, C⟩.
 */
export function dualGradient(problem: Problem, { f, g }: Potentials, cotangent: Tensor): Leaves {
  const { a, b, C, eps, rho: [rhoA, rhoB] = [Infinity, Infinity] } = problem;
  const D = density(problem, { f, g });
  const [rows, columns] = [matmul(D, b), matmul(a, D)];
  const P = D.mul(a.expandDims(1)).mul(b);
  const [massA, massB] = [a.sum(), b.sum()];
  const [p, q] = [a.mul(rows), b.mul(columns)];
  const potential = p.mul(f).sum().add(q.mul(g).sum());
  const exponents = potential.sub(P.mul(finiteCost(C)).sum()).div(eps);
  return [
    contribution(f, rhoA).sub(rows.sub(massB).mul(eps)).mul(cotangent),
    contribution(g, rhoB).sub(columns.sub(massA).mul(eps)).mul(cotangent),
    P.mul(cotangent),
    exponents.sub(p.sum()).add(massA.mul(massB)).mul(cotangent),
  ];
}

/** The potentials of the same plan with Σ a f = Σ b g; those of unbalanced problems are unique. */
export function centred({ a, b, rho }: Problem, { f, g }: Potentials): Potentials {
  if (rho !== undefined) return { f, g };
  const shift = a.mul(f).sum().sub(b.mul(g).sum()).div(a.sum().add(b.sum()));
  return { f: f.sub(shift), g: g.add(shift) };
}
