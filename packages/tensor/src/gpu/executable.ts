import type { Graph, Var } from "../graph/graph";
import { simplify } from "../graph/simplify";
import type { Executable } from "../internal/device";
import { storageArray } from "../internal/read";
import type { Storage } from "../internal/storage";
import { type Concrete, Tensor } from "../tensor";
import { donate, type GpuBuffer } from "./buffer";
import { constantBuffers, type HeldBuffers } from "./constants";
import type { GpuDevice } from "./device";
import { contiguous } from "./eager";
import { formatGpuPlan } from "./format-plan";
import { GpuProgram } from "./program";
import { noDoubles } from "./refuse";

/** A traced function compiled for a GPU. */
export class GpuExecutable implements Executable {
  readonly program: GpuProgram;
  readonly #device: GpuDevice;
  readonly #name: string;
  readonly #donated: ReadonlySet<number>;
  #constants: HeldBuffers | undefined;

  constructor(device: GpuDevice, name: string, source: Graph, donated: ReadonlySet<number>) {
    const graph = simplify(source);
    refuseDoubles(name, graph);
    this.#device = device;
    this.#name = name;
    this.#donated = donated;
    this.program = new GpuProgram(graph, device.target);
    // Compilation goes on while the caller does other things; whoever runs a kernel sees its errors.
    prepareKernels(device, this.program);
  }

  run(inputs: readonly Tensor[]): Tensor[] {
    const { program } = this;
    const { graph, placed, plan } = program;
    for (const x of inputs) {
      const { storage } = x.concrete as Concrete;
      if (storage.donatedTo !== undefined) storageArray(storage, this.#name);
    }
    const given = new Map<number, GpuBuffer>();
    const storages = new Map<Var, Storage>();
    const here = inputs.map((x, i) => {
      const { buffer, tensor } = contiguous(this.#device, x);
      const v = graph.inputs[i] as Var;
      given.set(program.slotOf(v), buffer);
      // A donated storage is closed; a result that is a window on it gets a claim of its own.
      const { storage } = tensor.concrete as Concrete;
      storages.set(v, this.#donated.has(i) && this.#returns(v) ? buffer.storage() : storage);
      return tensor;
    });
    this.#constants ??= constantBuffers(this.#device, program, this.#name);
    for (const [slot, { buffer }] of this.#constants) given.set(slot, buffer);
    for (const inner of program.subprograms()) inner.prepare(this.#device, this.#name);
    const results = new Map<number, GpuBuffer>();
    const outputs = graph.outputs.map((v) => {
      const { root, offset, strides } = placed.place(v);
      const known = graph.constants.get(root);
      if (known !== undefined) return graph.constants.get(v) ?? window(v, known, offset, strides);
      let storage = storages.get(root);
      if (storage === undefined) {
        const buffer = this.#device.allocate(root);
        results.set(program.slotOf(root), buffer);
        storage = buffer.storage();
        storages.set(root, storage);
      }
      return Tensor.concrete(v.shape, v.dtype, { storage, offset, strides });
    });
    this.#device.run(plan, given, results);
    // What is returned as it came to another argument, or as a constant, lives on.
    const kept = new Set(outputs.map((y) => (y.concrete as Concrete).storage));
    for (const i of this.#donated)
      for (const { concrete } of [inputs[i] as Tensor, here[i] as Tensor]) {
        const { storage } = concrete as Concrete;
        if (!kept.has(storage)) donate(storage, this.#name);
      }
    return outputs;
  }

  #returns(v: Var): boolean {
    const { graph, placed } = this.program;
    return graph.outputs.some((y) => placed.place(y).root === v);
  }

  describe(name: string): string {
    return formatGpuPlan(name, this.#device, this.program);
  }

  dispose(): void {
    this.#constants = undefined;
  }
}

function prepareKernels(device: GpuDevice, program: GpuProgram): void {
  for (const { work } of program.plan.items()) if ("kernel" in work) device.prepare(work.kernel);
  for (const inner of program.subprograms()) prepareKernels(device, inner.program);
}

const window = (
  { shape, dtype }: Var,
  x: Tensor,
  offset: number,
  strides: readonly number[],
): Tensor => {
  const concrete = x.concrete as Concrete;
  return Tensor.concrete(shape, dtype, {
    storage: concrete.storage,
    offset: concrete.offset + offset,
    strides,
  });
};

/** Where most f64 in compiled functions comes from. */
const ofOptimisers =
  "; optimisers keep f64 scalars: wrap yours in singlePrecision() of @x/optim, or use its train({ device })";

function refuseDoubles(name: string, graph: Graph): void {
  const all = [...graph.inputs, ...graph.equations.flatMap((e) => e.outputs)];
  if (all.some((v) => v.dtype === "f64")) throw noDoubles(name, ofOptimisers);
}
