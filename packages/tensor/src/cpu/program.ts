import { allocate, bytesOf, type TypedArray } from "../dtype";
import { fuse, type Node } from "../graph/fuse";
import type { Graph, Var } from "../graph/graph";
import { isWhole, type Placed, placeValues } from "../graph/place";
import { simplify } from "../graph/simplify";
import type { Primitive } from "../internal/primitive";
import { nextId } from "../internal/runtime";
import { isContiguous, sizeOf } from "../shape";
import type { Tensor } from "../tensor";
import { type ControlLowering, controlOf } from "./control-lowering";
import type { Lowering } from "./launch";
import { type BoundLowering, copy, lowerPrimitive, mapOf, reduceOf } from "./lowerings";
import { type MemoryPlan, planMemory } from "./memory-plan";
import { cpuRuntime } from "./runtime";
import { heapArray } from "./transfer";
import type { View } from "./view";

/** One step of a compiled program. */
export interface Step {
  readonly node: Node | CopyNode;
  readonly bound: BoundLowering | undefined;
  readonly control: ControlLowering | undefined;
  readonly scratchBytes: number;
}

/** A copy into contiguous memory that the graph does not show. */
interface CopyNode {
  readonly kind: "copy";
  readonly inputs: readonly Var[];
  readonly outputs: readonly Var[];
}

/** Addresses that a program is to work with. */
export interface ProgramMemory {
  /** Start of {@link CpuProgram.frameBytes} bytes for intermediates. */
  readonly frame: number;
  /** Contiguous inputs. */
  readonly inputs: readonly number[];
  /** Where contiguous outputs go. */
  readonly outputs: readonly number[];
}

/** A program at fixed addresses. */
export interface LinkedProgram {
  run(): void;
  /** Frees the argument blocks. */
  dispose(): void;
}

/**
 * A graph compiled for the CPU: fused steps and a static plan of the memory between them.
 *
 * @param aliases - outputs that must end up in the memory of an input (output index → input index)
 */
export class CpuProgram {
  readonly steps: readonly Step[];
  /** Memory for intermediates and scratch. */
  readonly frameBytes: number;
  readonly graph: Graph;
  readonly #placed: Placed;
  readonly #plan: MemoryPlan;
  readonly #slots = new Map<Var, number>();
  readonly #scratchSlots: readonly (number | undefined)[];
  readonly #inputOf = new Map<Var, number>();
  readonly #outputOf = new Map<Var, number>();
  readonly #constants = new Map<Var, number>();

