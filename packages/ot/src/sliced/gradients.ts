import { type Tensor, tensor } from "@x/tensor";
import type { Clouds } from "./clouds";
import type { Slices } from "./slices";

/** What a gradient is taken by: points or weights. */
export type Wanted = "X" | "Y" | "a" | "b";

/** Gradients with respect to points and weights. */
export interface SlicedGradients {
  /** f64 [n, d]. */
  readonly X?: Tensor;
  /** f64 [m, d]. */
  readonly Y?: Tensor;
  /** f64 [n]; given up to a constant, as the sums of weights stay equal: Σ a_i g_i = 0. */
  readonly a?: Tensor;
  /** f64 [m]; Σ b_j g_j = 0. */
  readonly b?: Tensor;
}

/** (1/L) Σ θ_l θ_lᵀ − I/d, shape [d, d]. */
function excess(theta: Float64Array, d: number): Float64Array {
  const L = theta.length / d;
  const out = new Float64Array(d * d);
  for (let l = 0; l < L; l++) {
    for (let j = 0; j < d; j++) {
      const t = (theta[l * d + j] as number) / L;
      for (let k = 0; k < d; k++) {
        out[j * d + k] = (out[j * d + k] as number) + t * (theta[l * d + k] as number);
      }
    }
  }
  for (let k = 0; k < d; k++) out[k * d + k] = (out[k * d + k] as number) - 1 / d;
  return out;
}

/** One of the two clouds: `sign` is that of its points in Δ. */
interface Side {
  readonly points: Float64Array;
  readonly weights: Float64Array | undefined;
  readonly slopes: Float64Array;
  readonly potentials: Float64Array;
  readonly sign: number;
}

/** M v for symmetric M. */
function times(M: Float64Array, v: Float64Array): Float64Array {
  const d = v.length;
  return v.map((_, j) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += (M[j * d + k] as number) * (v[k] as number);
    return sum;
  });
}

/**
 * What control variates take off: with γ held constant, γ₁ ∂((θ·Δ)² − ‖Δ‖²/d) + γ₂ ∂(σ² − E σ²), all of which are
 * quadratic forms in M = mean θθᵀ − I/d.
 */
function controlled(
  { d, delta }: Clouds,
  theta: Float64Array,
  { points, weights, sign }: Side,
  [g1, g2]: readonly [number, number],
  byPoints: Float64Array,
  byWeights: Float64Array,
): void {
  const M = excess(theta, d);
  const md = times(M, delta);
  const n = points.length / d;
  for (let i = 0; i < n; i++) {
    const w = weights === undefined ? 1 / n : (weights[i] as number);
    const x = points.subarray(i * d, (i + 1) * d);
    const mx = times(M, x);
    let form = 0;
    let mixed = 0;
    for (let k = 0; k < d; k++) {
      const [a, b] = [md[k] as number, mx[k] as number];
      if (byPoints.length > 0) {
        byPoints[i * d + k] = (byPoints[i * d + k] as number) - 2 * w * (g1 * sign * a + g2 * b);
      }
      form += (x[k] as number) * b;
      mixed += (x[k] as number) * a;
    }
    if (byWeights.length > 0) {
      byWeights[i] = (byWeights[i] as number) - g1 * sign * 2 * mixed - g2 * form;
    }
  }
}

/** Adds a constant so that the weighted sum vanishes. */
function centered(values: Float64Array, weights: Float64Array | undefined): Float64Array {
  const n = values.length;
  const mean = values.reduce(
    (s, v, i) => s + v * (weights === undefined ? 1 / n : (weights[i] as number)),
    0,
  );
  return values.map((v) => v - mean);
}

/**
 * Gradients of the estimate from the sums over directions.
 *
 * @param coefficients - γ of (θ·Δ)² and of σ₁² + σ₂²
 */
export function gradientsOf(
  clouds: Clouds,
  theta: Float64Array,
  parts: Slices,
  coefficients: readonly [number, number],
  p: number,
  wanted: readonly Wanted[],
): SlicedGradients {
  const { d, unit, mass } = clouds;
  const L = theta.length / d;
  const sides: Record<"X" | "Y", Side> = {
    X: {
      points: clouds.x,
      weights: clouds.a,
      slopes: parts.slopesX,
      potentials: parts.potentialsX,
      sign: 1,
    },
    Y: {
      points: clouds.y,
      weights: clouds.b,
      slopes: parts.slopesY,
      potentials: parts.potentialsY,
      sign: -1,
    },
  };
  const out: { -readonly [K in Wanted]?: Tensor } = {};
  for (const [side, weightsName] of [
    ["X", "a"],
    ["Y", "b"],
  ] as const) {
    if (!wanted.includes(side) && !wanted.includes(weightsName)) continue;
    const { slopes, potentials, weights } = sides[side];
    const byPoints = slopes.map((g) => g / L);
    const byWeights = potentials.map((u) => u / L);
    if (coefficients[0] !== 0 || coefficients[1] !== 0)
      controlled(clouds, theta, sides[side], coefficients, byPoints, byWeights);
    if (wanted.includes(side)) {
      const scaled = byPoints.map((g) => mass * unit ** (p - 1) * g);
      out[side] = tensor(scaled, { shape: [scaled.length / d, d], copy: false });
    }
    if (wanted.includes(weightsName)) {
      const scaled = centered(byWeights, weights).map((u) => unit ** p * u);
      out[weightsName] = tensor(scaled, { copy: false });
    }
  }
  return out;
}
