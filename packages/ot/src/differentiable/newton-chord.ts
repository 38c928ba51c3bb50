import { customVjp, eye, matmul, stopGradient, type Tensor, tensor, whileLoop } from "@x/tensor";
import { cholesky, choleskySolve } from "@x/tensor/linalg";
import { density } from "./dual";
import { flipped, type Potentials, type Problem, stopped } from "./problem";

/** Up to this size of the smaller side the linear systems are solved by Cholesky, beyond it by conjugate gradients. */
const DENSE = 2000;

/** Keeps the system definite where the plan falls into parts that exchange no mass that numbers can show. */
const RIDGE = 1e-12;

/** Derivatives up to this order are exact; each step adds one. */
const STEPS = 3;

/**
 * The potentials of a problem as a function of it, given their values: the same numbers, with derivatives.
 *
 * Chord steps z ← z − J⁻¹ F(z) on the equations E b = 1, Eᵀ a = 1, with E_ij = exp((f_i + g_j − C_ij)/ε) and the
 * Jacobian J at the solution as a constant: if z has the derivatives of the solution up to order k, the next z has
 * them up to k + 1. They are plain tensor operations, so every transformation applies. J is solved by its Schur
 * complement on the smaller side, in which weights of 0 need no care:
 * I − BᵀB + q qᵀ with B = diag(√a) E diag(√b) and q = √b/‖√b‖, the direction in which potentials are not determined.
 *
 * @param values - potentials of the problem, constants to differentiation
 */
export function withDerivatives(problem: Problem, values: Potentials): Potentials {
  const [n, m] = problem.C.shape as [number, number];
  if (n < m) {
    const { f, g } = withDerivatives(flipped(problem), { f: values.g, g: values.f });
    return { f: g, g: f };
  }
  const still = stopped(problem);
  let { f, g } = { f: stopGradient(values.f), g: stopGradient(values.g) };
  const E = density(still, { f, g });
  const solve = schurSolver(E, still);
  const rootB = still.b.sqrt();
  for (let step = 0; step < STEPS; step++) {
    const now = density(problem, { f, g });
    const rows = matmul(now, problem.b).sub(1).mul(problem.eps);
    const columns = matmul(problem.a, now).sub(1).mul(problem.eps);
    const side = matmul(still.a.mul(rows), E).sub(columns);
    const across = matmul(E, rootB.mul(solve(rootB.mul(side))));
    f = f.sub(rows.add(across));
    g = g.add(side.add(matmul(still.a.mul(across), E)));
  }
  return { f, g };
}

/** x ↦ (I − BᵀB + q qᵀ + ridge)⁻¹ x. */
function schurSolver(E: Tensor, { a, b }: Problem): (x: Tensor) => Tensor {
  const B = E.mul(a.sqrt().expandDims(1)).mul(b.sqrt());
  const q = b.div(b.sum()).sqrt();
  const m = q.size;
  if (m > DENSE) return conjugateGradients(B, q);
  const system = eye(m, { dtype: "f64" })
    .mul(1 + RIDGE)
    .sub(matmul(B.T, B))
    .add(q.expandDims(1).mul(q));
  const factor = cholesky(system);
  return (x) => choleskySolve(factor, x);
}

/** The same for large m; the system has a unit diagonal but for rounding, so it is its own preconditioner. */
function conjugateGradients(B: Tensor, q: Tensor): (x: Tensor) => Tensor {
  const diagonal = B.square()
    .sum(0)
    .neg()
    .add(1 + RIDGE)
    .add(q.square());
  const apply = (x: Tensor): Tensor =>
    x
      .mul(1 + RIDGE)
      .sub(matmul(matmul(B, x), B))
      .add(q.mul(q.mul(x).sum()));
  const run = (side: Tensor): Tensor => {
    const goal = side
      .square()
      .sum()
      .mul(CG_TOLERANCE ** 2);
    const z = side.div(diagonal);
    const out = whileLoop(
      ({ r, k }) => r.square().sum().greater(goal).logicalAnd(k.less(CG_STEPS)),
      ({ x, r, p, rz, k }) => {
        const Ap = apply(p);
        const t = rz.div(p.mul(Ap).sum());
        const residual = r.sub(Ap.mul(t));
        const scaled = residual.div(diagonal);
        const next = residual.mul(scaled).sum();
        return {
          x: x.add(p.mul(t)),
          r: residual,
          p: scaled.add(p.mul(next.div(rz))),
          rz: next,
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
