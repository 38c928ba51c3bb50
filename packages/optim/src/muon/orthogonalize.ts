import { matmul, ShapeError, type Tensor } from "@x/tensor";
import { type MuonCoefficients, resolveCoefficients } from "./muon-coefficients";
import type { OddPolynomial } from "./odd-polynomial";

/**
 * How a matrix is scaled to singular values of at most 1.
 *
 * - `frobenius`: by ‖X‖_F
 * - `schatten4`, `schatten8`: by ‖XXᵀ‖_F^½ or ‖(XXᵀ)²‖_F^¼, closer to the largest singular value; the latter takes
 *   one small product more
 * - `aol`: row by row, by (Σ_j |XXᵀ|_ij)^−½; the rows of the shorter side, and singular vectors turn a little
 */
export type MuonNormalization = "frobenius" | "schatten4" | "schatten8" | "aol";

/** How {@link orthogonalize} approximates the polar factor. */
export interface OrthogonalizeOptions {
  /** Polynomials; default `"jordan"`. */
  readonly coeffs?: MuonCoefficients;
  /** Number of polynomials applied, 1 … 100; default 5. */
  readonly nsSteps?: number;
  /** Scaling beforehand; default `"frobenius"`. */
  readonly normalize?: MuonNormalization;
  /** Added to the norm of the matrix divided by its largest entry, ≥ 0; default 1e-7. */
  readonly eps?: number;
}

/**
 * The nearest semi-orthogonal matrix UVᵀ of G = UΣVᵀ, approximately, by matrix products alone.
 *
 * X ← G/‖G‖, then X ← aX + (bXXᵀ + c(XXᵀ)²)X for each (a, b, c): singular values go through as + bs³ + cs⁵,
 * singular vectors stay. With `coeffs: "jordan"`, five steps take every s ≥ 0.01 ‖G‖ into [0.68, 1.14]; that is
 * enough for an update. `"polarExpress"` comes closer at the same cost; `"pade"` with 20 steps is exact.
 *
 * @param g - float, shape [..., m, n]; leading axes are a batch. Zeros give zeros, and scale does not matter
 * @returns of the same shape and dtype
 * @throws ShapeError for fewer than two axes
 * @throws ArgumentError for unknown coefficients
 * @example
 * orthogonalize(tensor([[3, 1], [1, 2]])) // ≈ [[0.830, -0.143], [-0.143, 0.972]]
 * @see Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"
 */
export function orthogonalize(g: Tensor, options: OrthogonalizeOptions = {}): Tensor {
  const { coeffs = "jordan", nsSteps = 5, normalize = "frobenius", eps = 1e-7 } = options;
  return orthogonalizeBy(g, resolveCoefficients("orthogonalize", coeffs, nsSteps), normalize, eps);
}

/** {@link orthogonalize} with the polynomials already resolved. */
export function orthogonalizeBy(
  g: Tensor,
  polynomials: readonly OddPolynomial[],
  normalize: MuonNormalization,
  eps: number,
): Tensor {
  const [m, n] = g.shape.slice(-2);
  if (m === undefined || n === undefined) {
    throw new ShapeError(
      `orthogonalize: expected a matrix or a stack of matrices [..., m, n]; got shape [${g.shape.join(", ")}]; reshape it`,
      { shape: g.shape },
    );
  }
  if (g.size === 0) return g;
  const tall = m > n;
  let { x, square } = scale(g, normalize, eps, tall);
  for (const p of polynomials) {
    x = applyPolynomial(p, x, square ?? gram(x, tall), tall);
    square = undefined;
  }
  return x;
}

/** The product of the shorter side: XXᵀ, or XᵀX for tall matrices. */
const gram = (x: Tensor, tall: boolean): Tensor =>
  tall ? matmul(x.swapAxes(-1, -2), x) : matmul(x, x.swapAxes(-1, -2));

function applyPolynomial(
  [a, b, c]: OddPolynomial,
  x: Tensor,
  square: Tensor,
  tall: boolean,
): Tensor {
  const factor = c === 0 ? square.mul(b) : matmul(square, square).mul(c).add(square.mul(b));
  return (tall ? matmul(x, factor) : matmul(factor, x)).add(x.mul(a));
}

/** A matrix scaled, and its Gram matrix where that was needed for it. */
interface Scaled {
  readonly x: Tensor;
  readonly square: Tensor | undefined;
}

function scale(g: Tensor, normalize: MuonNormalization, eps: number, tall: boolean): Scaled {
  // Squares of f32 overflow from 1e19 on and vanish below 1e-23; the largest entry is taken out first.
  const largest = g.abs().max([-2, -1], { keepDims: true });
  const x = divide(g, largest);
  if (normalize === "frobenius") return { x: divide(x, frobenius(x).add(eps)), square: undefined };
  const square = gram(x, tall);
  if (normalize === "aol") {
    // The rows of the shorter side: columns of a tall matrix.
    const rows = square.abs().sum(-1, { keepDims: true }).sqrt().add(eps);
    const columns = rows.swapAxes(-1, -2);
    const scaled = divide(x, tall ? columns : rows);
    return { x: scaled, square: divide(divide(square, rows), columns) };
  }
  const bound =
    normalize === "schatten4"
      ? frobenius(square).sqrt()
      : frobenius(matmul(square, square)).sqrt().sqrt();
  const size = bound.add(eps);
  return { x: divide(x, size), square: divide(square, size.square()) };
}

/** x / y, and x = 0 where y is 0. */
const divide = (x: Tensor, y: Tensor): Tensor => x.div(y.equal(0).where(1, y));

const frobenius = (x: Tensor): Tensor => x.square().sum([-2, -1], { keepDims: true }).sqrt();
