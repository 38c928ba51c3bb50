import { nextId } from "../internal/runtime";
import type { Tensor } from "../tensor";
import type { Equation, Graph, Var } from "./graph";

/** A primitive whose equation may be replaced by those of a sub-graph. */
interface Inlinable {
  inline(params: unknown): Graph;
}

const canInline = (p: object): p is Inlinable => "inline" in p;

/**
 * An equivalent graph that computes less: sub-graphs inlined, identities removed, common subexpressions
 * shared, unused equations dropped.
 */
export function simplify(graph: Graph): Graph {
  const constants = new Map<Var, Tensor>();
  const uniform = new Map<string, Var>();
  const equations: Equation[] = [];
  const seen = new Map<string, readonly Var[]>();
  const alias = new Map<Var, Var>();
  const resolve = (v: Var): Var => alias.get(v) ?? v;

  const addConstant = (v: Var, x: Tensor): void => {
    const key = uniformKey(v, x);
    const twin = key === undefined ? undefined : uniform.get(key);
    if (twin !== undefined) {
      alias.set(v, twin);
      return;
    }
    if (key !== undefined) uniform.set(key, v);
    constants.set(v, x);
  };

  const visit = ({ primitive, inputs, params, outputs }: Equation): void => {
    const operands = inputs.map(resolve);
    // An identity that only mattered to differentiation.
    if (primitive.name === "stopGradient") {
      alias.set(outputs[0] as Var, operands[0] as Var);
      return;
    }
    if (canInline(primitive)) {
      const inner = rename(primitive.inline(params), operands);
      for (const [v, x] of inner.constants) addConstant(v, x);
      for (const e of inner.equations) visit(e);
      outputs.forEach((v, i) => {
        alias.set(v, resolve(inner.outputs[i] as Var));
      });
      return;
    }
    const key = equationKey(primitive.name, operands, params);
    const twin = key === undefined ? undefined : seen.get(key);
    if (twin !== undefined) {
      outputs.forEach((v, i) => {
        alias.set(v, twin[i] as Var);
      });
      return;
    }
    if (key !== undefined) seen.set(key, outputs);
    equations.push({ primitive, inputs: operands, params, outputs });
  };

  for (const [v, x] of graph.constants) addConstant(v, x);
  for (const e of graph.equations) visit(e);
  return dropUnused({
    inputs: graph.inputs,
    constants,
    equations,
    outputs: graph.outputs.map(resolve),
  });
}

/** Key of a constant whose elements are all equal. */
function uniformKey(v: Var, x: Tensor): string | undefined {
  const value = uniformValue(x);
  return value === undefined
    ? undefined
    : `${v.dtype}[${v.shape.join()}]=${Object.is(value, -0) ? "-0" : value}`;
}

/** The value of a concrete tensor that holds one element for all places. */
export function uniformValue(x: Tensor): number | undefined {
  if (x.concrete === undefined || x.size === 0) return undefined;
  const { storage, offset, strides } = x.concrete;
  if (!strides.every((s, i) => s === 0 || x.shape[i] === 1)) return undefined;
  return storage.array?.[offset];
}

function equationKey(name: string, operands: readonly Var[], params: unknown): string | undefined {
  // Parameters that are not plain data (sub-graphs, functions) are never shared.
  const plain = Object.values(params as object).every(
    (p) => typeof p !== "function" && !(typeof p === "object" && p !== null && "equations" in p),
  );
  if (!plain) return undefined;
  return `${name}(${operands.map((v) => v.id).join()})${JSON.stringify(params)}`;
}

/** The graph with fresh variables and the given operands for inputs. */
function rename(graph: Graph, operands: readonly Var[]): Graph {
  const map = new Map<Var, Var>();
  const fresh = (v: Var): Var => {
    const copy = { id: nextId(), shape: v.shape, dtype: v.dtype };
    map.set(v, copy);
    return copy;
  };
  const use = (v: Var): Var => map.get(v) as Var;
  graph.inputs.forEach((v, i) => {
    map.set(v, operands[i] as Var);
  });
  const constants = new Map([...graph.constants].map(([v, x]) => [fresh(v), x] as const));
  const equations = graph.equations.map((e) => ({
    ...e,
    inputs: e.inputs.map(use),
    outputs: e.outputs.map(fresh),
  }));
  return { inputs: operands, constants, equations, outputs: graph.outputs.map(use) };
}

/** Without equations and constants that no output depends on. */
export function dropUnused(graph: Graph): Graph {
  const needed = new Set<Var>(graph.outputs);
  const equations: Equation[] = [];
  for (let i = graph.equations.length - 1; i >= 0; i--) {
    const e = graph.equations[i] as Equation;
    if (!e.outputs.some((v) => needed.has(v))) continue;
    for (const v of e.inputs) needed.add(v);
    equations.push(e);
  }
  equations.reverse();
  return {
    ...graph,
    equations,
    constants: new Map([...graph.constants].filter(([v]) => needed.has(v))),
  };
}
