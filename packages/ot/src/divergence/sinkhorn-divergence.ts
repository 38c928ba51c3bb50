import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import type { Cost, CostFunction } from "../costs/cost";
import { costFunction } from "../costs/cost-matrix";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { checkCostRange } from "../internal/ranges";
import { readMasses, readMatrix, readVector, readWeights } from "../internal/read";
import type { SolverOptions } from "../result";
import { defaultEpsOfPoints } from "../streaming/cost-moments";
import type { PointProblem } from "../streaming/problem";
import type { Values } from "../values";
import { pointGradient, type Side } from "./gradients";
import { inner, type Measure, measureOf } from "./measure";
import { crossPotentials, type Settings, type Solved, selfPotential } from "./potentials";

/** What {@link sinkhornDivergence} takes. */
export interface SinkhornDivergenceOptions extends SolverOptions {
  /** Weights of X, shape [n]; default 1/n each. */
  readonly a?: Values | null | undefined;
  /** Weights of Y, shape [m], of the same sum unless `rho` is finite; default uniform. */
  readonly b?: Values | null | undefined;
  /**
   * ε > 0 in units of the cost, one for all three terms; default 0.05 times the standard deviation of the costs between
   * points with weight.
   */
  readonly eps?: number | undefined;
  /** ρ > 0 of unbalanced transport: what mass costs that is made or destroyed. Default `Infinity`: balanced. */
  readonly rho?: number | undefined;
  /** Largest {@link SinkhornDivergenceResult.marginalError} to stop at; default 10⁻⁹. */
  readonly tol?: number | undefined;
  /** Of each of the three problems; default 10 000. */
  readonly maxIterations?: number | undefined;
  /** A symmetric cost; default `sqeuclidean`, ‖x−y‖² without a factor ½. */
  readonly cost?: Cost | undefined;
  /** Leaves the term of Y alone out, which is constant while Y stays: the value then lacks a constant. Default false. */
  readonly staticB?: boolean | undefined;
  /** Whether a value below 0, by the error of the solvers, is given as 0; default false. */
  readonly clamp?: boolean | undefined;
  /** Potentials of an earlier result to start from, as in a flow. */
  readonly init?: DivergencePotentials | undefined;
}

const NAMES: OptionNames<SinkhornDivergenceOptions> = {
  a: 1,
  b: 1,
  eps: 1,
  rho: 1,
  ...SOLVER_NAMES,
  cost: 1,
  staticB: 1,
  clamp: 1,
  init: 1,
};

/** The potentials of the three problems, of which those of Y alone may be missing. */
export interface DivergencePotentials {
  readonly fxy: Values;
  readonly gxy: Values;
  readonly fxx: Values;
  readonly gyy?: Values | undefined;
}

/** The Sinkhorn divergence of two clouds, with what it was made of and its gradients; everything is f64. */
export interface SinkhornDivergenceResult extends DivergencePotentials {
  readonly value: number;
  readonly eps: number;
  /** Potentials between X and Y, shapes [n] and [m]. */
  readonly fxy: Tensor;
  readonly gxy: Tensor;
  /** Potential of X against itself, shape [n]. */
  readonly fxx: Tensor;
  /** Potential of Y against itself, shape [m]; undefined with `staticB`. */
  readonly gyy: Tensor | undefined;
  /** ∂/∂X, shape [n, d]; computed when it is called. */
  gradX(): Tensor;
  /** ∂/∂Y, shape [m, d]. @throws ArgumentError with `staticB` */
  gradY(): Tensor;
  /** ∂/∂a, shape [n]; of balanced measures up to a constant. */
  gradA(): Tensor;
  /** ∂/∂b, shape [m]. @throws ArgumentError with `staticB` */
  gradB(): Tensor;
  /**
   * The largest marginal error of the three problems, as a fraction of the mass; of unbalanced ones the last change of
   * a potential in units of ε.
   */
  readonly marginalError: number;
  /** Of all three problems. */
  readonly iterations: number;
  readonly converged: boolean;
  readonly status: string;
}

const NAME = "sinkhornDivergence";

