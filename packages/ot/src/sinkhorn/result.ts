import { ArgumentError, ShapeError, type Tensor, tensor } from "@x/tensor";
import { applyPlan } from "../internal/plan-vectors";
import { elements, tensorOf, total } from "../internal/read";
import type { OTProgress, OTResult } from "../result";
import type { Values } from "../values";
import { type DensePlan, forEachPlanBlock } from "./plan-blocks";

/** How a plan acts on vectors, however it is represented. */
export interface PlanOperator {
  readonly rows: number;
  readonly columns: number;
  /** P, [rows, columns] in C order. */
  plan(): Float64Array;
  /** P V of V [columns, width] in C order. */
  apply(V: Float64Array, width: number): Float64Array;
  /** Pᵀ V of V [rows, width]. */
  applyT(V: Float64Array, width: number): Float64Array;
}

/** Marginals of a plan, and ⟨P, C⟩. */
export interface PlanMoments {
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly linear: number;
}

/** What a solver knows at its end; the rest of {@link OTResult} follows. */
export interface Outcome extends PlanMoments {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly f: Float64Array;
  readonly g: Float64Array;
  readonly eps: number;
  readonly operator: PlanOperator;
  readonly iterations: number;
  readonly converged: boolean;
  readonly status: string;
  readonly history: readonly OTProgress[];
  /** Points of the second measure, if there are any. */
  readonly Y?: Values | undefined;
}

/** An f64 tensor of a typed array that nobody else writes to. */
const wrap = (data: Float64Array, shape: readonly number[]): Tensor =>
  tensor(data, { shape: [...shape], copy: false });

/** Σ p x, where nothing times infinity is nothing. */
function inner(p: Float64Array, x: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) if (p[i] !== 0) sum += (p[i] as number) * x(i);
  return sum;
}

/** ‖P1 − a‖₁ + ‖Pᵀ1 − b‖₁. */
function marginalError({ p, q }: PlanMoments, a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((p[i] as number) - (a[i] as number));
  for (let j = 0; j < b.length; j++) sum += Math.abs((q[j] as number) - (b[j] as number));
  return sum;
}

/**
 * The result of an entropic solver.
 *
 * Both regularised values follow from the marginals, because log P is a sum of a row's, a column's and C's part:
 * ε KL(P | a⊗b) = Σ p f + Σ q g − ⟨P, C⟩ − ε(ΣP − ΣaΣb).
 */
export function otResult(outcome: Outcome): OTResult {
  const { a, b, f, g, p, q, eps, linear, operator, Y } = outcome;
  const { rows: n, columns: m } = operator;
  const duals = inner(p, (i) => f[i] as number) + inner(q, (j) => g[j] as number);
  const logs =
    inner(p, (i) => Math.log(a[i] as number)) + inner(q, (j) => Math.log(b[j] as number));
  let plan: Tensor | undefined;
  return {
    linear,
    value: duals - eps * (total(p) - total(a) * total(b)),
    entropic: duals + eps * logs,
    f: wrap(f, [n]),
    g: wrap(g, [m]),
    eps,
    plan: () => (plan ??= wrap(operator.plan(), [n, m])),
    apply: (V) => applyPlan("apply", V, [m, n], operator.apply),
    applyT: (V) => applyPlan("applyT", V, [n, m], operator.applyT),
    barycentricMap: (points = Y) => barycentricMap(points, p, operator),
    marginalError: marginalError(outcome, a, b),
    iterations: outcome.iterations,
    converged: outcome.converged,
    status: outcome.status,
    history: outcome.history,
  };
}

function barycentricMap(
  Y: Values | undefined,
  p: Float64Array,
  { rows, columns, apply }: PlanOperator,
): Tensor {
  const name = "barycentricMap";
  if (Y === undefined) {
    throw new ArgumentError(
      `${name}: expected the points Y of the second measure, shape [m, d]; the solver was given a cost matrix; pass them`,
    );
  }
  const y = tensorOf(name, "Y", Y);
  const [m, width = 0] = y.shape;
  if (y.shape.length !== 2 || m !== columns)
    throw new ShapeError(
      `${name}: expected Y with shape [${columns}, d]; got [${y.shape.join(", ")}]`,
      { Y: y.shape },
    );
  const points = elements(name, "Y", y, "use plan().matmul(Y) over the row sums of the plan");
  const data = apply(points, width);
  for (let k = 0; k < data.length; k++) {
    const mass = p[Math.floor(k / width)] as number;
    // A point without mass goes nowhere; it stays at the origin of its empty sum.
    data[k] = mass > 0 ? (data[k] as number) / mass : 0;
  }
  return wrap(data, [rows, width]);
}

/** The operator of a plan with a dense cost matrix; rows of the plan are computed when they are needed. */
function densePlanOperator(plan: DensePlan): PlanOperator {
  const [rows, columns] = [plan.a.length, plan.b.length];
  return {
    rows,
    columns,
    plan() {
      const out = new Float64Array(rows * columns);
      forEachPlanBlock(plan, ({ first, values, stride, rows: count }) => {
        for (let i = 0; i < count; i++)
          out.set(values.subarray(i * stride, i * stride + columns), (first + i) * columns);
      });
      return out;
    },
    apply(V, width) {
      const out = new Float64Array(rows * width);
      forEachPlanBlock(plan, ({ first, values, stride, rows: count }) => {
        for (let i = 0; i < count; i++)
          for (let j = 0; j < columns; j++) {
            const p = values[i * stride + j] as number;
            if (p === 0) continue;
            const at = (first + i) * width;
            for (let k = 0; k < width; k++)
              out[at + k] = (out[at + k] as number) + p * (V[j * width + k] as number);
          }
      });
      return out;
    },
    applyT(V, width) {
      const out = new Float64Array(columns * width);
      forEachPlanBlock(plan, ({ first, values, stride, rows: count }) => {
        for (let i = 0; i < count; i++)
          for (let j = 0; j < columns; j++) {
            const p = values[i * stride + j] as number;
            if (p === 0) continue;
            const at = (first + i) * width;
            for (let k = 0; k < width; k++)
              out[j * width + k] = (out[j * width + k] as number) + p * (V[at + k] as number);
          }
      });
      return out;
    },
  };
}

/** Marginals and ⟨P, C⟩ of a dense plan; a pass over the costs. */
export function densePlanMoments(plan: DensePlan): PlanMoments {
  const m = plan.b.length;
  const [p, q] = [new Float64Array(plan.a.length), new Float64Array(m)];
  let linear = 0;
  forEachPlanBlock(plan, ({ first, values, stride, rows }) => {
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < m; j++) {
        const value = values[i * stride + j] as number;
        if (value === 0) continue;
        sum += value;
        q[j] = (q[j] as number) + value;
        linear += value * (plan.costs[(first + i) * m + j] as number);
      }
      p[first + i] = sum;
    }
  });
  return { p, q, linear };
}

/** The result of a solver on a dense cost matrix that has potentials; see {@link otResult}. */
export function denseResult(
  plan: DensePlan,
  how: Pick<Outcome, "iterations" | "converged" | "status" | "history" | "Y"> & {
    /** If the solver knows them. */
    readonly moments?: PlanMoments;
  },
): OTResult {
  const { moments = densePlanMoments(plan), ...rest } = how;
  const { a, b, f, g, eps } = plan;
  return otResult({ ...rest, ...moments, a, b, f, g, eps, operator: densePlanOperator(plan) });
}
