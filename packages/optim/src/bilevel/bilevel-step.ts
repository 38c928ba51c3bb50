import { grad, type Tensor, tensor } from "@x/tensor";
import type { GradientTransformation, OptState } from "../types";
import type { Derivatives } from "./derivatives";
import { estimate, type HypergradientOptions } from "./hypergradient";
import type { CgOptions, NeumannOptions } from "./implicit-vector";
import { repeat } from "./loop";
import type { F2saOptions, FiniteDifferenceOptions } from "./penalty";
import type { Draw } from "./sampling";
import type { BilevelCost } from "./solver";
import { type InnerState, innerStep, type UnrolledOptions } from "./unrolled";
import { addScaled, norm, subtract, type Vector } from "./vectors";

/** Steps of an optimiser on ½ vᵀHv − vᵀ∇_y F, which carry v over from one outer step to the next. */
export interface AmigoOptions {
  readonly method: "amigo";
  /** The optimiser of v; its step has to suit the curvature of H, as that of `inner` does. */
  readonly linear: GradientTransformation;
  /** Steps on v for each outer one, ≥ 1; default 10. */
  readonly linearSteps?: number | undefined;
}

/** One step of x, y and v at the same time. */
export interface SobaOptions {
  readonly method: "soba";
  /** The optimiser of v. Steps of all three that fall as 1/√t are what the theory asks for. */
  readonly linear: GradientTransformation;
}

/** F²SA with a penalty that grows. */
export interface GrowingF2saOptions {
  readonly method: "f2sa";
  /** λ at the first outer step, > 0; default 1. */
  readonly lambda?: number | undefined;
  /** Added to λ at every outer step; default 0.1. */
  readonly lambdaGrowth?: number | undefined;
}

/** How {@link bilevel} gets its hypergradient. */
export type BilevelMethod<Y> =
  | Omit<CgOptions<Y>, "start">
  | Omit<NeumannOptions<never>, "batches" | "randomize">
  | Omit<UnrolledOptions, "inner" | "steps">
  | Omit<FiniteDifferenceOptions<Y>, never>
  | GrowingF2saOptions
  | AmigoOptions
  | SobaOptions;

/** Where an outer step begins. */
export interface StepStart {
  readonly x: Vector;
  readonly y: Vector;
  readonly v: Vector | null;
  readonly inner: OptState;
  readonly linear: OptState;
  readonly step: Tensor;
  readonly draw: Draw;
  readonly innerSteps: number;
}

interface StepEnd {
  readonly grad: Vector;
  /** How far from stationary; default the norm of `grad`. */
  readonly error?: Tensor;
  readonly state: {
    readonly y: Vector;
    readonly v: Vector | null;
    readonly inner: OptState;
    readonly linear: OptState;
  };
  readonly cost: { readonly [K in keyof BilevelCost]?: number | Tensor };
}

/** A number of optimiser steps, each with its own draw. */
function descend(
  optimizer: GradientTransformation,
  count: number,
  start: InnerState,
  gradient: (at: Vector, index: Tensor) => Vector,
): InnerState {
  if (count === 0) return start;
  const from = { ...start, index: tensor(0, { dtype: "i32" }) };
  const { y, state } = repeat(
    count,
    (s: typeof from) => ({
      ...innerStep(optimizer, s, gradient(s.y, s.index)),
      index: s.index.add(1),
    }),
    from,
  );
  return { y, state };
}

/** Streams of draws: each purpose has its own. */
const streams = { lower: 0, hypergradient: 1, products: 2, penalised: 3 } as const;

