import type { CondParams } from "../../control/cond-primitive";
import type { ScanParams } from "../../control/scan-primitive";
import type { WhileParams } from "../../control/while-primitive";
import type { Graph } from "../../graph/graph";
import type { Primitive } from "../../internal/primitive";
import type { GpuProgram } from "../program";
import type { Target } from "../source/target";
import { condOnDevice } from "./cond";
import type { GpuControl } from "./gpu-control";
import { scanOnDevice } from "./scan";
import type { Subprogram } from "./subprogram";
import { whileOnDevice } from "./while-loop";

/** True when a program computes or holds 64-bit floats, which no device does here. */
const hasDoubles = ({ inputs, constants, equations }: Graph): boolean =>
  [...inputs, ...constants.keys(), ...equations.flatMap((e) => e.outputs)].some(
    (v) => v.dtype === "f64",
  );

/** True when some step of a program, or of one within it, runs on the CPU. */
const leaves = ({ program }: Subprogram): boolean =>
  program.plan.steps.some(
    (step) =>
      step.on === "cpu" ||
      (step.on === "control" && step.control.programs.some((p) => leaves(p.program))),
  );

/**
 * A loop or branch as a step on the device. `undefined`: it runs on the CPU as a whole, because it works with
 * 64-bit floats, or because each round of a loop would move data there and back.
 */
export function lowerControl(
  primitive: Primitive,
  params: unknown,
  target: Target,
  compile: (graph: Graph) => GpuProgram,
): GpuControl | undefined {
  const graphs = Object.values(params as object).flatMap((p) => (Array.isArray(p) ? p : [p]));
  if (graphs.some((g) => typeof g === "object" && "equations" in g && hasDoubles(g)))
    return undefined;
  if (primitive.name === "cond") return condOnDevice(params as CondParams, compile);
  const loop =
    primitive.name === "scan"
      ? scanOnDevice(params as ScanParams, target, compile)
      : whileOnDevice(params as WhileParams, compile);
  return loop?.programs.some((p) => leaves(p.program)) ? undefined : loop;
}
