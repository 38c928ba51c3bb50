import type { Node } from "../graph/fuse";
import type { Equation, Graph, Var } from "../graph/graph";
import { traceGraph } from "../graph/graph-trace";
import type { Executable } from "../internal/device";
import type { Aval, Primitive } from "../internal/primitive";
import { nextId } from "../internal/runtime";
import { bind } from "../internal/trace";
import { isContiguous } from "../shape";
import type { Concrete, Tensor } from "../tensor";
import { bufferOf, type GpuBuffer, tensorOf } from "./buffer";
import { isControl } from "./control/is-control";
import { onCpu } from "./cpu-step";
import type { GpuDevice } from "./device";
import type { GpuLowering } from "./lower/lowering";
import { lowerPrimitive } from "./lowerings";
import { Plan } from "./plan";
import type { GpuResult, GpuView } from "./source/view";

/** Functions that were jitted, compiled whole for each device. */
const compiled = new WeakMap<GpuDevice, WeakMap<Graph, Executable>>();

function compiledFor(device: GpuDevice, name: string, graph: Graph): Executable {
  let map = compiled.get(device);
  if (map === undefined) {
    map = new WeakMap();
    compiled.set(device, map);
  }
  let executable = map.get(graph);
  if (executable === undefined) {
    executable = device.compile(name, graph, new Set());
    map.set(graph, executable);
  }
  return executable;
}

/** Applies one primitive on the device: a plan of one step. */
export function evaluateEagerly(
  device: GpuDevice,
  primitive: Primitive,
  inputs: readonly Tensor[],
  outputs: readonly Aval[],
  params: unknown,
): readonly Tensor[] {
  if (primitive.evaluate !== undefined && !isControl(primitive)) {
    if (primitive.name !== "call") return primitive.evaluate(inputs, params);
    const { name, graph } = params as { readonly name: string; readonly graph: Graph };
    return compiledFor(device, name, graph).run(inputs);
  }
  if (isControl(primitive)) {
    const graph = traceGraph((xs) => bind(primitive, xs, params), inputs);
    return device.compile(primitive.name, graph, new Set()).run(inputs);
  }
  const plan = new Plan();
  const given = new Map<number, GpuBuffer>();
  const slots = new Map<GpuBuffer, number>();
  const views = inputs.map((x): GpuView => {
    const { storage, offset, strides } = device.put(x).concrete as Concrete;
    const buffer = bufferOf(storage) as GpuBuffer;
    let slot = slots.get(buffer);
    if (slot === undefined) {
      slot = plan.slot(buffer.dtype, buffer.length);
      slots.set(buffer, slot);
      given.set(slot, buffer);
      plan.given.add(slot);
    }
    return { slot, dtype: x.dtype, shape: x.shape, offset, strides };
  });
  const results = new Map<number, GpuBuffer>();
  const tensors = outputs.map((y) => {
    const buffer = device.allocate(y);
    const slot = plan.slot(y.dtype, buffer.length);
    plan.results.add(slot);
    results.set(slot, buffer);
    return { slot, tensor: tensorOf(buffer, y) };
  });
  const targets = outputs.map(
    ({ shape, dtype }, i): GpuResult => ({ slot: tensors[i]?.slot as number, shape, dtype }),
  );
  const bound = lowerPrimitive(primitive, inputs, params);
  const launches = (bound?.lowering as GpuLowering | undefined)?.({
    inputs: views,
    outputs: targets,
    params: bound?.params,
    target: device.target,
    temporary: (dtype, length) => plan.slot(dtype, length),
  });
  if (launches !== undefined) plan.steps.push({ on: "gpu", launches });
  else {
    const run = onCpu(nodeOf(primitive, inputs, outputs, params));
    plan.steps.push({ on: "cpu", inputs: views, outputs: targets, run });
  }
  device.run(plan, given, results);
  return tensors.map(({ tensor }) => tensor);
}

function nodeOf(
  primitive: Primitive,
  inputs: readonly Aval[],
  outputs: readonly Aval[],
  params: unknown,
): Node {
  const variable = ({ shape, dtype }: Aval): Var => ({ id: nextId(), shape, dtype });
  const equation: Equation = {
    primitive,
    inputs: inputs.map(variable),
    params,
    outputs: outputs.map(variable),
  };
  return { kind: "primitive", equation, inputs: equation.inputs, outputs: equation.outputs };
}

/** Names the lowering that copies a window. */
const copyPrimitive = { name: "reshape" } as Primitive;

/** The buffer of a tensor's elements in C order; tensors of the CPU are copied there, windows made whole. */
export function contiguous(
  device: GpuDevice,
  x: Tensor,
): { readonly buffer: GpuBuffer; readonly tensor: Tensor } {
  const here = device.put(x);
  const { storage, offset, strides } = here.concrete as Concrete;
  const buffer = bufferOf(storage) as GpuBuffer;
  if (offset === 0 && buffer.length === x.size && isContiguous(x.shape, strides))
    return { buffer, tensor: here };
  const [tensor] = evaluateEagerly(device, copyPrimitive, [here], [x], {}) as [Tensor];
  return { buffer: bufferOf((tensor.concrete as Concrete).storage) as GpuBuffer, tensor };
}
