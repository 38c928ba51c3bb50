import { maximum, type Tensor, transpose } from "@x/tensor";

/** What two spaces lose when a pair at distance x in one is matched with a pair at distance y in the other. */
export type GromovLoss = "square" | "kl";

/** L(x, y) = f1(x) + f2(y) − h1(x) h2(y). */
interface Parts {
  readonly f1: Tensor;
  readonly f2: Tensor;
  readonly h1: Tensor;
  readonly h2: Tensor;
}

/** Smaller distances count as this in logarithms: a point's distance to itself is zero. */
const LEAST = 1e-15;

const parts: Readonly<Record<GromovLoss, (C1: Tensor, C2: Tensor) => Parts>> = {
  square: (C1, C2) => ({ f1: C1.square(), f2: C2.square(), h1: C1, h2: C2.mul(2) }),
  kl: (C1, C2) => ({
    f1: C1.mul(maximum(C1, LEAST).log()).sub(C1),
    f2: C2,
    h1: C1,
    h2: maximum(C2, LEAST).log(),
  }),
};

/** A plan with the products that the objective and its gradient need: T = h1 P h2ᵀ, U = h1ᵀ P h2. */
export interface Evaluated {
  readonly P: Tensor;
  readonly T: Tensor;
  /** T itself where both spaces are symmetric. */
  readonly U: Tensor;
}

/**
 * (1 − α)⟨M, P⟩ + α Σ L(C1_ik, C2_jl) P_ij P_kl over plans P with fixed marginals.
 *
 * @see Peyré, Cuturi & Solomon 2016, "Gromov-Wasserstein averaging of kernel and distance matrices", proposition 1
 */
export interface Objective {
  readonly evaluate: (P: Tensor) => Evaluated;
  /** Σ L(C1_ik, C2_jl) P_ij P_kl. */
  readonly quadratic: (at: Evaluated) => number;
  /** ⟨M, P⟩; 0 without M. */
  readonly linear: (at: Evaluated) => number;
  readonly value: (at: Evaluated) => number;
  readonly gradient: (at: Evaluated) => Tensor;
  /** Coefficient of τ² of the value at P + τD, where D has no marginals. */
  readonly curvature: (D: Evaluated) => number;
}

/** The data of an objective, all f64. */
export interface ObjectiveData {
  readonly C1: Tensor;
  readonly C2: Tensor;
  readonly p: Tensor;
  readonly q: Tensor;
  readonly loss: GromovLoss;
  readonly alpha: number;
  readonly M: Tensor | undefined;
}

const inner = (x: Tensor, y: Tensor): number => x.mul(y).sum().item();

const isSymmetric = (C: Tensor): boolean => C.equal(transpose(C)).all().item() === 1;

/** The objective of two spaces, with both products of n²m + nm² operations in one evaluation. */
export function objectiveOf({ C1, C2, p, q, loss, alpha, M }: ObjectiveData): Objective {
  const { f1, f2, h1, h2 } = parts[loss](C1, C2);
  const symmetric = isSymmetric(C1) && isSymmetric(C2);
  // f1(C1) p 1ᵀ + 1 (f2(C2) q)ᵀ, and the same of the transposed spaces.
  const marginal = (x: Tensor, y: Tensor): Tensor =>
    x.matmul(p).expandDims(1).add(y.matmul(q).expandDims(0));
  const forth = marginal(f1, f2);
  const back = symmetric ? forth : marginal(transpose(f1), transpose(f2));
  const quadratic = ({ P, T }: Evaluated): number => inner(forth.sub(T), P);
  const linear = ({ P }: Evaluated): number => (M === undefined ? 0 : inner(M, P));
  return {
    evaluate(P) {
      const T = h1.matmul(P).matmul(transpose(h2));
      return { P, T, U: symmetric ? T : transpose(h1).matmul(P).matmul(h2) };
    },
    quadratic,
    linear,
    value: (at) => (1 - alpha) * linear(at) + alpha * quadratic(at),
    gradient({ T, U }) {
      const G = forth.sub(T).add(back.sub(U)).mul(alpha);
      return M === undefined ? G : G.add(M.mul(1 - alpha));
    },
    curvature: ({ P: D, T }) => -alpha * inner(T, D),
  };
}
