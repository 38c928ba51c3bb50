import { ArgumentError, full, jit, ShapeError, stopGradient, type Tensor, tensor } from "@x/tensor";
import type { OptionNames } from "../internal/option-names";
import {
  elements,
  isSingle,
  readMasses,
  readMatrix,
  readWeights,
  tensorOf,
} from "../internal/read";
import { knownValue } from "../internal/tracing";
import { readEps } from "../sinkhorn/prepare";
import type { Values } from "../values";

/** An entropic problem in f64 tensors, which may be traced. */
export interface Problem {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly C: Tensor;
  /** A scalar. */
  readonly eps: Tensor;
  /** What mass costs that is made or destroyed, in KL; constants. Default infinitely much. */
  readonly rho?: Rho | undefined;
}

/** ρ of rows and columns, of which one at least is finite. */
export type Rho = readonly [number, number];

/** The tensors of a problem in the order of {@link leavesOf}. */
export type Leaves = [a: Tensor, b: Tensor, C: Tensor, eps: Tensor];

/** Dual potentials of a {@link Problem}, shapes [n] and [m]. */
export interface Potentials {
  readonly f: Tensor;
  readonly g: Tensor;
}

/** What the differentiable functions take. */
export interface EntropicOptions {
  /**
   * ε > 0 in units of the cost; a tensor may be differentiated. Raised to 10⁻¹² of the costs' spread if it is less: below
   * that doubles do not resolve the plan. Default 0.05 times the standard deviation of the costs between points with
   * weight, a constant to differentiation.
   */
  readonly eps?: number | Tensor | undefined;
  /** Largest marginal error to stop at, relative to the mass; default 10⁻¹⁰. */
  readonly tol?: number | undefined;
  /** Default 10 000. */
  readonly maxIterations?: number | undefined;
  /** Whether to print one warning if the solver does not converge, outside of `jit`; default true. */
  readonly warn?: boolean | undefined;
}

/** All names in {@link EntropicOptions}. */
export const ENTROPIC_NAMES: OptionNames<EntropicOptions> = {
  eps: 1,
  tol: 1,
  maxIterations: 1,
  warn: 1,
};

/** The tensors of a problem in a fixed order, for transformations. */
export const leavesOf = ({ a, b, C, eps }: Problem): Leaves => [a, b, C, eps];

/** The problem of some tensors. */
export const problemOf = ([a, b, C, eps]: Leaves, rho?: Rho): Problem => ({ a, b, C, eps, rho });

/** The problem as a constant to differentiation. */
export const stopped = (problem: Problem): Problem =>
  problemOf(leavesOf(problem).map(stopGradient) as Leaves, problem.rho);

/** The problem with rows and columns exchanged. */
export const flipped = ({ a, b, C, eps, rho }: Problem): Problem =>
  problemOf([b, a, C.T, eps], rho && [rho[1], rho[0]]);

/** Checks what is known now: shapes always, values unless they are traced by `jit` or `vmap`. */
export function readProblem(
  operation: string,
  weightsA: Values | null | undefined,
  weightsB: Values | null | undefined,
  cost: Values,
  eps: number | Tensor | undefined,
  rho?: Rho,
): Problem {
  const C = tensorOf(operation, "C", cost);
  const [n = 0, m = 0] = C.shape;
  if (C.shape.length !== 2 || n === 0 || m === 0) {
    throw new ShapeError(
      `${operation}: expected C with two axes of positive length; got shape [${C.shape.join(", ")}]`,
      { C: C.shape },
    );
  }
  const a = weightsTensor(operation, "a", weightsA, n);
  const b = weightsTensor(operation, "b", weightsB, m);
  const [knownA, knownB, knownC] = [knownValue(a), knownValue(b), knownValue(C)];
  if (rho !== undefined) {
    if (knownA !== undefined) readWeights(operation, "a", knownA, n);
    if (knownB !== undefined) readWeights(operation, "b", knownB, m);
  } else if (knownA !== undefined && knownB !== undefined) {
    // What arrived in f32 is allowed the rounding errors of f32.
    const given = (known: Tensor, weights: Values | null | undefined): Tensor =>
      isSingle(weights) ? known.cast("f32") : known;
    readMasses(operation, given(knownA, weightsA), given(knownB, weightsB), n, m);
  }
  const costs = knownC && readMatrix(operation, "C", knownC, { forbidden: true });
  if (eps !== undefined) return { a, b, C, eps: epsTensor(operation, eps, C), rho };
  if (costs === undefined || knownA === undefined || knownB === undefined)
    return { a, b, C, eps: tracedDefault(a, b, C), rho };
  const masses = { a: elements(operation, "a", knownA), b: elements(operation, "b", knownB) };
  const value = readEps(operation, undefined, costs, masses);
  return { a, b, C, eps: tensor(value, { dtype: "f64" }), rho };
}

function weightsTensor(
  operation: string,
  name: string,
  weights: Values | null | undefined,
  n: number,
): Tensor {
  if (weights === null || weights === undefined) return full([n], 1 / n, { dtype: "f64" });
  const w = tensorOf(operation, name, weights);
  if (w.shape.length === 1 && w.shape[0] === n) return w;
  throw new ShapeError(
    `${operation}: expected ${name} with shape [${n}]; got shape [${w.shape.join(", ")}]`,
    { [name]: w.shape },
  );
}

function epsTensor(operation: string, eps: number | Tensor, C: Tensor): Tensor {
  const value = tensor(eps, { dtype: "f64" });
  if (value.shape.length !== 0) {
    throw new ShapeError(
      `${operation}: expected eps to be a number or a scalar; got shape [${value.shape.join(", ")}]`,
      { eps: value.shape },
    );
  }
  const number = knownValue(value)?.item();
  if (number === undefined || (number > 0 && Number.isFinite(number))) return resolved(value, C);
  throw new ArgumentError(`${operation}: expected a finite eps > 0; got ${number}`, {
    eps: number,
  });
}

/** Costs in units of ε beyond which a plan entry has no digits left, as in `sinkhorn`. */
const RESOLUTION = 1e12;

/** ε raised to what costs leave digits for. */
const resolved = (eps: Tensor, C: Tensor): Tensor => {
  const costs = stopGradient(C);
  const least = spread(costs).div(RESOLUTION);
  return least.greater(eps).where(least, eps);
};

/** The range of the finite entries, 0 if there are none. */
const spread = jit((C: Tensor): Tensor => {
  const finite = C.isFinite();
  const range = finite.where(C, -Infinity).max().sub(finite.where(C, Infinity).min());
  return range.maximum(0);
});

/** 0.05 times the standard deviation of the finite costs between points with weight. */
function tracedDefault(a: Tensor, b: Tensor, given: Tensor): Tensor {
  const C = stopGradient(given);
  const massive = a.greater(0).reshape([-1, 1]).logicalAnd(b.greater(0));
  const finite = C.isFinite().logicalAnd(massive);
  const count = finite.cast("f64").sum();
  const mean = finite.where(C, 0).sum().div(count);
  const deviation = finite.where(C.sub(mean).square(), 0).sum().div(count).sqrt();
  const spread = deviation.greater(mean.abs().mul(1e-7));
  return spread.where(deviation, mean.notEqual(0).where(mean.abs(), 1)).mul(0.05);
}
