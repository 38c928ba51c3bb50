import type { MapInstruction, MapProgram } from "../cpu/lower/map-program";
import type { DType } from "../dtype";
import { type Elementwise, type ElementwiseParams, isElementwise } from "../primitives/elementwise";
import { isReduction, type ReduceParams, type Reduction } from "../primitives/reduction";
import { sameShape } from "../shape";
import type { Equation, Var } from "./graph";
import { groupEquations } from "./group";
import { isWhole, type Placed } from "./place";
import { uniformValue } from "./simplify";

/** A unit of execution. */
export type Node =
  | {
      readonly kind: "map";
      readonly program: MapProgram;
      readonly inputs: readonly Var[];
      readonly outputs: readonly Var[];
    }
  | {
      readonly kind: "reduce";
      readonly program: MapProgram;
      readonly reduction: Reduction["reduction"];
      readonly domain: readonly number[];
      readonly axes: readonly number[];
      readonly inputs: readonly Var[];
      readonly outputs: readonly Var[];
    }
  | {
      readonly kind: "primitive";
      readonly equation: Equation;
      readonly inputs: readonly Var[];
      readonly outputs: readonly Var[];
    };

/** The value that `v` is a plain renaming of, if all of it is. */
function whole(placed: Placed, v: Var): Var | undefined {
  const p = placed.place(v);
  return isWhole(v, p) && sameShape(v.shape, p.root.shape) ? p.root : undefined;
}

/** Builds the program of a set of elementwise equations over one domain. */
class ProgramBuilder {
  readonly inputs: Var[] = [];
  readonly #placed: Placed;
  readonly #constants: { dtype: DType; value: number }[] = [];
  readonly #code: { op: MapInstruction["op"]; dtype: DType; to?: DType; args: (() => number)[] }[] =
    [];
  readonly #registers = new Map<Var, () => number>();
  readonly #constantIndex = new Map<string, number>();
  constructor(placed: Placed) {
    this.#placed = placed;
  }

  /** The register of a value: computed here, a constant, or loaded. Numbers are known at the end. */
  register(v: Var): () => number {
    const root = whole(this.#placed, v);
    const known = this.#registers.get(root ?? v) ?? this.#registers.get(v);
    if (known !== undefined) return known;
    const constant = this.#constantOf(v);
    const register = constant ?? this.#load(v);
    this.#registers.set(v, register);
    return register;
  }

  #load(v: Var): () => number {
    const index = this.inputs.push(v) - 1;
    return () => index;
  }

  #constantOf(v: Var): (() => number) | undefined {
    const { root } = this.#placed.place(v);
    const x = this.#placed.graph.constants.get(root);
    const value = x === undefined ? undefined : uniformValue(x);
    if (value === undefined) return undefined;
    const key = `${v.dtype}${Object.is(value, -0) ? "-0" : value}`;
    let index = this.#constantIndex.get(key);
    if (index === undefined) {
      index = this.#constants.push({ dtype: v.dtype, value }) - 1;
      this.#constantIndex.set(key, index);
    }
    const at = index;
    return () => this.inputs.length + at;
  }

  add(equation: Equation): void {
    const { op } = equation.primitive as unknown as Elementwise;
    const { to } = equation.params as ElementwiseParams;
    const operand = equation.inputs[op === "select" ? 1 : 0] as Var;
    const args = equation.inputs.map((v) => this.register(v));
    const at = this.#code.push({ op, dtype: operand.dtype, ...(to && { to }), args }) - 1;
    this.#registers.set(
      equation.outputs[0] as Var,
      () => this.inputs.length + this.#constants.length + at,
    );
  }

  finish(outputs: readonly Var[]): MapProgram {
    const registers = outputs.map((v) => this.register(v));
    return {
      inputs: this.inputs.map((v) => v.dtype),
      constants: this.#constants,
      code: this.#code.map(({ args, ...rest }) => ({ ...rest, args: args.map((r) => r()) })),
      outputs: registers.map((r) => r()),
    };
  }
}

/** Longest chain of elementwise work that is computed again rather than stored for a reduction. */
const RECOMPUTE = 4;

/**
 * Groups elementwise equations into fused programs, also into the reductions that follow them,
 * and orders everything so that it can run.
 */
