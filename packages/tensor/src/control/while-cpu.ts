import { aligned } from "../cpu/arena";
import type { ControlLowering } from "../cpu/control-lowering";
import { CpuProgram } from "../cpu/program";
import { cpuRuntime } from "../cpu/runtime";
import type { View } from "../cpu/view";
import { bytesOf } from "../dtype";
import { formatPlan } from "../graph/format-plan";
import type { Var } from "../graph/graph";
import { sizeOf } from "../shape";
import type { WhileParams } from "./while-primitive";

const bytesFor = (v: Var): number => sizeOf(v.shape) * bytesOf(v.dtype);

/** A loop of two programs at fixed addresses over one carry. */
export function lowerWhile(params: WhileParams): ControlLowering {
  const { condition, conditionConsts, body, bodyConsts } = params;
  const test = new CpuProgram(condition);
  const step = new CpuProgram(body);
  const carry = body.outputs;
  const start = aligned(Math.max(test.frameBytes, step.frameBytes));
  let frameBytes = start;
  const take = (v: Var): number => {
    const at = frameBytes;
    frameBytes += aligned(bytesFor(v));
    return at;
  };
  const before = carry.map(take);
  const after = carry.map(take);
  const flag = frameBytes;
  frameBytes += aligned(1);
  return {
    frameBytes,
    link(inputs, outputs, frame) {
      const address = (v: View): number => v.pointer;
      const from = before.map((at) => frame + at);
      const to = after.map((at) => frame + at);
      const tested = test.link({
        frame,
        inputs: [...inputs.slice(0, conditionConsts).map(address), ...from],
        outputs: [frame + flag],
      });
      const stepped = step.link({
        frame,
        inputs: [
          ...inputs.slice(conditionConsts, conditionConsts + bodyConsts).map(address),
          ...from,
        ],
        outputs: to,
      });
      const first = inputs.slice(conditionConsts + bodyConsts);
      const { heap } = cpuRuntime();
      const move = (target: number, source: number, v: Var): void => {
        heap.u8.copyWithin(target, source, source + bytesFor(v));
      };
      return {
        run() {
          carry.forEach((v, i) => {
            move(from[i] as number, (first[i] as View).pointer, v);
          });
          for (tested.run(); heap.u8[frame + flag] !== 0; tested.run()) {
            stepped.run();
            carry.forEach((v, i) => {
              move(from[i] as number, to[i] as number, v);
            });
          }
          carry.forEach((v, i) => {
            move((outputs[i] as View).pointer, from[i] as number, v);
          });
        },
        dispose() {
          tested.dispose();
          stepped.dispose();
        },
      };
    },
    describe: () => [
      { title: "while", lines: formatPlan("condition", test).split("\n") },
      { title: "do", lines: formatPlan("body", step).split("\n") },
    ],
    dispose() {
      test.dispose();
      step.dispose();
    },
  };
}
