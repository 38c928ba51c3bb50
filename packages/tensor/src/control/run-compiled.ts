import { CpuExecutable } from "../cpu/executable";
import { traceGraph } from "../graph/graph-trace";
import type { Primitive } from "../internal/primitive";
import { bind } from "../internal/trace";
import type { Tensor } from "../tensor";

/** Runs a primitive that holds sub-programs on concrete values: compiles it, runs it once, frees it. */
export function runCompiled<P>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] {
  const graph = traceGraph((xs) => bind(primitive, xs, params), inputs);
  const executable = new CpuExecutable(primitive.name, graph, new Set());
  try {
    return executable.run(inputs);
  } finally {
    executable.dispose();
  }
}
