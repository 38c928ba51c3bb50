import type { Equation, Graph, Var } from "../../graph/graph";
import { isWhole, placeValues } from "../../graph/place";
import { simplify } from "../../graph/simplify";
import type { Primitive } from "../../internal/primitive";
import { nextId } from "../../internal/runtime";
import type { Handle } from "../backend/backend";
import type { GpuBuffer } from "../buffer";
import { constantBuffers, type HeldBuffers } from "../constants";
import type { GpuDevice } from "../device";
import type { GpuProgram } from "../program";
import { type Handles, issuePlan } from "../run-plan";

/** Names the lowering that copies a window. */
const copyPrimitive = { name: "reshape" } as Primitive;

/**
 * A graph whose outputs have memory of their own: inputs, constants, windows and second mentions are copied.
 *
 * @param kept - the input that an output may be, by output
 */
function withOwnOutputs(graph: Graph, kept: (output: number) => Var | undefined): Graph {
  const { place } = placeValues(graph);
  const taken = new Set<Var>([...graph.inputs, ...graph.constants.keys()]);
  const copies: Equation[] = [];
  const outputs = graph.outputs.map((v, i) => {
    if (v === kept(i)) return v;
    const placed = place(v);
    if (isWhole(v, placed) && !taken.has(placed.root)) {
      taken.add(placed.root);
      return v;
    }
    const copy: Var = { id: nextId(), shape: v.shape, dtype: v.dtype };
    copies.push({ primitive: copyPrimitive, inputs: [v], params: {}, outputs: [copy] });
    return copy;
  });
  return { ...graph, equations: [...graph.equations, ...copies], outputs };
}

/** The program of a body, condition or branch. */
export class Subprogram {
  readonly program: GpuProgram;
  #constants: HeldBuffers | undefined;

  /**
   * @param compile - makes the program of a simplified graph
   * @param kept - the input that an output may be, by output: it then comes back as the input's own memory
   */
  constructor(
    graph: Graph,
    compile: (graph: Graph) => GpuProgram,
    kept: (output: number) => Var | undefined = () => undefined,
  ) {
    this.program = compile(withOwnOutputs(simplify(graph), kept));
  }

  /** Brings constants to the device, those of programs within too. To be called before a plan is queued. */
  prepare(device: GpuDevice, name: string): void {
    this.#constants ??= constantBuffers(device, this.program, name);
    for (const inner of this.program.subprograms()) inner.prepare(device, name);
  }

  /** Runs it on contiguous operands. */
  run(
    device: GpuDevice,
    inputs: readonly Handle[],
  ): readonly Handle[] | Promise<readonly Handle[]> {
    const { graph, placed, plan } = this.program;
    const handles: Handles = new Array(plan.slots.length).fill(undefined);
    for (const [slot, { buffer }] of this.#constants ?? []) handles[slot] = memoryOf(buffer);
    graph.inputs.forEach((v, i) => {
      handles[this.program.slotOf(v)] = inputs[i];
    });
    return issuePlan(device, plan, handles, () =>
      graph.outputs.map(
        (v) => handles[this.program.slotOf(placed.place(v).root)] ?? device.transfers.empty(),
      ),
    );
  }
}

function memoryOf(buffer: GpuBuffer): Handle {
  if (buffer.failure !== undefined) throw buffer.failure;
  return buffer.handle as Handle;
}