/**
 * The Sinkhorn divergence S = OT(α,β) − ½ OT(α,α) − ½ OT(β,β) of two clouds: a smooth loss that is zero only for equal
 * measures.
 *
 * OT is the `value` of `sinkhorn`, ⟨P, C⟩ + ε KL(P | a⊗b); ε → 0 gives exact transport, ε → ∞ half the energy distance
 * of the cost. S is summed from differences of potentials, Σ a (fxy − fxx) + Σ b (gxy − gyy), which loses fewer digits
 * between nearly equal clouds than the three values. With finite ρ, OT is unbalanced and S gains ½ ε (Σa − Σb)². Errors
 * of the solvers can make values near 0 negative, by about the marginal error times the largest cost. No matrix of
 * costs is made for large clouds.
 *
 * @param X - points, shape [n, d]
 * @param Y - points, shape [m, d]
 * @returns the value, the potentials, and functions for the gradients by points and weights
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on NaN, infinite or negative weights, sums that differ while balanced, NaN or infinite points,
 *   points whose costs overflow, ε that is not one positive number, ρ ≤ 0
 * @example
 * sinkhornDivergence([[0, 0]], [[3, 4]], { eps: 1 }).value // 25
 * @see Genevay, Peyré & Cuturi 2018; Feydy et al. 2019; Séjourné et al. 2019 (unbalanced)
 */
export function sinkhornDivergence(
  X: Values,
  Y: Values,
  options: SinkhornDivergenceOptions = {},
): SinkhornDivergenceResult {
  checkOptionNames("sinkhornDivergence", options, NAMES);
  const { staticB = false, clamp = false, warn = true } = options;
  const { x, y, settings } = read(X, Y, options);
  const start = options.init && readStart(options.init, x, y);
  const cross = crossPotentials(x, y, settings, start);
  const own = selfPotential(x, settings, start?.fxx);
  const other = staticB ? undefined : selfPotential(y, settings, start?.gyy);
  const value = total(x, cross.f, own.f, settings) + total(y, cross.g, other?.g, settings);
  const result: SinkhornDivergenceResult = {
    value: clamp ? Math.max(0, value) : value,
    eps: settings.eps,
    fxy: tensor(cross.f),
    gxy: tensor(cross.g),
    fxx: tensor(own.f),
    gyy: other && tensor(other.g),
    ...gradients({ x, y, cross, own, other }, settings),
    ...ending([cross, own, ...(other === undefined ? [] : [other])], settings),
  };
  if (warn && !result.converged) console.warn(`${NAME}: ${result.status}`);
  return result;
}

/** What one measure adds: Σ w (h − own), or with finite ρ Σ w (ρ + ε/2)(e^{−own/ρ} − e^{−h/ρ}). */
function total(
  { weights }: Measure,
  h: Float64Array,
  own: Float64Array | undefined,
  { eps, rho }: Settings,
): number {
  const base = (i: number): number => own?.[i] ?? 0;
  if (rho === Infinity)
    return inner(
      weights,
      h.map((value, i) => value - base(i)),
    );
  // e^{−own/ρ} − e^{−h/ρ} without cancellation.
  const terms = h.map((v, i) => -Math.exp(-base(i) / rho) * Math.expm1((base(i) - v) / rho));
  return (rho + eps / 2) * inner(weights, terms);
}

interface Parts {
  readonly x: Measure;
  readonly y: Measure;
  readonly cross: Solved;
  readonly own: Solved;
  readonly other: Solved | undefined;
}

function gradients(
  { x, y, cross, own, other }: Parts,
  settings: Settings,
): Pick<SinkhornDivergenceResult, "gradX" | "gradY" | "gradA" | "gradB"> {
  const side = (measure: Measure, potential: Float64Array): Side => ({ measure, potential });
  const ofY = (): Solved => {
    if (other !== undefined) return other;
    throw new ArgumentError(
      `${NAME}: expected the term of Y for its gradients; it was left out by staticB; leave staticB away`,
    );
  };
  const byWeights = (h: Float64Array, base: Float64Array): Tensor =>
    tensor(weightSlopes(h, base, settings));
  const [fxy, gxy] = [side(x, cross.f), side(y, cross.g)];
  const turned = { ...settings, cost: turnedCost(settings.cost) };
  return {
    gradX: () =>
      pointGradient(fxy, gxy, settings).sub(
        pointGradient(side(x, own.f), side(x, own.f), settings),
      ),
    gradY: () => {
      const self = side(y, ofY().g);
      return pointGradient(gxy, fxy, turned).sub(pointGradient(self, self, turned));
    },
    gradA: () => byWeights(cross.f, own.f),
    gradB: () => byWeights(cross.g, ofY().g),
  };
}

