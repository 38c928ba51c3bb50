import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import type { OptionNames } from "../internal/option-names";
import { readMasses, readMatrix } from "../internal/read";
import type { Values } from "../values";
import { type GromovLoss, type Objective, objectiveOf } from "./objective";

/** What both solvers of Gromov-Wasserstein problems take. */
export interface GromovOptions {
  /** Weights of the points of the first space, shape [n]; default uniform. */
  readonly p?: Values | null | undefined;
  /** Weights of the points of the second space, shape [m], with the same sum; default uniform. */
  readonly q?: Values | null | undefined;
  /** `square`: (x − y)²; `kl`: x log(x/y) − x + y. Default `square`. */
  readonly loss?: GromovLoss | undefined;
  /** Weight of the spaces' structure against `M`, from 0 to 1; default 1 without `M`, ½ with it. */
  readonly alpha?: number | undefined;
  /** Costs between points of the two spaces, shape [n, m], for the fused problem. */
  readonly M?: Values | undefined;
  /**
   * Plan to start from, as the problem is not convex: `product` p qᵀ; `lowerBound` compares each point's distances to
   * all others; or a plan, shape [n, m]. Default `product`.
   */
  readonly init?: "product" | "lowerBound" | Values | undefined;
  /** Further random starts, of which the best result is kept; default 0. */
  readonly restarts?: number | undefined;
  /** Of the random starts; default 0. */
  readonly seed?: number | undefined;
}

/** All names in {@link GromovOptions}. */
export const GROMOV_NAMES: OptionNames<GromovOptions> = {
  p: 1,
  q: 1,
  loss: 1,
  alpha: 1,
  M: 1,
  init: 1,
  restarts: 1,
  seed: 1,
};

/** A Gromov-Wasserstein problem, checked and in f64. */
export interface GromovProblem {
  readonly n: number;
  readonly m: number;
  readonly C1: Float64Array;
  readonly C2: Float64Array;
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly objective: Objective;
}

function readSquare(operation: string, name: string, C: Values, loss: GromovLoss): Float64Array {
  const { data, rows, columns } = readMatrix(operation, name, C);
  if (rows !== columns) {
    throw new ShapeError(
      `${operation}: expected the distances ${name} within one space as a square matrix; got shape [${rows}, ${columns}]`,
      { [name]: [rows, columns] },
    );
  }
  const negative = loss === "kl" ? data.findIndex((c) => c < 0) : -1;
  if (negative >= 0) {
    throw new ArgumentError(
      `${operation}: expected ${name} ≥ 0 for the loss "kl"; got ${name}[${Math.floor(negative / columns)}, ${negative % columns}] = ${data[negative]}`,
      { argument: name, value: data[negative] as number },
    );
  }
  return data;
}

function readAlpha(operation: string, { alpha, M }: GromovOptions): number {
  const value = alpha ?? (M === undefined ? 1 : 0.5);
  if (!(value >= 0 && value <= 1))
    throw new ArgumentError(`${operation}: expected alpha from 0 to 1; got ${value}`, {
      alpha: value,
    });
  if (value < 1 && M === undefined) {
    throw new ArgumentError(
      `${operation}: expected costs M between the spaces, as alpha = ${value} gives them weight`,
      { alpha: value },
    );
  }
  return value;
}

/** @throws ShapeError, ArgumentError as the solvers say */
export function prepare(
  operation: string,
  C1: Values,
  C2: Values,
  options: GromovOptions,
): GromovProblem {
  const { loss = "square" } = options;
  if (loss !== "square" && loss !== "kl")
    throw new ArgumentError(`${operation}: expected the loss "square" or "kl"; got "${loss}"`, {
      loss,
    });
  const first = readSquare(operation, "C1", C1, loss);
  const second = readSquare(operation, "C2", C2, loss);
  const [n, m] = [Math.sqrt(first.length), Math.sqrt(second.length)];
  const { a: p, b: q } = readMasses(operation, options.p, options.q, n, m, ["p", "q"]);
  const M = options.M === undefined ? undefined : readMatrix(operation, "M", options.M);
  if (M !== undefined && (M.rows !== n || M.columns !== m)) {
    throw new ShapeError(
      `${operation}: expected M with shape [${n}, ${m}]; got [${M.rows}, ${M.columns}]`,
      { M: [M.rows, M.columns] },
    );
  }
  const alpha = readAlpha(operation, options);
  const objective = objectiveOf({ C1: first, C2: second, p, q, loss, alpha, M: M?.data });
  return { n, m, C1: first, C2: second, p, q, objective };
}

/** A matrix around an array that nobody else writes to. */
export const matrix = (data: Float64Array, rows: number, columns: number): Tensor =>
  tensor(data, { shape: [rows, columns], copy: false });
