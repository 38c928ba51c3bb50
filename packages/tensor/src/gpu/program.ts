import { fuse, type Node } from "../graph/fuse";
import type { Graph, Var } from "../graph/graph";
import { type Placed, placeValues } from "../graph/place";
import { uniformValue } from "../graph/simplify";
import { isContiguous, sizeOf } from "../shape";
import { isControl } from "./control/is-control";
import { lowerControl } from "./control/lower-control";
import type { Subprogram } from "./control/subprogram";
import { onCpu } from "./cpu-step";
import { copyLaunch } from "./lower/copy";
import type { GpuLowering } from "./lower/lowering";
import { type BoundLowering, lowerPrimitive, mapOf, reduceOf } from "./lowerings";
import { Plan, type PlanStep } from "./plan";
import type { Launch } from "./source/kernel-builder";
import type { Target } from "./source/target";
import type { GpuResult, GpuView } from "./source/view";

/** The lowering of a step. */
function boundOf(node: Node): BoundLowering | undefined {
  switch (node.kind) {
    case "map":
      return mapOf(node.program);
    case "reduce":
      return reduceOf({
        program: node.program,
        kind: node.reduction,
        domain: node.domain,
        axes: node.axes,
      });
    default:
      return lowerPrimitive(node.equation.primitive, node.inputs, node.equation.params);
  }
}

/** A graph as a plan for a device. */
export class GpuProgram {
  readonly plan: Plan = new Plan();
  /** Steps with what they came from, for printing. */
  readonly nodes: readonly { readonly node: Node; readonly steps: readonly PlanStep[] }[];
  readonly placed: Placed;
  readonly graph: Graph;
  readonly #slots = new Map<Var, number>();
  readonly #target: Target;

  /** @param graph - simplified */
  constructor(graph: Graph, target: Target) {
    this.graph = graph;
    this.#target = target;
    this.placed = placeValues(graph);
    for (const v of graph.inputs) this.plan.given.add(this.slotOf(v));
    for (const v of graph.outputs) this.plan.results.add(this.slotOf(this.placed.place(v).root));
    this.nodes = fuse(this.placed).map((node) => ({ node, steps: this.#steps(node) }));
    for (const v of graph.constants.keys()) {
      const slot = this.#slots.get(v);
      if (slot !== undefined) this.plan.given.add(slot);
    }
    for (const { steps } of this.nodes) this.plan.steps.push(...steps);
  }

  /** Slot of a value that owns memory. A constant of one value for all places holds it once. */
  slotOf(root: Var): number {
    let slot = this.#slots.get(root);
    if (slot === undefined) {
      const length = this.isUniform(root) ? 1 : sizeOf(root.shape);
      slot = this.plan.slot(root.dtype, length);
      this.#slots.set(root, slot);
    }
    return slot;
  }

  /** Constants that the plan reads from memory, with their slots. */
  constants(): readonly (readonly [Var, number])[] {
    return [...this.graph.constants.keys()].flatMap((v) => {
      const slot = this.#slots.get(v);
      return slot === undefined ? [] : [[v, slot] as const];
    });
  }

  isUniform(root: Var): boolean {
    const x = this.graph.constants.get(root);
    return x !== undefined && uniformValue(x) !== undefined;
  }

  #view(v: Var): GpuView {
    const { root, offset, strides } = this.placed.place(v);
    const { shape, dtype } = v;
    const slot = this.slotOf(root);
    if (this.isUniform(root)) return { slot, dtype, shape, offset: 0, strides: shape.map(() => 0) };
    return { slot, dtype, shape, offset, strides };
  }

  /** The programs of loops and branches. */
  subprograms(): readonly Subprogram[] {
    return this.plan.steps.flatMap((step) =>
      step.on === "control" ? step.control.programs.map((p) => p.program) : [],
    );
  }

  /** A loop or branch, after copies of those operands that are windows; nothing if it is not for the device. */
  #control(node: Node, inputs: readonly GpuView[], outputs: readonly GpuResult[]): PlanStep[] {
    if (node.kind !== "primitive" || !isControl(node.equation.primitive)) return [];
    const { primitive, params } = node.equation;
    const control = lowerControl(
      primitive,
      params,
      this.#target,
      (graph) => new GpuProgram(graph, this.#target),
    );
    if (control === undefined) return [];
    const copies: Launch[] = [];
    const whole = inputs.map((x): GpuResult => {
      const size = sizeOf(x.shape);
      const { length } = this.plan.slots[x.slot] as Plan["slots"][number];
      if (x.offset === 0 && size === length && isContiguous(x.shape, x.strides)) return x;
      const slot = this.plan.slot(x.dtype, size);
      copies.push(copyLaunch(this.#target, x, slot));
      return { slot, dtype: x.dtype, shape: x.shape };
    });
    return [
      { on: "gpu", launches: copies },
      { on: "control", inputs: whole, outputs, control },
    ];
  }

  #steps(node: Node): PlanStep[] {
    const inputs = node.inputs.map((v) => this.#view(v));
    const outputs = node.outputs.map(
      (v): GpuResult => ({ slot: this.slotOf(v), dtype: v.dtype, shape: v.shape }),
    );
    const control = this.#control(node, inputs, outputs);
    if (control.length > 0) return control;
    const bound = boundOf(node);
    const launches = (bound?.lowering as GpuLowering | undefined)?.({
      inputs,
      outputs,
      params: bound?.params,
      target: this.#target,
      temporary: (dtype, length) => this.plan.slot(dtype, length),
    });
    return launches === undefined
      ? [{ on: "cpu", inputs, outputs, run: onCpu(node) }]
      : [{ on: "gpu", launches }];
  }
}