/** fxy − fxx, or with finite ρ (ρ + ε)(e^{−fxx/ρ} − e^{−fxy/ρ}). */
const weightSlopes = (h: Float64Array, base: Float64Array, { eps, rho }: Settings): Float64Array =>
  h.map((value, i) => {
    const own = base[i] as number;
    if (rho === Infinity) return value - own;
    return -(rho + eps) * Math.exp(-own / rho) * Math.expm1((own - value) / rho);
  });

/** The cost as a function of y and x: functions of the user's may tell their arguments apart by rounding. */
function turnedCost(cost: Cost): Cost {
  if (typeof cost !== "function" || "order" in cost) return cost;
  const turned: CostFunction = (y, x) => cost(x, y).T;
  return turned;
}

function ending(
  parts: readonly Solved[],
  { tol, rho }: Settings,
): Pick<SinkhornDivergenceResult, "marginalError" | "iterations" | "converged" | "status"> {
  const marginalError = Math.max(...parts.map(({ error }) => error));
  const iterations = parts.reduce((sum, part) => sum + part.iterations, 0);
  const converged = marginalError <= tol;
  const what = rho === Infinity ? "marginal error" : "largest change in eps";
  const counts = parts.map((part) => part.iterations).join(" + ");
  const status = `${converged ? "converged" : "not converged"}: ${what} ${marginalError.toExponential(2)}, tol ${tol.toExponential(2)}; ${counts} iterations`;
  return { marginalError, iterations, converged, status };
}

function read(
  X: Values,
  Y: Values,
  options: SinkhornDivergenceOptions,
): { readonly x: Measure; readonly y: Measure; readonly settings: Settings } {
  const { cost = "sqeuclidean", rho = Infinity, tol = 1e-9, maxIterations = 10_000 } = options;
  costFunction(NAME, cost);
  const [p, q] = [readMatrix(NAME, "X", X), readMatrix(NAME, "Y", Y)];
  if (p.columns !== q.columns) {
    throw new ShapeError(
      `${NAME}: expected X and Y with the same number of coordinates; got shapes [${p.rows}, ${p.columns}] and [${q.rows}, ${q.columns}]`,
      { X: [p.rows, p.columns], Y: [q.rows, q.columns] },
    );
  }
  checkCostRange(NAME, { x: p, y: q }, cost);
  if (!(rho > 0)) throw new ArgumentError(`${NAME}: expected rho > 0; got ${rho}`, { rho });
  const { a, b } =
    rho === Infinity
      ? readMasses(NAME, options.a, options.b, p.rows, q.rows)
      : {
          a: readWeights(NAME, "a", options.a, p.rows),
          b: readWeights(NAME, "b", options.b, q.rows),
        };
  const [x, y] = [measureOf(p, a), measureOf(q, b)];
  const eps = options.eps ?? defaultEpsOfPoints(massive(x, y, cost));
  if (!(typeof eps === "number" && eps > 0 && eps < Infinity)) {
    throw new ArgumentError(
      `${NAME}: expected one eps > 0, the same for all three terms; got ${String(eps)}`,
      { eps },
    );
  }
  return { x, y, settings: { cost, eps, rho, tol, maxIterations } };
}

/** What of a problem has weight. */
const massive = (x: Measure, y: Measure, cost: Cost): PointProblem => ({
  ...{ X: x.massive, Y: y.massive, a: x.masses, b: y.masses, cost },
});

function readStart({ fxy, gxy, fxx, gyy }: DivergencePotentials, x: Measure, y: Measure) {
  const [n, m] = [x.points.rows, y.points.rows];
  return {
    f: readVector(NAME, "init.fxy", fxy, n),
    g: readVector(NAME, "init.gxy", gxy, m),
    fxx: readVector(NAME, "init.fxx", fxx, n),
    gyy: gyy === undefined ? undefined : readVector(NAME, "init.gyy", gyy, m),
  };
}
