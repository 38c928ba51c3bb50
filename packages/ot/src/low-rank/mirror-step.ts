import type { Matrix } from "../internal/read";
import type { Couplings, Kernels } from "./dykstra";
import { crossProduct, product } from "./products";

/** Gradients of ⟨Q diag(1/g) Rᵀ, A Bᵀ⟩ with respect to Q, R and g, without the part of the entropy. */
export interface Gradients {
  readonly Q: Float64Array;
  readonly R: Float64Array;
  readonly g: Float64Array;
  /** The value itself. */
  readonly linear: number;
}

/** The gradients, in O((n + m) r k). */
export function gradients(A: Matrix, B: Matrix, { Q, R, g }: Couplings): Gradients {
  const [r, k] = [g.length, A.columns];
  const perColumn = (X: Float64Array, power: number): Float64Array =>
    X.map((x, at) => x / (g[at % r] as number) ** power);
  const [AQ, BR] = [crossProduct(A.data, Q, A.rows, k, r), crossProduct(B.data, R, B.rows, k, r)];
  const inner = new Float64Array(r);
  for (let at = 0; at < k * r; at++)
    inner[at % r] = (inner[at % r] as number) + (AQ[at] as number) * (BR[at] as number);
  return {
    Q: product(A.data, perColumn(BR, 1), A.rows, k, r),
    R: product(B.data, perColumn(AQ, 1), B.rows, k, r),
    g: perColumn(inner, 2).map((x) => -x),
    linear: perColumn(inner, 1).reduce((sum, x) => sum + x, 0),
  };
}

/** max |x + ε log p|. */
function largest(x: Float64Array, p: Float64Array, eps: number): number {
  let top = 0;
  for (let i = 0; i < x.length; i++) {
    const entropy = eps === 0 ? 0 : eps * Math.log(Math.max(p[i] as number, Number.MIN_VALUE));
    top = Math.max(top, Math.abs((x[i] as number) + entropy));
  }
  return top;
}

/** The largest entry of all gradients. */
export const largestSlope = ({ Q, R, g }: Gradients): number =>
  Math.max(largest(Q, Q, 0), largest(R, R, 0), largest(g, g, 0));

/** The step γ0 / max(‖∇Q‖∞, ‖∇R‖∞, ‖∇g‖∞)². */
export function stepSize(
  from: Couplings,
  { Q, R, g }: Gradients,
  eps: number,
  gamma0: number,
): number {
  const top = Math.max(largest(Q, from.Q, eps), largest(R, from.R, eps), largest(g, from.g, eps));
  return top > 0 ? gamma0 / top ** 2 : gamma0;
}

/**
 * p^{1−γε} exp(−γ gradient), each row divided by its largest entry, which the projection does not see and without which
 * rows could underflow.
 */
function kernel(
  p: Float64Array,
  gradient: Float64Array,
  r: number,
  gamma: number,
  eps: number,
): Float64Array {
  const out = new Float64Array(p.length);
  for (let at = 0; at < p.length; at += r) {
    let top = -Infinity;
    for (let k = at; k < at + r; k++) {
      const log = Math.log(Math.max(p[k] as number, Number.MIN_VALUE));
      out[k] = (1 - gamma * eps) * log - gamma * (gradient[k] as number);
      top = Math.max(top, out[k] as number);
    }
    for (let k = at; k < at + r; k++) out[k] = Math.exp((out[k] as number) - top);
  }
  return out;
}

/** The kernels of a mirror-descent step, to be projected. */
export function mirrorStep(
  { Q, R, g }: Couplings,
  slopes: Gradients,
  gamma: number,
  eps: number,
): Kernels {
  const r = g.length;
  return {
    xi1: kernel(Q, slopes.Q, r, gamma, eps),
    xi2: kernel(R, slopes.R, r, gamma, eps),
    xi3: kernel(g, slopes.g, r, gamma, eps),
  };
}

/** ½ Σ (p − q)(log p − log q): how far two positive measures are apart. */
function divergence(p: Float64Array, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const [x, y] = [p[i] as number, q[i] as number];
    if (x > 0 && y > 0) sum += 0.5 * (x - y) * Math.log(x / y);
  }
  return sum;
}

/** How far successive couplings are apart. */
export const change = (x: Couplings, y: Couplings): number =>
  divergence(x.Q, y.Q) + divergence(x.R, y.R) + divergence(x.g, y.g);
