import { aligned } from "../cpu/arena";
import type { ControlLowering } from "../cpu/control-lowering";
import { CpuProgram } from "../cpu/program";
import { cpuRuntime } from "../cpu/runtime";
import type { View } from "../cpu/view";
import { formatPlan } from "../graph/format-plan";
import type { Branches } from "./cond-primitive";

/** A branch: both programs share one frame, as only one of them runs. */
export function lowerCond(branches: Branches): ControlLowering {
  const programs = branches.map((g) => new CpuProgram(g));
  return {
    frameBytes: aligned(Math.max(...programs.map((p) => p.frameBytes))),
    link(inputs, outputs, frame) {
      const [predicate, ...operands] = inputs as readonly [View, ...View[]];
      const linked = programs.map((p) =>
        p.link({
          frame,
          inputs: operands.map((v) => v.pointer),
          outputs: outputs.map((v) => v.pointer),
        }),
      );
      const { heap } = cpuRuntime();
      return {
        run: () => linked[heap.u8[predicate.pointer] !== 0 ? 0 : 1]?.run(),
        dispose: () => {
          for (const l of linked) l.dispose();
        },
      };
    },
    describe: () =>
      programs.map((p, i) => ({
        title: i === 0 ? "if true" : "if false",
        lines: formatPlan("branch", p).split("\n"),
      })),
    dispose: () => {
      for (const p of programs) p.dispose();
    },
  };
}
