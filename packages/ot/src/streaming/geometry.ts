import type { Cost, CostName } from "../costs/cost";
import type { MinkowskiCost } from "../costs/minkowski";
import type { Matrix } from "../internal/read";

/** How the kernels compute a cost; the numbers are those of assembly/streaming/arguments.ts. */
const kinds = { bilinear: 0, euclidean: 1, cityblock: 2, minkowski: 3, chebyshev: 4 } as const;

/** Costs in the form that the kernels compute: exponents −C/(ε ln 2) from scaled coordinates. */
export interface Geometry {
  readonly kind: number;
  /** p of a Minkowski distance. */
  readonly order: number;
  /** Points of both clouds, moved or normalised as the cost allows. */
  readonly x: Matrix;
  readonly y: Matrix;
  /** Factor of the coordinates for a given 1/(ε ln 2). */
  scale(eta: number): number;
  /** What points add to the exponents themselves, for a given 1/(ε ln 2). */
  base(side: "x" | "y", eta: number): Float64Array;
  /** Whether boxes around points bound the cost from below. */
  readonly bounded: boolean;
}

const MOST_BOUNDED_COORDINATES = 8;

function centred(x: Matrix, y: Matrix): [Matrix, Matrix] {
  const d = x.columns;
  const centre = new Float64Array(d);
  for (const { data } of [x, y])
    for (let i = 0; i < data.length; i++)
      centre[i % d] = (centre[i % d] as number) + (data[i] as number) / (x.rows + y.rows);
  const move = (z: Matrix): Matrix => ({
    ...z,
    data: z.data.map((value, i) => value - (centre[i % d] as number)),
  });
  return [move(x), move(y)];
}

/** Σ_k z_k² of every row. */
function squaredNorms({ data, rows, columns }: Matrix): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / columns);
    out[row] = (out[row] as number) + (data[i] as number) ** 2;
  }
  return out;
}

function normalized(z: Matrix): Matrix {
  const norms = squaredNorms(z).map(Math.sqrt);
  const data = z.data.map((value, i) => value / (norms[Math.floor(i / z.columns)] || 1));
  return { ...z, data };
}

const zeros = ({ rows }: Matrix): Float64Array => new Float64Array(rows);

function squared(X: Matrix, Y: Matrix): Geometry {
  const [x, y] = centred(X, Y);
  const norms = { x: squaredNorms(x), y: squaredNorms(y) };
  return {
    kind: kinds.bilinear,
    order: 0,
    x,
    y,
    scale: (eta) => Math.sqrt(2 * eta),
    base: (side, eta) => norms[side].map((norm) => -eta * norm),
    bounded: X.columns <= MOST_BOUNDED_COORDINATES,
  };
}

/** Costs that are a constant less an inner product. */
function inner(x: Matrix, y: Matrix, constant: number): Geometry {
  return {
    kind: kinds.bilinear,
    order: 0,
    x,
    y,
    scale: Math.sqrt,
    base: (side, eta) => (side === "x" ? zeros(x).fill(-eta * constant) : zeros(y)),
    bounded: false,
  };
}

function norm(X: Matrix, Y: Matrix, p: number): Geometry {
  const [x, y] = centred(X, Y);
  const kind =
    p === 1
      ? kinds.cityblock
      : p === 2
        ? kinds.euclidean
        : p === Infinity
          ? kinds.chebyshev
          : kinds.minkowski;
  return {
    kind,
    order: p,
    x,
    y,
    scale: (eta) => eta,
    base: (side) => zeros(side === "x" ? x : y),
    bounded: X.columns <= MOST_BOUNDED_COORDINATES,
  };
}

/** The geometry of a cost that the kernels know; undefined for a function of the user's. */
export function geometryOf(x: Matrix, y: Matrix, cost: Cost): Geometry | undefined {
  if (typeof cost === "function") {
    const { order } = cost as Partial<MinkowskiCost>;
    return typeof order === "number" ? norm(x, y, order) : undefined;
  }
  const byName: Record<CostName, () => Geometry> = {
    sqeuclidean: () => squared(x, y),
    euclidean: () => norm(x, y, 2),
    cityblock: () => norm(x, y, 1),
    cosine: () => inner(normalized(x), normalized(y), 1),
    dot: () => inner(x, y, 0),
  };
  return byName[cost]();
}
