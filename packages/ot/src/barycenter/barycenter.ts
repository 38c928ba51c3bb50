import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import { defaultEps, epsOfMoments } from "../costs/default-eps";
import { checkChoice } from "../internal/choice";
import { checkOptionNames, type OptionNames, SOLVER_NAMES } from "../internal/option-names";
import { type Matrix, readWeights, total } from "../internal/read";
import { withWorkspace } from "../internal/workspace";
import type { SolverOptions } from "../result";
import { sinkhornKernels } from "../sinkhorn/kernels";
import type { Values } from "../values";
import { type Grid, gridLogKernel, gridProducts } from "./grid-kernel";
import { type BarycenterEnd, type BarycenterProblem, iterate } from "./iterate";
import { denseLogKernel, denseProducts, type LogKernel, orExact } from "./log-kernel";
import { readBinCosts, readGrid, readHistograms } from "./read";
import { iterateOnScalings } from "./scalings";

/** How {@link barycenter} computes, and with what. */
export interface BarycenterOptions extends SolverOptions {
  /** ε > 0 in units of the cost; default 0.05 times the standard deviation of the costs. */
  readonly eps?: number | undefined;
  /** λ of the histograms, shape [K], ≥ 0, rescaled to the sum 1; default uniform. */
  readonly weights?: Values | null | undefined;
  /** Whether to remove the blur of the entropy; takes symmetric costs. Default false. */
  readonly debiased?: boolean | undefined;
  /** Cells along each axis, if the bins are cells of a grid and costs are squared distances; then C is null. */
  readonly grid?: readonly number[] | undefined;
  /** Distance of neighbouring cells of the grid, one number or one for each axis; default 1. */
  readonly spacing?: number | readonly number[] | undefined;
  /**
   * `log` adds exponentials in every iteration; `auto` (default) multiplies with exp(−C/ε), and goes over to `log` when
   * a product underflows.
   */
  readonly mode?: "auto" | "log" | undefined;
  /** Error to stop at, see {@link BarycenterResult.errors}; default 10⁻⁴. */
  readonly tol?: number | undefined;
  /** Default 10 000. */
  readonly maxIterations?: number | undefined;
}

const NAMES: OptionNames<BarycenterOptions> = {
  eps: 1,
  weights: 1,
  debiased: 1,
  grid: 1,
  spacing: 1,
  mode: 1,
  ...SOLVER_NAMES,
};

/** The histogram that {@link barycenter} finds. */
export interface BarycenterResult {
  /** Shape [n], or that of the grid; with the mass of the histograms. */
  readonly barycenter: Tensor;
  readonly eps: number;
  readonly iterations: number;
  readonly converged: boolean;
  /**
   * Of every iteration: the standard deviation over k of what the K plans send to a bin, summed over bins; debiased, also
   * by how far the plan of the barycenter to itself misses it. As fractions of the mass.
   */
  readonly errors: readonly number[];
  /** How the iteration ended, in words. */
  readonly status: string;
}

const NAME = "barycenter";

/**
 * Entropic Wasserstein barycenter of histograms on fixed bins.
 *
 * Minimises Σ λ_k OT_ε(p, A_k) over p by iterative Bregman projections: with K = exp(−C/ε), v_k = A_k / Kᵀu_k,
 * p = Π (K v_k)^λ_k, u_k = p / K v_k. Debiased, p = d Π (K v_k)^λ_k with d ∘ K d = p, which is the barycenter for the
 * Sinkhorn divergence: it has no blur of width √ε. On a grid K acts along one axis after the other, in
 * O(cells · (h + w)).
 *
 * @param A - K histograms of equal sum, shape [K, m]; with `grid` also [K, …grid]
 * @param C - finite costs from the bins of the barycenter to those of the histograms, shape [n, m]; null with `grid`
 * @throws ShapeError on shapes that do not fit
 * @throws ArgumentError on values that are not finite, negative or unequal histograms, ε ≤ 0, or costs that are not
 *   symmetric with `debiased`
 * @example
 * barycenter([[1, 0, 0], [0, 0, 1]], null, { grid: [3], eps: 0.1, debiased: true }).barycenter // [0, 1, 0]
 * @see Benamou, Carlier, Cuturi, Nenna & Peyré 2015 (algorithm); Solomon et al. 2015 (grids); Janati, Cuturi & Gramfort
 *   2020 (debiased)
 */