export function fuse(placed: Placed): Node[] {
  const { equations } = placed;
  const producer = new Map<Var, Equation>();
  for (const e of equations) for (const v of e.outputs) producer.set(v, e);
  const groups = groupEquations(placed, producer);

  // Who reads a value from memory, seen from outside of the group that computes it.
  const groupOf = new Map<Equation, readonly Equation[]>();
  for (const g of groups) for (const e of g) groupOf.set(e, g);
  const readers = new Map<Var, Set<readonly Equation[]>>();
  for (const g of groups) {
    for (const e of g) {
      for (const v of e.inputs) {
        const { root } = placed.place(v);
        const source = producer.get(root);
        const inside =
          source !== undefined && groupOf.get(source) === g && whole(placed, v) === root;
        if (inside) continue;
        const set = readers.get(root) ?? new Set();
        readers.set(root, set.add(g));
      }
    }
  }
  const escaping = new Set(placed.graph.outputs.map((v) => placed.place(v).root));

  // A reduction takes in the elementwise work behind its operand when nobody else wants the result.
  const absorbed = new Map<Equation, readonly Equation[]>();
  for (const [g] of groups) {
    if (g === undefined || !isReduction(g.primitive)) continue;
    const [x] = g.inputs as [Var];
    const root = whole(placed, x);
    const source = root && producer.get(root);
    if (root === undefined || source === undefined || !isElementwise(source.primitive)) continue;
    if (escaping.has(root)) continue;
    const only = [...(readers.get(root) ?? [])].every((r) =>
      isReduction((r[0] as Equation).primitive),
    );
    if (!only) continue;
    const work = chain(placed, producer, groupOf.get(source) as readonly Equation[], root);
    const inGroup = groupOf.get(source) as readonly Equation[];
    const sharedInside = inGroup.some(
      (e) => !work.includes(e) && e.inputs.some((v) => whole(placed, v) === root),
    );
    if (sharedInside) continue;
    const alone = work.length === inGroup.length && readers.get(root)?.size === 1;
    if (alone || work.length <= RECOMPUTE) absorbed.set(g, work);
  }
  for (const [g, work] of absorbed) {
    const root = placed.place(g.inputs[0] as Var).root;
    readers.get(root)?.delete(groupOf.get(g) as readonly Equation[]);
    // The absorbed copy reads the inputs of the work itself.
    for (const e of work) {
      for (const v of e.inputs) {
        const r = placed.place(v).root;
        const source = producer.get(r);
        if (source !== undefined && work.includes(source) && whole(placed, v) === r) continue;
        const set = readers.get(r) ?? new Set();
        readers.set(r, set.add(groupOf.get(g) as readonly Equation[]));
      }
    }
  }

  const nodes: Node[] = [];
  for (const g of groups) {
    const first = g[0] as Equation;
    if (isElementwise(first.primitive)) {
      const outputs = g
        .map((e) => e.outputs[0] as Var)
        .filter((v) => escaping.has(v) || (readers.get(v)?.size ?? 0) > 0);
      if (outputs.length === 0) continue;
      nodes.push(mapNode(placed, producer, g, outputs));
    } else if (isReduction(first.primitive)) {
      nodes.push(reduceNode(placed, first, absorbed.get(first) ?? []));
    } else {
      nodes.push({
        kind: "primitive",
        equation: first,
        inputs: first.inputs,
        outputs: first.outputs,
      });
    }
  }
  return sortNodes(placed, nodes);
}

/** Equations of a group that a value depends on, in order. */
function chain(
  placed: Placed,
  producer: ReadonlyMap<Var, Equation>,
  group: readonly Equation[],
  root: Var,
): Equation[] {
  const needed = new Set<Equation>();
  const visit = (v: Var): void => {
    const e = producer.get(v);
    if (e === undefined || !group.includes(e) || needed.has(e)) return;
    needed.add(e);
    for (const x of e.inputs) {
      const source = whole(placed, x);
      if (source !== undefined) visit(source);
    }
  };
  visit(root);
  return group.filter((e) => needed.has(e));
}

function mapNode(
  placed: Placed,
  producer: ReadonlyMap<Var, Equation>,
  group: readonly Equation[],
  outputs: readonly Var[],
): Node {
  const needed = new Set(outputs.flatMap((v) => chain(placed, producer, group, v)));
  const builder = new ProgramBuilder(placed);
  for (const e of group) if (needed.has(e)) builder.add(e);
  const program = builder.finish(outputs);
  return { kind: "map", program, inputs: builder.inputs, outputs };
}

function reduceNode(placed: Placed, e: Equation, work: readonly Equation[]): Node {
  const builder = new ProgramBuilder(placed);
  for (const w of work) builder.add(w);
  const [x] = e.inputs as [Var];
  const program = builder.finish([x]);
  return {
    kind: "reduce",
    program,
    reduction: (e.primitive as unknown as Reduction).reduction,
    domain: x.shape,
    axes: (e.params as ReduceParams).axes,
    inputs: builder.inputs,
    outputs: e.outputs,
  };
}

/** Nodes in an order in which each runs after what it reads, otherwise as they were. */
function sortNodes(placed: Placed, nodes: readonly Node[]): Node[] {
  const maker = new Map<Var, Node>();
  for (const n of nodes) for (const v of n.outputs) maker.set(v, n);
  const out: Node[] = [];
  const done = new Set<Node>();
  const visit = (n: Node): void => {
    if (done.has(n)) return;
    done.add(n);
    for (const v of n.inputs) {
      const source = maker.get(placed.place(v).root);
      if (source !== undefined) visit(source);
    }
    out.push(n);
  };
  for (const n of nodes) visit(n);
  return out;
}
