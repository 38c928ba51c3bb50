import type { WhileParams } from "../../control/while-primitive";
import type { Graph } from "../../graph/graph";
import type { Handle } from "../backend/backend";
import type { GpuProgram } from "../program";
import type { GpuControl } from "./gpu-control";
import { Owned } from "./owned";
import { Subprogram } from "./subprogram";

/** Steps between turns of the event loop, which reads do not give on every backend. */
const BETWEEN_PAUSES = 64;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** A loop of unknown length: before each step the condition, one number, is read back; the carry stays there. */
export function whileOnDevice(
  params: WhileParams,
  compile: (graph: Graph) => GpuProgram,
): GpuControl {
  const { conditionConsts: c, bodyConsts: b } = params;
  const condition = new Subprogram(params.condition, compile);
  const body = new Subprogram(params.body, compile, (i) => params.body.inputs[b + i]);
  return {
    programs: [
      { title: "while", program: condition },
      { title: "do", program: body },
    ],
    async run(device, inputs) {
      const owned = new Owned(device);
      let state: readonly Handle[] = inputs.slice(c + b);
      const isGoing = async (): Promise<boolean> => {
        const flag = await condition.run(device, [...inputs.slice(0, c), ...state]);
        owned.add(flag);
        const [value] = await device.transfers.download(flag[0] as Handle, "bool", 1);
        owned.free(flag);
        return value !== 0;
      };
      try {
        for (let n = 1; await isGoing(); n++) {
          if (n % BETWEEN_PAUSES === 0) await pause();
          const next = await body.run(device, [...inputs.slice(c, c + b), ...state]);
          state = owned.replace(state, next);
        }
        return await owned.leave(state, params.body.outputs);
      } finally {
        owned.freeAll();
      }
    },
  };
}
