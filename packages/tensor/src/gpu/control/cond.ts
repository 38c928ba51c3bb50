import type { CondParams } from "../../control/cond-primitive";
import type { Graph } from "../../graph/graph";
import type { Handle } from "../backend/backend";
import type { GpuProgram } from "../program";
import type { GpuControl } from "./gpu-control";
import { Subprogram } from "./subprogram";

/** A branch: the condition, one number, is read back; operands and results stay on the device. */
export function condOnDevice(
  { branches }: CondParams,
  compile: (graph: Graph) => GpuProgram,
): GpuControl {
  const [yes, no] = [new Subprogram(branches[0], compile), new Subprogram(branches[1], compile)];
  return {
    programs: [
      { title: "if true", program: yes },
      { title: "if false", program: no },
    ],
    async run(device, [condition, ...operands]) {
      const [value] = await device.transfers.download(condition as Handle, "bool", 1);
      return (value !== 0 ? yes : no).run(device, operands);
    },
  };
}
