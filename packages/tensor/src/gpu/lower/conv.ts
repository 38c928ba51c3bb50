import type { ConvParams } from "../../primitives/conv";
import { contiguousStrides, sizeOf } from "../../shape";
import type { Launch } from "../source/kernel-builder";
import type { GpuResult, GpuView } from "../source/view";
import {
  type ConvAxis,
  convAxes,
  digitsOfAxis,
  isInside,
  type PhasedAxis,
  phasedAxis,
  reach,
  tapOf,
} from "./conv-axis";
import type { GpuLowering, Task } from "./lowering";
import { type Digit, productLaunches, type ResultAxis, type Source } from "./product";
import { spreadLaunch } from "./spread";

/** An operand as the product reads it: steps along the first two axes, and along each spatial axis. */
interface Operand extends Source {
  readonly outer: readonly [number, number];
  readonly axes: readonly number[];
}

/** The kernel, whose spatial axes have a step to the next phase and to the next tap. */
interface Taps extends Source {
  readonly outer: readonly [number, number];
  readonly axes: readonly { readonly phase: number; readonly tap: number }[];
}

/**
 * Convolutions [N, C, …s] * [O, C/groups, …k] → [N, O, …o], in any dimension, with the gradients of their operands.
 *
 * The input is copied with its padding where it has some, so that the inner loops check no bounds; what remains
 * is a sum of products whose places are linear in all indices.
 */
export const convLowering: GpuLowering<ConvParams> = (task) => {
  const [x, w] = task.inputs as readonly [GpuView, GpuView];
  const y = task.outputs[0] as GpuResult;
  const p = task.params;
  if (y.dtype !== "f32") return undefined;
  const launches: Launch[] = [];
  const axes = convAxes(x, w, y.shape.slice(2), p).map(phasedAxis);
  const empty = sizeOf(x.shape) === 0 || sizeOf(w.shape) === 0 || sizeOf(y.shape) === 0;
  const input = empty ? stay(x, axes) : padded(task, x, axes, launches);
  const taps = empty ? keep(w, axes) : phased(task, w, axes, launches);
  const groups = p.groups * p.batchGroups;
  const perGroup = (y.shape[1] as number) / groups;
  const channels = w.shape[1] as number;
  const [nStep, cStep] = input.outer;
  const [oStep, kStep] = taps.outer;
  const examples: Digit = { length: y.shape[0] as number, x: nStep, w: 0 };
  // Batch groups lie outside of channel groups, in the batch as in the output channels.
  const batchGroup: Digit = {
    length: p.batchGroups,
    x: examples.length * nStep,
    w: perGroup * p.groups * oStep,
  };
  const group: Digit = { length: p.groups, x: channels * cStep, w: perGroup * oStep };
  const rows: Digit = { length: perGroup, x: 0, w: oStep };
  const spatial = axes.map((a, i) =>
    digitsOfAxis(a, input.axes[i] as number, taps.axes[i] as Taps["axes"][number]),
  );
  // Without elements of an operand all sums are empty, whatever the padding.
  const sums: Digit[] = [
    { length: empty ? 0 : channels, x: cStep, w: kStep },
    ...spatial.map((s) => s.sum),
  ];
  const results: ResultAxis[] = [
    { length: examples.length, digits: [examples] },
    { length: y.shape[1] as number, digits: [batchGroup, group, rows] },
    ...spatial.map(({ digits }, i) => ({
      length: (axes[i] as PhasedAxis).axis.output,
      digits,
    })),
  ];
  const base = { x: input, w: taps, axes: results, rows, sums };
  const last = spatial.at(-1)?.digits[0] ?? examples;
  // Where the last axis is short, as in the gradient of a kernel of one tap, blocks run over examples.
  const products = [last, examples].map((columns) => ({ ...base, columns }));
  return [...launches, ...productLaunches(products, y.slot, task.target, task.temporary)];
};

const stay = (x: GpuView, axes: readonly PhasedAxis[]): Operand => ({
  slot: x.slot,
  offset: axes.reduce((at, a) => at + a.first * a.axis.xStep, x.offset),
  outer: [x.strides[0] as number, x.strides[1] as number],
  axes: axes.map((a) => a.axis.xStep),
});

/** A view with the joined spatial axes. */
const withAxes = (
  v: GpuView,
  axes: readonly PhasedAxis[],
  part: (a: ConvAxis) => readonly [length: number, step: number],
): GpuView => ({
  ...v,
  shape: [...v.shape.slice(0, 2), ...axes.map((a) => part(a.axis)[0])],
  strides: [...v.strides.slice(0, 2), ...axes.map((a) => part(a.axis)[1])],
});

/** The input as it is, or a copy with zeros around and between its elements. */
function padded(task: Task, x: GpuView, axes: readonly PhasedAxis[], launches: Launch[]): Operand {
  if (axes.every(isInside)) return stay(x, axes);
  const reaches = axes.map(reach);
  const lengths = [...x.shape.slice(0, 2), ...reaches.map(([low, high]) => high - low + 1)];
  const slot = task.temporary("f32", sizeOf(lengths));
  const spread = {
    source: withAxes(x, axes, (a) => [a.input, a.xStep]),
    lengths,
    axes: lengths.map((_, digit) => ({
      factors: [{ digit, factor: 1 }],
      constant: reaches[digit - 2]?.[0] ?? 0,
      divisor: axes[digit - 2]?.holes ?? 1,
    })),
  };
  launches.push(spreadLaunch(spread, task.target, slot));
  const [n = 0, c = 0, ...steps] = contiguousStrides(lengths);
  return { slot, offset: 0, outer: [n, c], axes: steps };
}

const keep = (w: GpuView, axes: readonly PhasedAxis[]): Taps => ({
  slot: w.slot,
  offset: w.offset,
  outer: [w.strides[0] as number, w.strides[1] as number],
  axes: axes.map((a) => ({ phase: 0, tap: a.axis.wStep })),
});

/** The kernel as it is, or sorted by the phases of the output that its taps meet, with zeros where there is none. */
function phased(task: Task, w: GpuView, axes: readonly PhasedAxis[], launches: Launch[]): Taps {
  if (axes.every((a) => a.phases === 1)) return keep(w, axes);
  const lengths = [...w.shape.slice(0, 2), ...axes.flatMap((a) => [a.phases, a.window])];
  const slot = task.temporary("f32", sizeOf(lengths));
  const outer = [0, 1].map((digit) => ({
    factors: [{ digit, factor: 1 }],
    constant: 0,
    divisor: 1,
  }));
  const spread = {
    source: withAxes(w, axes, (a) => [a.window, a.wStep]),
    lengths,
    axes: [...outer, ...axes.map((a, i) => tapOf(a, 2 + 2 * i))],
  };
  launches.push(spreadLaunch(spread, task.target, slot));
  const [o = 0, c = 0, ...steps] = contiguousStrides(lengths);
  return {
    slot,
    offset: 0,
    outer: [o, c],
    axes: axes.map((_, i) => ({ phase: steps[2 * i] as number, tap: steps[2 * i + 1] as number })),
  };
}
