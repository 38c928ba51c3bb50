import { aligned } from "../cpu/arena";
import type { ControlLowering } from "../cpu/control-lowering";
import { CpuProgram } from "../cpu/program";
import { cpuRuntime } from "../cpu/runtime";
import type { View } from "../cpu/view";
import { bytesOf } from "../dtype";
import { formatPlan } from "../graph/format-plan";
import type { Var } from "../graph/graph";
import { sizeOf } from "../shape";
import type { ScanParams } from "./scan-primitive";

const bytesFor = (v: Var): number => sizeOf(v.shape) * bytesOf(v.dtype);

/** Addresses of a list of buffers one after the other, and where the next may start. */
function layOut(vars: readonly Var[], from: number): { at: number[]; end: number } {
  let end = from;
  const at = vars.map((v) => {
    const start = end;
    end += aligned(bytesFor(v));
    return start;
  });
  return { at, end };
}

/** A loop over the leading axis: the body is one program at fixed addresses, slices are copied in and out. */
export function lowerScan(params: ScanParams): ControlLowering {
  const { body, consts, carry, length, reverse } = params;
  const program = new CpuProgram(body);
  const carryVars = body.inputs.slice(consts, consts + carry);
  const xVars = body.inputs.slice(consts + carry);
  const yVars = body.outputs.slice(carry);
  const start = aligned(program.frameBytes);
  const before = layOut(carryVars, start);
  const after = layOut(carryVars, before.end);
  const xs = layOut(xVars, after.end);
  const ys = layOut(yVars, xs.end);
  return {
    frameBytes: ys.end,
    link(inputs, outputs, frame) {
      const at = (list: { at: number[] }): number[] => list.at.map((offset) => frame + offset);
      const [from, to, x, y] = [at(before), at(after), at(xs), at(ys)];
      const linked = program.link({
        frame,
        inputs: [...inputs.slice(0, consts).map((v) => v.pointer), ...from, ...x],
        outputs: [...to, ...y],
      });
      const { heap } = cpuRuntime();
      const move = (target: number, source: number, bytes: number): void => {
        heap.u8.copyWithin(target, source, source + bytes);
      };
      const first = inputs.slice(consts, consts + carry);
      const slices = inputs.slice(consts + carry);
      return {
        run() {
          carryVars.forEach((v, i) => {
            move(from[i] as number, (first[i] as View).pointer, bytesFor(v));
          });
          for (let step = 0; step < length; step++) {
            const t = reverse ? length - 1 - step : step;
            xVars.forEach((v, i) => {
              const bytes = bytesFor(v);
              move(x[i] as number, (slices[i] as View).pointer + t * bytes, bytes);
            });
            linked.run();
            carryVars.forEach((v, i) => {
              move(from[i] as number, to[i] as number, bytesFor(v));
            });
            yVars.forEach((v, i) => {
              const bytes = bytesFor(v);
              move((outputs[carry + i] as View).pointer + t * bytes, y[i] as number, bytes);
            });
          }
          carryVars.forEach((v, i) => {
            move((outputs[i] as View).pointer, from[i] as number, bytesFor(v));
          });
        },
        dispose: () => linked.dispose(),
      };
    },
    describe: () => [{ title: `${length} times`, lines: formatPlan("body", program).split("\n") }],
    dispose: () => program.dispose(),
  };
}
