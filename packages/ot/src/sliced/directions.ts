import {
  ArgumentError,
  concat,
  erfinv,
  matmul,
  random,
  range,
  type Tensor,
  tensor,
} from "@x/tensor";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames } from "../internal/option-names";
import { sobol } from "./sobol";

/**
 * How directions are chosen: `mc` independent and uniform, `orthogonal` in random orthonormal bases, `qmc` evenly
 * spread.
 */
export type Sampler = "mc" | "orthogonal" | "qmc";

/** Where random directions come from. */
export interface DirectionOptions {
  /** Default 0. */
  readonly seed?: number | undefined;
  /** A key of `@x/tensor/random` in place of the seed; may be traced, but for `qmc` without `randomize`. */
  readonly key?: Tensor | undefined;
  /** Whether to turn `qmc` directions by one random rotation, which makes them unbiased; default false. */
  readonly randomize?: boolean | undefined;
}

/** All names in {@link DirectionOptions}. */
export const DIRECTION_NAMES: OptionNames<DirectionOptions> = {
  seed: 1,
  key: 1,
  randomize: 1,
};

const f64 = { dtype: "f64" } as const;

const rows = (data: Float64Array, d: number): Tensor =>
  tensor(data, { shape: [data.length / d, d], copy: false });

/** Random orthonormal bases below each other, cut to L rows. */
function bases(key: Tensor, L: number, d: number): Tensor {
  const count = Math.ceil(L / d);
  const parts = Array.from({ length: count }, (_, i) =>
    random.orthogonal(random.foldIn(key, i), d, d, f64),
  );
  return concat(parts, 0).at(range(0, L));
}

function halfCircle(L: number): Float64Array {
  const out = new Float64Array(2 * L);
  for (let k = 0; k < L; k++) {
    const angle = (Math.PI * (k + 0.5)) / L;
    out[2 * k] = Math.cos(angle);
    out[2 * k + 1] = Math.sin(angle);
  }
  return out;
}

function spiral(L: number): Float64Array {
  const out = new Float64Array(3 * L);
  for (let i = 0; i < L; i++) {
    const z = 1 - (2 * i + 1) / L;
    const radius = Math.sqrt(1 - z * z);
    const angle = 1.8 * Math.sqrt(L) * Math.acos(z);
    out.set([radius * Math.cos(angle), radius * Math.sin(angle), z], 3 * i);
  }
  return out;
}

/** Sobol's points as normal numbers, then on the sphere. */
function normalSobol(L: number, d: number): Float64Array {
  const points = rows(sobol(L, d), d);
  const z = erfinv(points.mul(2).sub(1)).dataSync() as Float64Array;
  for (let i = 0; i < L; i++) {
    const row = z.subarray(i * d, (i + 1) * d);
    const length = Math.hypot(...row);
    for (let k = 0; k < d; k++) row[k] = (row[k] as number) / length;
  }
  return z;
}

function evenlySpread(L: number, d: number): Tensor {
  if (d === 1) return rows(new Float64Array(L).fill(1), 1);
  return rows(d === 2 ? halfCircle(L) : d === 3 ? spiral(L) : normalSobol(L, d), d);
}

/**
 * Directions on the unit sphere to slice along.
 *
 * `mc`: independent and uniform. `orthogonal`: ⌈L/d⌉ random orthonormal bases; unbiased, and the mean of a quadratic
 * form is exact when L is a multiple of d. `qmc`: the half circle at equal angles (d = 2), a spiral from pole to pole
 * (d = 3), and Sobol's points through the inverse normal distribution (3 < d ≤ 128); not random unless `randomize`.
 *
 * @param L - how many, ≥ 1
 * @param d - dimension, ≥ 1
 * @returns unit rows, f64 [L, d]
 * @throws ArgumentError for L or d that is no positive integer, an unknown kind, or `qmc` in more than 128 dimensions
 * @see Nguyen, Bariletto & Ho 2024, "Quasi-Monte Carlo for 3D sliced Wasserstein"
 * @example
 * directions("orthogonal", 3, 3, { seed: 1 })
 */
export function directions(
  kind: Sampler,
  L: number,
  d: number,
  options: DirectionOptions = {},
): Tensor {
  checkOptionNames("directions", options, DIRECTION_NAMES);
  checkChoice("directions", "kind", kind, ["mc", "orthogonal", "qmc"]);
  for (const [name, value] of [
    ["L", L],
    ["d", d],
  ] as const) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new ArgumentError(`directions: expected a positive integer ${name}; got ${value}`, {
      [name]: value,
    });
  }
  const key = options.key ?? random.key(options.seed ?? 0);
  if (kind === "mc") return random.unitSphere(key, [L, d], f64);
  if (kind === "orthogonal") return bases(key, L, d);
  const theta = evenlySpread(L, d);
  return options.randomize === true ? matmul(theta, random.orthogonal(key, d, d, f64)) : theta;
}
