import type { MapProgram } from "../cpu/lower/map-program";
import type { Node } from "../graph/fuse";
import type { Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import { constant } from "../primitives/constants";
import { elementwise } from "../primitives/elementwise";
import {
  type ReduceKind,
  reduceAll,
  reduceAny,
  reduceMax,
  reduceMin,
  reduceProd,
  reduceSum,
} from "../primitives/reduction";
import type { Tensor } from "../tensor";

const reductions: Readonly<Record<ReduceKind, (x: Tensor, axes: readonly number[]) => Tensor>> = {
  sum: reduceSum,
  prod: reduceProd,
  max: reduceMax,
  min: reduceMin,
  any: reduceAny,
  all: reduceAll,
};

/** A fused program on tensors, one operation after the other. */
function runProgram(
  program: MapProgram,
  inputs: readonly Tensor[],
  shape: readonly number[],
): Tensor[] {
  const registers: Tensor[] = [...inputs];
  for (const { value, dtype } of program.constants) registers.push(constant(value, shape, dtype));
  for (const { op, to, args } of program.code) {
    const primitive = elementwise.get(op) as Primitive;
    const operands = args.map((r) => registers[r] as Tensor);
    registers.push(bind(primitive, operands, to === undefined ? {} : { to })[0] as Tensor);
  }
  return program.outputs.map((r) => registers[r] as Tensor);
}

/** A step of a plan as a function of tensors of the CPU. */
export function onCpu(node: Node): (inputs: readonly Tensor[]) => readonly Tensor[] {
  switch (node.kind) {
    case "map": {
      const { shape } = node.outputs[0] as { shape: readonly number[] };
      return (inputs) => runProgram(node.program, inputs, shape);
    }
    case "reduce":
      return (inputs) => {
        const [x] = runProgram(node.program, inputs, node.domain) as [Tensor];
        return [reductions[node.reduction](x, node.axes)];
      };
    default: {
      const { primitive, params } = node.equation;
      return (inputs) => bind(primitive, inputs, params);
    }
  }
}
