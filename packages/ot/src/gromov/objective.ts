import { multiply, transpose } from "./multiply";

/** What two spaces lose when a pair at distance x in one is matched with a pair at distance y in the other. */
export type GromovLoss = "square" | "kl";

/** L(x, y) = f1(x) + f2(y) − h1(x) h2(y), of all elements at once. */
type Parts = Readonly<Record<"f1" | "f2" | "h1" | "h2", (x: Float64Array) => Float64Array>>;

const same = (x: Float64Array): Float64Array => x;

function squares(x: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) out[i] = (x[i] as number) ** 2;
  return out;
}

function doubles(x: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) out[i] = 2 * (x[i] as number);
  return out;
}

/** Smaller distances count as this in logarithms: a point's distance to itself is zero. */
const LEAST = 1e-15;

function logarithms(x: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) out[i] = Math.log(Math.max(x[i] as number, LEAST));
  return out;
}

/** x log x − x. */
function entropies(x: Float64Array): Float64Array {
  const out = logarithms(x);
  for (let i = 0; i < x.length; i++)
    out[i] = (x[i] as number) * (out[i] as number) - (x[i] as number);
  return out;
}

const parts: Readonly<Record<GromovLoss, Parts>> = {
  square: { f1: squares, f2: squares, h1: same, h2: doubles },
  kl: { f1: entropies, f2: same, h1: same, h2: logarithms },
};

/** A plan with the products that the objective and its gradient need: T = h1 P h2ᵀ, U = h1ᵀ P h2; in C order. */
export interface Evaluated {
  readonly P: Float64Array;
  readonly T: Float64Array;
  /** T itself where both spaces are symmetric. */
  readonly U: Float64Array;
}

/**
 * (1 − α)⟨M, P⟩ + α Σ L(C1_ik, C2_jl) P_ij P_kl over plans P with fixed marginals.
 *
 * @see Peyré, Cuturi & Solomon 2016, "Gromov-Wasserstein averaging of kernel and distance matrices", proposition 1
 */
export interface Objective {
  readonly evaluate: (P: Float64Array) => Evaluated;
  /** Σ L(C1_ik, C2_jl) P_ij P_kl. */
  readonly quadratic: (at: Evaluated) => number;
  /** ⟨M, P⟩; 0 without M. */
  readonly linear: (at: Evaluated) => number;
  readonly value: (at: Evaluated) => number;
  readonly gradient: (at: Evaluated) => Float64Array;
  /** Coefficient of τ² of the value at P + τ(Q − P), where Q has the marginals of P. */
  readonly curvature: (at: Evaluated, to: Evaluated) => number;
}

/** The data of an objective; matrices in C order. */
export interface ObjectiveData {
  readonly C1: Float64Array;
  readonly C2: Float64Array;
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly loss: GromovLoss;
  readonly alpha: number;
  readonly M: Float64Array | undefined;
}

function equal(x: Float64Array, y: Float64Array): boolean {
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}

/** Σ x y. */
function inner(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/** The objective of two spaces, with both products of n²m + nm² operations in one evaluation. */
export function objectiveOf({ C1, C2, p, q, loss, alpha, M }: ObjectiveData): Objective {
  const { f1, f2, h1, h2 } = parts[loss];
  const [n, m] = [p.length, q.length];
  const [back1, back2] = [transpose(C1, n), transpose(C2, m)];
  const symmetric = equal(C1, back1) && equal(C2, back2);
  // f1(C1) p 1ᵀ + 1 (f2(C2) q)ᵀ.
  const marginal = (x: Float64Array, y: Float64Array): Float64Array => {
    const [rows, columns] = [multiply(f1(x), p, n), multiply(f2(y), q, m)];
    const out = new Float64Array(n * m);
    for (let i = 0, k = 0; i < n; i++)
      for (let j = 0; j < m; j++, k++) out[k] = (rows[i] as number) + (columns[j] as number);
    return out;
  };
  const forth = marginal(C1, C2);
  const back = symmetric ? forth : marginal(back1, back2);
  const [left, right] = [h1(C1), h2(back2)];
  const [backLeft, backRight] = symmetric ? [left, right] : [h1(back1), h2(C2)];
  const quadratic = ({ P, T }: Evaluated): number => {
    let sum = 0;
    // Differences first: the value may be nearly zero.
    for (let k = 0; k < P.length; k++)
      sum += (P[k] as number) * ((forth[k] as number) - (T[k] as number));
    return sum;
  };
  const linear = ({ P }: Evaluated): number => (M === undefined ? 0 : inner(M, P));
  return {
    evaluate(P) {
      const T = multiply(left, multiply(P, right, m), n);
      return { P, T, U: symmetric ? T : multiply(backLeft, multiply(P, backRight, m), n) };
    },
    quadratic,
    linear,
    value: (at) => (1 - alpha) * linear(at) + alpha * quadratic(at),
    gradient({ T, U }) {
      const G = new Float64Array(T.length);
      for (let k = 0; k < G.length; k++) {
        const first = (forth[k] as number) - (T[k] as number);
        const second = (back[k] as number) - (U[k] as number);
        G[k] = alpha * (first + second);
      }
      if (M !== undefined)
        for (let k = 0; k < G.length; k++) G[k] = (G[k] as number) + (1 - alpha) * (M[k] as number);
      return G;
    },
    curvature({ P, T }, { P: Q, T: TQ }) {
      let sum = 0;
      for (let k = 0; k < P.length; k++)
        sum += ((TQ[k] as number) - (T[k] as number)) * ((Q[k] as number) - (P[k] as number));
      return -alpha * sum;
    },
  };
}