  constructor(source: Graph, aliases: ReadonlyMap<number, number> = new Map()) {
    const graph = simplify(source);
    this.graph = graph;
    this.#placed = placeValues(graph);
    graph.inputs.forEach((v, i) => {
      this.#inputOf.set(v, i);
    });
    const nodes = this.#arrange(fuse(this.#placed), aliases);
    this.steps = nodes.map((node) => this.#lower(node));
    const { lifetimes, scratch } = this.#lifetimes();
    this.#scratchSlots = scratch;
    this.#plan = planMemory(lifetimes);
    this.frameBytes = this.#plan.bytes;
  }

  /** Adds the copies that steps and outputs need, and decides which values are written to outputs directly. */
  #arrange(fused: readonly Node[], aliases: ReadonlyMap<number, number>): (Node | CopyNode)[] {
    const nodes: (Node | CopyNode)[] = [];
    const copyOf = (v: Var): Var => {
      const fresh = { id: nextId(), shape: v.shape, dtype: v.dtype };
      nodes.push({ kind: "copy", inputs: [v], outputs: [fresh] });
      return fresh;
    };
    for (const node of fused) {
      if (
        node.kind !== "primitive" ||
        lowerPrimitive(node.equation.primitive, node.inputs, node.equation.params)
      ) {
        nodes.push(node);
        continue;
      }
      // Sub-programs and host functions take contiguous operands.
      const inputs = node.inputs.map((v) =>
        isContiguous(v.shape, this.#placed.place(v).strides) ? v : copyOf(v),
      );
      nodes.push({ ...node, inputs });
    }
    const maker = new Map<Var, number>();
    nodes.forEach((n, i) => {
      for (const v of n.outputs) maker.set(v, i);
    });
    const late: CopyNode[] = [];
    this.graph.outputs.forEach((v, i) => {
      const p = this.#placed.place(v);
      const made = maker.get(p.root);
      const direct = made !== undefined && isWhole(v, p) && !this.#outputOf.has(p.root);
      const input = aliases.get(i);
      if (direct && (input === undefined || this.#mayOverwrite(nodes, made, input))) {
        this.#outputOf.set(p.root, i);
        return;
      }
      const fresh = { id: nextId(), shape: v.shape, dtype: v.dtype };
      this.#outputOf.set(fresh, i);
      if (input === undefined) {
        nodes.push({ kind: "copy", inputs: [v], outputs: [fresh] });
        return;
      }
      // An input's memory that may still be read is written last, from memory that is nobody's output.
      late.push({ kind: "copy", inputs: [made === undefined ? copyOf(v) : v], outputs: [fresh] });
    });
    return [...nodes, ...late];
  }

  /** True when the node may write its output over input `index`: later nodes do not read it, and it only elementwise. */
  #mayOverwrite(nodes: readonly (Node | CopyNode)[], made: number, index: number): boolean {
    const input = this.graph.inputs[index] as Var;
    return (
      nodes.every((n, i) => {
        if (i < made) return true;
        const reads = n.inputs.filter((v) => this.#placed.place(v).root === input);
        if (i > made) return reads.length === 0;
        return n.kind === "map"
          ? reads.every((v) => isWhole(v, this.#placed.place(v)))
          : reads.length === 0;
      }) && !this.graph.outputs.some((v) => this.#placed.place(v).root === input)
    );
  }

  #lower(node: Node | CopyNode): Step {
    const views = node.inputs.map((v) => this.#viewAt(v, () => 0));
    const outs = node.outputs.map((v) => this.#viewAt(v, () => 0));
    if (node.kind === "primitive") {
      const { primitive, params } = node.equation;
      const control = controlOf(primitive, params);
      if (control !== undefined) {
        return { node, control, bound: undefined, scratchBytes: control.frameBytes };
      }
      const bound = lowerPrimitive(primitive, node.inputs, params);
      if (bound === undefined && primitive.host === undefined) {
        throw new Error(`${primitive.name}: has no CPU implementation`);
      }
      return { node, bound, control, scratchBytes: scratchOf(bound, views, outs) };
    }
    const bound =
      node.kind === "copy"
        ? copy
        : node.kind === "map"
          ? mapOf(node.program)
          : reduceOf(node.program, node.reduction, node.domain, node.axes);
    return { node, bound, control: undefined, scratchBytes: scratchOf(bound, views, outs) };
  }

  #lifetimes(): {
    lifetimes: { bytes: number; first: number; last: number }[];
    scratch: (number | undefined)[];
  } {
    const lifetimes: { bytes: number; first: number; last: number }[] = [];
    this.steps.forEach(({ node }, i) => {
      for (const v of node.outputs) {
        if (this.#outputOf.has(v)) continue;
        const bytes = sizeOf(v.shape) * bytesOf(v.dtype);
        this.#slots.set(v, lifetimes.push({ bytes, first: i, last: i }) - 1);
      }
    });
    this.steps.forEach(({ node }, i) => {
      for (const v of node.inputs) {
        const slot = this.#slots.get(this.#placed.place(v).root);
        if (slot !== undefined) (lifetimes[slot] as { last: number }).last = i;
      }
    });
    const scratch = this.steps.map(({ scratchBytes }, i) =>
      scratchBytes === 0
        ? undefined
        : lifetimes.push({ bytes: scratchBytes, first: i, last: i }) - 1,
    );
    return { lifetimes, scratch };
  }

  #viewAt(v: Var, address: (root: Var) => number): View {
    const { root, offset, strides } = this.#placed.place(v);
    return {
      pointer: address(root) + offset * bytesOf(v.dtype),
      dtype: v.dtype,
      shape: v.shape,
      strides,
    };
  }

  /** Bytes of memory behind a value: a broadcast one is stored once. */
  bytesBehind(v: Var): number {
    const { strides } = this.#placed.place(v);
    const stored = v.shape.filter((_, axis) => strides[axis] !== 0);
    return sizeOf(stored) * bytesOf(v.dtype);
  }

  /** Address of a constant on the heap, copied there once. */
  #constant(v: Var): number {
    let pointer = this.#constants.get(v);
    if (pointer === undefined) {
      const x = this.graph.constants.get(v) as Tensor;
      const data = x.dataSync();
      const { heap } = cpuRuntime();
      pointer = heap.allocate(Math.max(64, data.byteLength));
      heapArray(heap, v.dtype).set(data as never, pointer / bytesOf(v.dtype));
      this.#constants.set(v, pointer);
    }
    return pointer;
  }

  /** Binds the program to addresses; its argument blocks are written once, here. */
  link(memory: ProgramMemory): LinkedProgram {
    const address = (root: Var): number => {
      const input = this.#inputOf.get(root);
      if (input !== undefined) return memory.inputs[input] as number;
      const output = this.#outputOf.get(root);
      if (output !== undefined) return memory.outputs[output] as number;
      const slot = this.#slots.get(root);
      if (slot !== undefined) return memory.frame + (this.#plan.offsets[slot] as number);
      return this.#constant(root);
    };
    const runtime = cpuRuntime();
    const { heap } = runtime;
    const disposers: (() => void)[] = [];
    const runs = this.steps.flatMap(({ node, bound, control }, i): (() => void)[] => {
      const inputs = node.inputs.map((v) => this.#viewAt(v, address));
      const outputs = node.outputs.map((v) => this.#viewAt(v, address));
      const slot = this.#scratchSlots[i];
      const scratch = slot === undefined ? 0 : memory.frame + (this.#plan.offsets[slot] as number);
      if (control !== undefined) {
        const linked = control.link(inputs, outputs, scratch);
        disposers.push(() => linked.dispose());
        return [() => linked.run()];
      }
      if (bound === undefined) {
        const { primitive, params } = (node as Extract<Node, { kind: "primitive" }>).equation;
        return [() => runHost(primitive, inputs, outputs, params)];
      }
      const launches = (bound.lowering as Lowering).launch(inputs, outputs, bound.params, scratch);
      return launches
        .filter(({ chunks }) => chunks > 0)
        .map(({ kernel, args, chunks, nanoseconds }) => {
          const pointer = heap.allocate(Math.max(16, args.length * 4));
          disposers.push(() => heap.free(pointer));
          runtime.write(args, pointer);
          const index = runtime.kernelIndex(kernel);
          return () => runtime.call(index, pointer, chunks, nanoseconds);
        });
    });
    return {
      run: () => {
        for (const run of runs) run();
      },
      dispose: () => {
        for (const free of disposers) free();
      },
    };
  }

  /** Frees the constants on the heap. */
  dispose(): void {
    const { heap } = cpuRuntime();
    for (const pointer of this.#constants.values()) heap.free(pointer);
    this.#constants.clear();
    for (const { control } of this.steps) control?.dispose();
  }
}

function scratchOf(
  bound: BoundLowering | undefined,
  inputs: readonly View[],
  outputs: readonly View[],
): number {
  return (bound?.lowering as Lowering | undefined)?.scratch?.(inputs, outputs, bound?.params) ?? 0;
}

/** Calls a host function on copies of its operands and puts the results on the heap. */
function runHost(
  primitive: Primitive,
  inputs: readonly View[],
  outputs: readonly View[],
  params: unknown,
): void {
  const { heap } = cpuRuntime();
  const arrays = inputs.map(({ dtype, pointer, shape }): TypedArray => {
    const at = pointer / bytesOf(dtype);
    const out = allocate(dtype, sizeOf(shape));
    out.set(heapArray(heap, dtype).subarray(at, at + out.length) as never);
    return out;
  });
  const results = primitive.host?.(arrays, inputs, params) ?? [];
  outputs.forEach(({ dtype, pointer }, i) => {
    heapArray(heap, dtype).set(results[i] as never, pointer / bytesOf(dtype));
  });
}
