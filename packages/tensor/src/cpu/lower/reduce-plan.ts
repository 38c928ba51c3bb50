import type { View } from "../view";

/** Axes of a reduction's domain in the order in which its elements are visited. */
export interface ReductionOrder {
  readonly outer: readonly number[];
  readonly reduced: readonly number[];
  /** Kept axes inside the reduced ones; none if rows are reduced one by one. */
  readonly inner: readonly number[];
}

/** How a reduction is cut; sizes alone decide. */
export interface ReductionPlan extends ReductionOrder {
  /** Positions of the outer axes, elements joined into one, and positions of the inner axes. */
  readonly outers: number;
  readonly length: number;
  readonly columns: number;
  /** Pieces that the reduced elements are cut into, to be joined by a second launch, and their length. */
  readonly parts: number;
  readonly partLength: number;
  /** Elements of the domain that make a chunk. */
  readonly chunk: number;
}

/**
 * Chooses the order of a reduction so that memory is walked in order: along the reduced axes if the
 * largest operand is contiguous there, else along the kept axes behind them.
 */
export function orderAxes(
  inputs: readonly View[],
  domain: readonly number[],
  axes: readonly number[],
): ReductionOrder {
  const kept = domain.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const distinct = (view: View): number =>
    domain.reduce((n, size, axis) => (view.strides[axis] === 0 ? n : n * size), 1);
  let main = inputs[0];
  for (const view of inputs) if (main && distinct(view) > distinct(main)) main = view;
  const step = (axis: number): number => Math.abs(main?.strides[axis] ?? 0);
  const long = (axis: number): boolean => domain[axis] !== 1;
  const reduced = [...axes].sort((a, b) => step(b) - step(a) || a - b);
  const steps = reduced.filter(long).map(step);
  const least = steps.length === 0 ? 1 / 0 : Math.min(...steps);
  const inner: number[] = [];
  const outer = [...kept];
  for (let axis = outer.at(-1); axis !== undefined; axis = outer.at(-1)) {
    if (long(axis) && step(axis) >= least) break;
    inner.unshift(axis);
    outer.pop();
  }
  return inner.some(long) ? { outer, reduced, inner } : { outer: kept, reduced, inner: [] };
}

/** Elements of a chunk of a plain reduction; programs with more operations get smaller chunks. */
const plainChunk = 1 << 17;
/** Enough chunks to keep many threads busy. */
const wantedUnits = 64;

/** Cuts a reduction into pieces. */
export function planReduction(
  order: ReductionOrder,
  domain: readonly number[],
  operations: number,
): ReductionPlan {
  const count = (axes: readonly number[]): number =>
    axes.reduce((n, axis) => n * (domain[axis] as number), 1);
  const outers = count(order.outer);
  const length = count(order.reduced);
  const columns = count(order.inner);
  const chunk = Math.max(8192, Math.floor(plainChunk / (1 + operations)));
  const units = Math.max(1, outers * Math.ceil(columns / 4096));
  const wanted = Math.min(
    Math.ceil((outers * length * columns) / chunk / units),
    Math.ceil(wantedUnits / units),
  );
  // Parts must be long enough that joining them costs little.
  const parts = Math.max(1, Math.min(wanted, Math.floor(length / (columns > 1 ? 64 : 2048))));
  const even = Math.ceil(length / parts);
  const partLength = Math.max(1, parts === 1 ? length : Math.ceil(even / 64) * 64);
  return {
    ...order,
    outers,
    length,
    columns,
    parts: Math.max(1, Math.ceil(length / partLength)),
    partLength,
    chunk,
  };
}
