import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { type Matrix, readMatrix } from "../internal/read";
import type { Values } from "../values";
import { checkPower, readClouds } from "./clouds";
import { monomials } from "./monomials";
import { readDirections, SLICE_NAMES, type SliceOptions } from "./options";
import { slicedWasserstein } from "./sliced-wasserstein";
import { type Projections, slices } from "./slices";

/** How points become numbers: by their distance from a point r θ, or by odd polynomials. */
export type Defining =
  | { readonly kind: "circular"; readonly radius: number }
  | { readonly kind: "polynomial"; readonly degree: number };

/** Options of {@link generalizedSlicedWasserstein}. */
export interface GeneralizedOptions extends SliceOptions {
  /** Default polynomials of degree 3. */
  readonly defining?: Defining | undefined;
}

const NAMES: OptionNames<GeneralizedOptions> = {
  ...SLICE_NAMES,
  defining: 1,
};

/** A generalised sliced distance. */
export interface GeneralizedResult {
  /** valueP^{1/p}. */
  readonly value: number;
  /** Mean of W_p^p over the directions. */
  readonly valueP: number;
  /** f64 [L]. */
  readonly perDirection: Tensor;
  /** f64 [L, d], or [L, number of monomials]. */
  readonly theta: Tensor;
  /** Standard error of `valueP` for independent directions; null for a single one. */
  readonly stderr: number | null;
}

/** ‖x − r θ_l‖/unit of all points for some directions. */
function distances(
  { data, rows, columns: d }: Matrix,
  theta: Float64Array,
  radius: number,
  unit: number,
  first: number,
  count: number,
): Float64Array {
  const out = new Float64Array(count * rows);
  for (let l = 0; l < count; l++) {
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let k = 0; k < d; k++) {
        const t =
          ((data[i * d + k] as number) - radius * (theta[(first + l) * d + k] as number)) / unit;
        sum += t * t;
      }
      out[l * rows + i] = Math.sqrt(sum);
    }
  }
  return out;
}

function circular(
  X: Values,
  Y: Values,
  radius: number,
  options: GeneralizedOptions,
): GeneralizedResult {
  const name = "generalizedSlicedWasserstein";
  if (!(radius > 0 && radius < Infinity)) {
    throw new ArgumentError(`${name}: expected a radius > 0; got ${radius}`, { radius });
  }
  const { p = 2 } = options;
  const clouds = readClouds(name, X, Y, options.a, options.b);
  const theta = readDirections(name, options, clouds.d);
  const [from, to] = [readMatrix(name, "X", X), readMatrix(name, "Y", Y)];
  const { unit, mass } = clouds;
  const project: Projections = (first, count) => [
    distances(from, theta, radius, unit, first, count),
    distances(to, theta, radius, unit, first, count),
  ];
  const { values } = slices(clouds, theta, { p }, project);
  const L = values.length;
  const mean = values.reduce((s, v) => s + v, 0) / L;
  const squares = values.reduce((s, v) => s + (v - mean) ** 2, 0);
  const scale = mass * unit ** p;
  return {
    value: unit * (mass * mean) ** (1 / p),
    valueP: scale * mean,
    perDirection: tensor(
      values.map((v) => scale * v),
      { copy: false },
    ),
    theta: tensor(theta, { shape: [L, clouds.d], copy: false }),
    stderr: L < 2 ? null : scale * Math.sqrt(squares / (L - 1) / L),
  };
}

/**
 * Sliced Wasserstein distance along curved slices.
 *
 * `circular`: points are compared by ‖x − rθ‖. `polynomial`: by homogeneous polynomials of odd degree, Σ_α θ_α x^α over
 * |α| = degree, with θ on the sphere of their coefficients. Degree 1 is `slicedWasserstein`.
 *
 * @param X - points, [n, d]; curved slices depend on where the origin is
 * @param Y - points, [m, d]
 * @param options.defining - default `{ kind: "polynomial", degree: 3 }`
 * @param options - otherwise as of `slicedWasserstein`; `theta` has a column for each monomial of polynomials
 * @throws ArgumentError for an even degree, more than 10 000 monomials or a radius that is not positive
 * @see Kolouri, Nadjahi, Simsekli, Badeau & Rohde 2019, "Generalized sliced Wasserstein distances"
 * @example
 * generalizedSlicedWasserstein(X, Y, { defining: { kind: "circular", radius: 2 } }).value
 */
export function generalizedSlicedWasserstein(
  X: Values,
  Y: Values,
  options: GeneralizedOptions = {},
): GeneralizedResult {
  const name = "generalizedSlicedWasserstein";
  checkOptionNames(name, options, NAMES);
  const { defining = { kind: "polynomial", degree: 3 }, ...rest } = options;
  checkPower(name, options.p ?? 2);
  if (defining.kind === "circular") return circular(X, Y, defining.radius, rest);
  const { degree } = defining;
  if (!Number.isInteger(degree) || degree < 1 || degree % 2 === 0) {
    throw new ArgumentError(`${name}: expected an odd degree ≥ 1; got ${degree}`, { degree });
  }
  const lift = (side: "X" | "Y", values: Values): Tensor => {
    const points = readMatrix(name, side, values);
    return monomials(name, points, degree);
  };
  const { value, valueP, perDirection, theta, stderr } = slicedWasserstein(
    lift("X", X),
    lift("Y", Y),
    rest,
  );
  return { value, valueP, perDirection, theta, stderr };
}
