import { ArgumentError, ShapeError, tensor } from "@x/tensor";
import type { Matrix } from "../internal/read";
import type { OTResult } from "../result";
import { sinkhorn } from "../sinkhorn/sinkhorn";

/** Classes of points: numbers or strings; null for a point of no known class. */
export type Labels = ArrayLike<number | string | null>;

/** Keeps the slope of the square root finite where a class sends nothing. */
const SOFTENING = 1e-3;

/** Class numbers 0, 1, … of n points, −1 for none. */
export function readLabels(operation: string, labels: Labels | undefined, n: number): Int32Array {
  if (labels === undefined) {
    throw new ArgumentError(
      `${operation}: expected labels of the points X with method classes; got none; pass fit({ X, Y, labels })`,
    );
  }
  if (labels.length !== n) {
    throw new ShapeError(
      `${operation}: expected ${n} labels, one for each point of X; got ${labels.length}`,
      {
        labels: labels.length,
        X: n,
      },
    );
  }
  const numbers = new Map<number | string, number>();
  return Int32Array.from(labels, (label) => {
    if (label === null) return -1;
    const known = numbers.get(label) ?? numbers.size;
    numbers.set(label, known);
    return known;
  });
}

/** What {@link classPlan} takes besides costs. */
export interface ClassPlanOptions {
  readonly eps: number;
  /** Weight of the classes. */
  readonly eta: number;
  readonly rounds: number;
  readonly tol?: number | undefined;
  readonly maxIterations?: number | undefined;
  readonly warn?: boolean | undefined;
}

/**
 * The entropic plan in which a target point prefers mass of one class:
 * ⟨P, C⟩ + ε Σ P log P + η Σ_j Σ_class √(Σ_{i ∈ class} P_ij), by majorisation of the roots.
 *
 * @see Courty, Flamary, Tuia & Rakotomamonjy 2017, "Optimal transport for domain adaptation"
 */
export function classPlan(
  a: Float64Array,
  b: Float64Array,
  C: Matrix,
  classes: Int32Array,
  { eta, rounds, ...options }: ClassPlanOptions,
): OTResult {
  const { rows: n, columns: m } = C;
  const count = classes.reduce((most, c) => Math.max(most, c + 1), 0);
  const shape = [n, m];
  let result = sinkhorn(a, b, tensor(C.data, { shape }), options);
  for (let round = 0; round < rounds && eta > 0; round++) {
    const P = result.plan().dataSync() as Float64Array;
    const masses = new Float64Array(count * m);
    forEachOfClass(classes, m, (at, k) => {
      masses[k] = (masses[k] as number) + (P[at] as number);
    });
    const costs = C.data.slice();
    forEachOfClass(classes, m, (at, k) => {
      costs[at] = (costs[at] as number) + (eta / 2) * ((masses[k] as number) + SOFTENING) ** -0.5;
    });
    result = sinkhorn(a, b, tensor(costs, { shape, copy: false }), { ...options, init: result });
  }
  return result;
}

/** Every entry of a plan with that of its class and column. */
function forEachOfClass(
  classes: Int32Array,
  m: number,
  visit: (entry: number, ofClass: number) => void,
): void {
  for (const [i, c] of classes.entries())
    if (c >= 0) for (let j = 0; j < m; j++) visit(i * m + j, c * m + j);
}
