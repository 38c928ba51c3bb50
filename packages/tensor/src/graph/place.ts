import { contiguousStrides, isContiguous, sizeOf } from "../shape";
import type { Equation, Graph, Var } from "./graph";

/** Where the elements of a value are: a strided window on the memory of another. */
export interface Placement {
  /** The value that owns the memory. */
  readonly root: Var;
  /** In elements. */
  readonly offset: number;
  readonly strides: readonly number[];
}

/** A graph whose movements have become windows as far as they can. */
export interface Placed {
  readonly graph: Graph;
  /** Equations that compute something; movements that need a copy are among them. */
  readonly equations: readonly Equation[];
  place(v: Var): Placement;
}

/** True when a value is all of its root's memory, in order. */
export const isWhole = (v: Var, p: Placement): boolean =>
  p.offset === 0 && isContiguous(v.shape, p.strides) && sizeOf(v.shape) === sizeOf(p.root.shape);

/** Resolves reshapes, transposes, slices, flips and broadcasts to windows where no copy is needed. */
export function placeValues(graph: Graph): Placed {
  const windows = new Map<Var, Placement>();
  const place = (v: Var): Placement =>
    windows.get(v) ?? { root: v, offset: 0, strides: contiguousStrides(v.shape) };
  const equations = graph.equations.filter(({ primitive, inputs, outputs, params }) => {
    if (primitive.name === "barrier") {
      inputs.forEach((x, i) => {
        windows.set(outputs[i] as Var, place(x));
      });
      return false;
    }
    if (primitive.view === undefined) return true;
    const [x] = inputs as [Var];
    const [y] = outputs as [Var];
    const { root, offset, strides } = place(x);
    if (sizeOf(y.shape) === 0) {
      windows.set(y, { root, offset: 0, strides: y.shape.map(() => 0) });
      return false;
    }
    const window = primitive.view({ shape: x.shape, offset, strides }, y.shape, params);
    if (window === undefined) return true;
    windows.set(y, { root, ...window });
    return false;
  });
  return { graph, equations, place };
}
