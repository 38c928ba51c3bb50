import { jit, matmul, stopGradient, type Tensor } from "@x/tensor";
import type { Leaves, Potentials, Problem } from "./problem";

/** Stands for +∞ in costs: far enough for a plan entry of 0, and its products with 0 are 0. */
const FORBIDDEN = 1e250;

/** Exponents beyond which exp overflows; only pairs of two weights 0 come near. */
const LARGEST_EXPONENT = 700;

/** Marginal error, relative to the mass, beyond which potentials are no solution. */
const UNSOLVED = 1e-6;

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

/**
 * The dual objective Σ a f + Σ b g − ε (ΣP − Σa Σb): stationary in the potentials at the solution. Far from it the number
 * is that of the plan, with the derivatives of the dual objective.
 */
export function dualValue(problem: Problem, potentials: Potentials): Tensor {
  const { a, b, eps, rho } = problem;
  const [rhoA, rhoB] = rho ?? [Infinity, Infinity];
  const D = density(problem, potentials);
  const mass = matmul(a, matmul(D, b));
  const [f, g] = [contribution(potentials.f, rhoA), contribution(potentials.g, rhoB)];
  const linear = a.mul(f).sum().add(b.mul(g).sum());
  const value = linear.sub(eps.mul(mass.sub(a.sum().mul(b.sum()))));
  return rho === undefined ? value.add(dualityGap(problem, potentials, D)) : value;
}

/**
 * What the plan's own objective ⟨P, C⟩ + ε KL(P | a⊗b) exceeds the dual one by, a constant to differentiation.
 *
 * Zero where the marginals are right: there the dual objective is the better number, with an error of second order.
 * Where they are not it may be anything, and grows for ever if no plan is allowed; the plan's is what `sinkhorn` says.
 */
function dualityGap(problem: Problem, { f, g }: Potentials, D: Tensor): Tensor {
  const { a, b } = problem;
  const rows = a.mul(matmul(D, b).sub(1));
  const columns = b.mul(matmul(a, D).sub(1));
  const error = rows.abs().sum().add(columns.abs().sum());
  const gap = rows.mul(f).sum().add(columns.mul(g).sum());
  return stopGradient(error.greater(a.sum().mul(UNSOLVED)).where(gap, 0));
}

/** ‖P1 − a‖₁ + ‖Pᵀ1 − b‖₁ of the plan of some potentials, a constant to differentiation. */
export function marginalErrorOf(problem: Problem, potentials: Potentials): Tensor {
  const { a, b } = problem;
  const D = density(problem, potentials);
  const rows = a.mul(matmul(D, b).sub(1)).abs().sum();
  return stopGradient(rows.add(b.mul(matmul(a, D).sub(1)).abs().sum()));
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
