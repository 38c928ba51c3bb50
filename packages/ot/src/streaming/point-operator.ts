import { pick } from "../internal/support";
import type { PlanOperator } from "../sinkhorn/result";
import type { Pairs } from "./pairs";
import { type PointProblem, withPairs } from "./problem";
import type { PointSolution } from "./sinkhorn-points";

/** Where the points with mass stand among all. */
interface Places {
  readonly n: number;
  readonly m: number;
  readonly rows: Int32Array | undefined;
  readonly columns: Int32Array | undefined;
}

/** Rows of `width` numbers at some indices. */
function pickWide(V: Float64Array, indices: Int32Array | undefined, width: number): Float64Array {
  if (indices === undefined) return V;
  const at = new Int32Array(indices.length * width);
  for (const [k, i] of indices.entries())
    for (let c = 0; c < width; c++) at[k * width + c] = i * width + c;
  return pick(V, at);
}

/** Rows of `width` numbers put back among `count`; the others are 0. */
function scatterWide(
  values: Float64Array,
  indices: Int32Array | undefined,
  width: number,
  count: number,
): Float64Array {
  if (indices === undefined) return values;
  const out = new Float64Array(count * width);
  for (const [k, i] of indices.entries())
    out.set(values.subarray(k * width, (k + 1) * width), i * width);
  return out;
}

/** The plan between two clouds: every call computes the entries that it needs, tile by tile. */
export function pointOperator(
  problem: PointProblem,
  eps: number,
  { state, weights }: PointSolution,
  { n, m, rows, columns }: Places,
): PlanOperator {
  // With log₂ a in them the exponents are those of the plan.
  const u = state.u.map((x, i) => x + (weights.logA[i] as number));
  const { v } = state;
  const run = <R>(body: (pairs: Pairs) => R): R => withPairs(problem, eps, body);
  return {
    rows: n,
    columns: m,
    plan() {
      const block = run((pairs) => pairs.plan(u, v));
      if (rows === undefined && columns === undefined) return block;
      const width = problem.b.length;
      const out = new Float64Array(n * m);
      for (let i = 0; i < problem.a.length; i++)
        for (let j = 0; j < width; j++)
          out[(rows?.[i] ?? i) * m + (columns?.[j] ?? j)] = block[i * width + j] as number;
      return out;
    },
    apply: (V, width) =>
      scatterWide(
        run((pairs) => pairs.apply(u, v, pickWide(V, columns, width), width)),
        rows,
        width,
        n,
      ),
    applyT: (V, width) =>
      scatterWide(
        run((pairs) => pairs.applyT(u, v, pickWide(V, rows, width), width)),
        columns,
        width,
        m,
      ),
  };
}