export function barycenter(
  A: Values,
  C: Values | null,
  options: BarycenterOptions = {},
): BarycenterResult {
  checkOptionNames(NAME, options, NAMES);
  const { tol = 1e-4, maxIterations = 10_000, debiased = false, mode = "auto" } = options;
  checkOptions(tol, maxIterations, mode);
  const grid = readGrid(NAME, C, options.grid, options.spacing);
  const costs = C === null ? undefined : readBinCosts(NAME, C, debiased);
  const cells = grid?.shape.reduce((x, y) => x * y, 1);
  const m = cells ?? (costs as Matrix).columns;
  const n = cells ?? (costs as Matrix).rows;
  const all = readHistograms(NAME, A, grid?.shape ?? [m], m);
  const weights = readWeights(NAME, "weights", options.weights, all.histograms.length);
  const eps = readEps(options.eps, grid, costs);
  // A histogram of no weight has no say in p, but would slow the agreement of the plans.
  const used = [...weights.keys()].filter((k) => (weights[k] as number) > 0);
  const sum = total(weights);
  const problem: BarycenterProblem = {
    logA: logarithms(used.map((k) => all.histograms[k] as Float64Array)),
    lambda: Float64Array.from(used, (k) => (weights[k] as number) / sum),
    ...{ n, m, debiased, tol, maxIterations },
  };
  const end =
    grid === undefined
      ? solveDense(problem, costs as Matrix, eps, mode)
      : iterate(problem, gridKernel(grid, eps, mode));
  return result(end, { tol, eps, mass: all.mass, shape: grid?.shape ?? [n] }, options.warn);
}

/** Logarithms of histograms, one after the other. */
function logarithms(histograms: readonly Float64Array[]): Float64Array {
  const m = (histograms[0] as Float64Array).length;
  const out = new Float64Array(histograms.length * m);
  for (const [k, h] of histograms.entries()) out.set(h.map(Math.log), k * m);
  return out;
}

function solveDense(
  problem: BarycenterProblem,
  C: Matrix,
  eps: number,
  mode: "auto" | "log",
): BarycenterEnd {
  if (mode === "auto" && !problem.debiased) {
    const end = iterateOnScalings(problem, C, eps);
    if (end !== undefined) return end;
  }
  return withWorkspace(sinkhornKernels, (w) => {
    const exact = (): LogKernel => denseLogKernel(w, C, eps);
    return iterate(problem, mode === "log" ? exact() : orExact(...denseProducts(C, eps), exact));
  });
}

function gridKernel(grid: Grid, eps: number, mode: "auto" | "log"): LogKernel {
  const exact = (): LogKernel => gridLogKernel(grid, eps);
  if (mode === "log") return exact();
  const products = gridProducts(grid, eps);
  return orExact(products, products, exact);
}

function result(
  { p, errors }: BarycenterEnd,
  { tol, eps, mass, shape }: { tol: number; eps: number; mass: number; shape: readonly number[] },
  warn = true,
): BarycenterResult {
  const error = errors.at(-1) as number;
  const converged = error <= tol;
  const status = `${errors.length} iterations, error ${error.toExponential(2)}, ${converged ? "converged" : `not at most ${tol}; more iterations or a larger eps may help`}`;
  if (warn && !converged) console.warn(`${NAME}: ${status}`);
  // Before convergence the mass is off by the error.
  const scale = mass / total(p);
  return {
    barycenter: tensor(
      p.map((x) => x * scale),
      { shape: [...shape], copy: false },
    ),
    eps,
    iterations: errors.length,
    converged,
    errors,
    status,
  };
}

function readEps(eps: number | undefined, grid: Grid | undefined, C: Matrix | undefined): number {
  if (eps === undefined) return C === undefined ? gridEps(grid as Grid) : defaultEps(C.data);
  if (eps > 0 && eps < Infinity) return eps;
  throw new ArgumentError(`${NAME}: expected eps > 0, in units of the cost; got ${eps}`, { eps });
}

/** The default for squared distances on a grid: axes are independent, so that their moments add. */
function gridEps({ shape, spacing }: Grid): number {
  let [mean, variance] = [0, 0];
  for (const [axis, length] of shape.entries()) {
    let [first, second] = [0, 0];
    for (let i = 0; i < length; i++)
      for (let j = 0; j < length; j++) {
        const cost = ((spacing[axis] as number) * (i - j)) ** 2;
        first += cost / length ** 2;
        second += cost ** 2 / length ** 2;
      }
    mean += first;
    variance += second - first ** 2;
  }
  return epsOfMoments(mean, variance);
}

function checkOptions(tol: number, maxIterations: number, mode: string): void {
  if (!(tol > 0)) throw new ArgumentError(`${NAME}: expected tol > 0; got ${tol}`, { tol });
  if (!Number.isInteger(maxIterations) || maxIterations < 1) {
    throw new ArgumentError(
      `${NAME}: expected maxIterations to be a whole number ≥ 1; got ${maxIterations}`,
      { maxIterations },
    );
  }
  checkChoice(NAME, "mode", mode, ["auto", "log"]);
}