/** Moves y, and v if there is one, and estimates the hypergradient. */
export function hypergradientStep(
  derivatives: Derivatives,
  start: StepStart,
  options: BilevelMethod<Vector> & { readonly inner: GradientTransformation },
): StepEnd {
  const { x, draw, innerSteps } = start;
  const { inner: optimizer } = options;
  if (options.method === "soba") return sobaStep(derivatives, start, optimizer, options);
  const fixed = draw(streams.hypergradient);
  if (options.method === "unrolled") {
    const method: UnrolledOptions = { ...options, inner: optimizer, steps: innerSteps };
    const { grad: g, aux } = estimate(derivatives, { x, y: start.y, batch: fixed }, method);
    const differentiated = Math.min(options.truncate ?? innerSteps, innerSteps);
    return {
      grad: g,
      state: { y: aux.y, v: null, inner: start.inner, linear: null },
      cost: {
        upperGradients: 1,
        lowerGradients: innerSteps,
        hessianProducts: differentiated,
        crossProducts: differentiated,
      },
    };
  }
  const { y, state: inner } = descend(
    optimizer,
    innerSteps,
    { y: start.y, state: start.inner },
    (at, i) => derivatives.lowerGradient({ x, y: at, batch: draw(streams.lower, i) }),
  );
  const point = { x, y, batch: fixed };
  switch (options.method) {
    case "f2sa": {
      const { lambda = 1, lambdaGrowth = 0.1 } = options;
      const weight = start.step.cast("f64").mul(lambdaGrowth).add(lambda);
      const upperGradient = grad(derivatives.upper, { argnums: 1 });
      const pulled = descend(
        optimizer,
        innerSteps,
        { y: start.v as Vector, state: start.linear },
        (at, i) => {
          const batch = draw(streams.penalised, i);
          const lower = derivatives.lowerGradient({ x, y: at, batch });
          return addScaled(lower, weight.reciprocal(), upperGradient(x, at, batch));
        },
      );
      const method: F2saOptions<Vector> = {
        method: "f2sa",
        lambda: weight,
        inner: optimizer,
        steps: 0,
        penalised: pulled.y,
      };
      return {
        grad: estimate(derivatives, point, method).grad,
        state: { y, v: pulled.y, inner, linear: pulled.state },
        cost: { upperGradients: innerSteps + 1, lowerGradients: 2 * innerSteps + 2 },
      };
    }
    case "amigo": {
      const { linear: solver, linearSteps = 10 } = options;
      const { y: v, state: linear } = descend(
        solver,
        linearSteps,
        { y: start.v as Vector, state: start.linear },
        (at, i) => {
          const where = { x, y, batch: draw(streams.products, i) };
          const [, , gy] = derivatives.upperGradients(where);
          return subtract(derivatives.lowerHessian(where)(at), gy);
        },
      );
      const [, direct] = derivatives.upperGradients(point);
      return {
        grad: subtract(direct, derivatives.crossProduct(point, v)),
        state: { y, v, inner, linear },
        cost: {
          upperGradients: linearSteps + 1,
          lowerGradients: innerSteps,
          hessianProducts: linearSteps,
          crossProducts: 1,
        },
      };
    }
    default: {
      const method = withDraws(options, start);
      const { grad: g, aux } = estimate(derivatives, point, method);
      const solves = method.method === "cg" || method.method === "normalCg";
      return {
        grad: g,
        state: { y, v: solves ? aux.v : null, inner, linear: null },
        cost: {
          upperGradients: 1,
          lowerGradients: innerSteps + (method.method === "finiteDifference" ? 2 : 0),
          // The first residual takes a product, too; the normal equations take two and one for ∇_y F.
          hessianProducts:
            method.method === "cg"
              ? aux.iterations.add(1)
              : method.method === "normalCg"
                ? aux.iterations.mul(2).add(4)
                : method.method === "neumann"
                  ? aux.iterations
                  : 0,
          crossProducts: method.method === "finiteDifference" ? 0 : 1,
        },
      };
    }
  }
}

/** Methods of {@link hypergradient} with what an outer step knows: the last v, or a draw for each product. */
function withDraws(
  options:
    | Omit<CgOptions<Vector>, "start">
    | Omit<NeumannOptions<never>, "batches" | "randomize">
    | FiniteDifferenceOptions<Vector>,
  { v, draw }: StepStart,
): HypergradientOptions<Vector, unknown> {
  if (options.method === "finiteDifference") return options;
  if (options.method !== "neumann") return { ...options, start: v as Vector };
  if (draw(streams.products) === undefined) return options;
  const { terms = 10 } = options;
  return {
    ...options,
    batches: Array.from({ length: terms }, (_, i) => draw(streams.products, i)),
  };
}

function sobaStep(
  derivatives: Derivatives,
  { x, y, v, inner, linear, draw }: StepStart,
  optimizer: GradientTransformation,
  { linear: solver }: SobaOptions,
): StepEnd {
  const point = { x, y, batch: draw(streams.hypergradient) };
  const at = v as Vector;
  const [, direct, gy] = derivatives.upperGradients(point);
  const [hessian, cross] = derivatives.secondProducts(point, at);
  const slope = derivatives.lowerGradient(point);
  const residual = subtract(hessian, gy);
  const lower = innerStep(optimizer, { y, state: inner }, slope);
  const system = innerStep(solver, { y: at, state: linear }, residual);
  const direction = subtract(direct, cross);
  return {
    grad: direction,
    // The direction of x alone is 0 as long as v is.
    error: norm(direction).maximum(norm(slope)).maximum(norm(residual)),
    state: { y: lower.y, v: system.y, inner: lower.state, linear: system.state },
    cost: { upperGradients: 1, lowerGradients: 1, hessianProducts: 1, crossProducts: 1 },
  };
}
