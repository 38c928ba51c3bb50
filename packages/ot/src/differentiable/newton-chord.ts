import { customVjp, eye, matmul, stopGradient, type Tensor, tensor, whileLoop } from "@x/tensor";
import { cholesky, choleskySolve } from "@x/tensor/linalg";
import { density } from "./dual";
import { flipped, type Potentials, type Problem, stopped } from "./problem";

/** Up to this size of the smaller side the linear systems are solved by Cholesky, beyond it by conjugate gradients. */
const DENSE = 2000;

/** Keeps the system definite where the plan falls into parts that exchange no mass that numbers can show. */
const RIDGE = 1e-12;

/** Sums of a plan's row that vanish are taken for this: what is divided by them vanishes, too. */
const SMALLEST = 1e-150;

/** Derivatives up to this order are exact. */
export const HIGHEST_ORDER = 3;

/** Options of {@link withDerivatives}. */
export interface ChordOptions {
  /** Length up to which the complement is factored; default 2000. */
  readonly dense?: number;
  /** Derivatives up to this order are exact; default {@link HIGHEST_ORDER}. */
  readonly order?: number;
}

/**
 * The potentials of a problem as a function of it, given their values: the same numbers, with derivatives.
 *
 * Chord steps z ← z − J⁻¹ F(z) on the equations E b = e^{−f/ρ₁}, Eᵀ a = e^{−g/ρ₂}, with E_ij = exp((f_i + g_j − C_ij)/ε)
 * and right-hand sides of 1 for infinite ρ, and the Jacobian J at the given potentials as a constant: if z has the
 * derivatives of the solution up to order k, the next z has them up to k + 1. Only the derivatives of a step are kept:
 * where a solver stopped early, its number would be a step of Newton's method from too far away. J is solved by its
 * Schur complement on the smaller side, in which weights of 0 need no care: diag(s) − BᵀB + q qᵀ with B = diag(√(a/r))
 * E diag(√b), where r = E b + (ε/ρ₁) e^{−f/ρ₁} and s likewise, and with q = √b/‖√b‖ of a balanced problem, the
 * direction in which its potentials are not determined. Because r and s have the sums of E itself in them, and not
 * what these are at the solution, the complement is positive at all potentials.
 *
 * @param values - potentials of the problem, constants to differentiation
 */
export function withDerivatives(
  problem: Problem,
  values: Potentials,
  options: ChordOptions = {},
): Potentials {
  const { dense = DENSE, order = HIGHEST_ORDER } = options;
  const [n, m] = problem.C.shape as [number, number];
  if (n < m) {
    const { f, g } = withDerivatives(flipped(problem), { f: values.g, g: values.f }, options);
    return { f: g, g: f };
  }
  const still = stopped(problem);
  const [rhoA, rhoB] = problem.rho ?? [Infinity, Infinity];
  let { f, g } = { f: stopGradient(values.f), g: stopGradient(values.g) };
  const E = density(still, { f, g });
  const r = matmul(E, still.b)
    .add(slope(f, rhoA, still.eps))
    .maximum(SMALLEST);
  const s = matmul(still.a, E)
    .add(slope(g, rhoB, still.eps))
    .maximum(SMALLEST);
  const solve = schurSolver(E, still, { r, s }, dense);
  const rootB = still.b.sqrt();
  const scaled = still.a.div(r);
  // Every step adds one order.
  for (let step = 0; step < order; step++) {
    const now = density(problem, { f, g });
    const rows = matmul(now, problem.b).sub(target(f, rhoA)).mul(problem.eps);
    const columns = matmul(problem.a, now).sub(target(g, rhoB)).mul(problem.eps);
    const side = matmul(scaled.mul(rows), E).sub(columns);
    const across = matmul(E, rootB.mul(solve(rootB.mul(side))));
    f = f.sub(withoutValue(rows.add(across).div(r)));
    g = g.add(withoutValue(side.add(matmul(scaled.mul(across), E)).div(s)));
  }
  return { f, g };
}

/** What the sums of E with the weights are to be. */
const target = (h: Tensor, rho: number): Tensor | number =>
  rho === Infinity ? 1 : h.div(-rho).exp();

/** Zero, with the derivatives of a tensor. */
const withoutValue = (x: Tensor): Tensor => x.sub(stopGradient(x));

/** The derivative of −ε e^{−f/ρ} by f. */
const slope = (h: Tensor, rho: number, eps: Tensor): Tensor =>
  rho === Infinity ? h.mul(0) : h.div(-rho).exp().mul(eps.div(rho));

/** x ↦ (diag(s) − BᵀB + q qᵀ + ridge)⁻¹ x; without q unless the problem is balanced. */
function schurSolver(
  E: Tensor,
  { a, b, rho }: Problem,
  { r, s }: { readonly r: Tensor; readonly s: Tensor },
  dense: number,
): (x: Tensor) => Tensor {
  const B = E.mul(a.div(r).sqrt().expandDims(1)).mul(b.sqrt());
  const q = rho === undefined ? b.div(b.sum()).sqrt() : b.mul(0);
  const m = q.size;
  const diagonal = s.mul(1 + RIDGE);
  if (m > dense) return conjugateGradients(B, diagonal, q);
  const system = eye(m, { dtype: "f64" })
    .mul(diagonal)
    .sub(matmul(B.T, B))
    .add(q.expandDims(1).mul(q));
  const factor = cholesky(system);
  return (x) => choleskySolve(factor, x);
}

/** The same for large m, by conjugate gradients with the diagonal as preconditioner. */
function conjugateGradients(B: Tensor, diagonal: Tensor, q: Tensor): (x: Tensor) => Tensor {
  const jacobi = diagonal.sub(B.square().sum(0)).add(q.square());
  const apply = (x: Tensor): Tensor =>
    x
      .mul(diagonal)
      .sub(matmul(matmul(B, x), B))
      .add(q.mul(q.mul(x).sum()));
  const run = (side: Tensor): Tensor => {
    const goal = side
      .square()
      .sum()
      .mul(CG_TOLERANCE ** 2);
    const z = side.div(jacobi);
    const out = whileLoop(
      ({ r, k }) => r.square().sum().greater(goal).logicalAnd(k.less(CG_STEPS)),
      ({ x, r, p, rz, k }) => {
        const Ap = apply(p);
        const t = rz.div(p.mul(Ap).sum());
        const residual = r.sub(Ap.mul(t));
        const next = residual.div(jacobi);
        const nz = residual.mul(next).sum();
        return {
          x: x.add(p.mul(t)),
          r: residual,
          p: next.add(p.mul(nz.div(rz))),
          rz: nz,
          k: k.add(1),
        };
      },
      { x: side.mul(0), r: side, p: z, rz: side.mul(z).sum(), k: tensor(0, { dtype: "i32" }) },
    );
    return out.x;
  };
  // The inverse of a symmetric constant matrix is its own transpose.
  const solve: (x: Tensor) => Tensor = customVjp(
    (x: Tensor) => run(stopGradient(x)),
    (x) => [solve(x), null],
    (_, ct) => [solve(ct)],
  );
  return solve;
}

const CG_TOLERANCE = 1e-10;
const CG_STEPS = 1000;
