import { bytesOf } from "../../dtype";
import type { ConvParams } from "../../primitives/conv";
import { sizeOf } from "../../shape";
import { ArgumentBlock, type Launch, type Lowering } from "../launch";
import type { View } from "../view";
import { type ConvPlan, planConv } from "./conv-plan";
import { lines } from "./rows";

/** Bytes of the three regions of scratch memory: input with padding, packed weights, partial sums. */
interface ConvScratch {
  readonly input: number;
  readonly weights: number;
  readonly sums: number;
}

/** Byte strides of one operand. */
interface OperandSteps {
  readonly group: number;
  readonly batch: number;
  readonly channel: number;
  readonly axes: readonly number[];
}

function scratchOf(plan: ConvPlan): ConvScratch {
  const { axes, groupVectors } = plan;
  const cells = axes.reduce((n, axis) => n * axis.extent, 1);
  const width = plan.byGroup ? groupVectors * plan.lanes : plan.groups;
  const wholes = groupVectors * plan.phases * plan.positionChunks * plan.blockChunks;
  return {
    input: plan.copied
      ? lines(width * plan.groupBatch * plan.groupChannels * cells * (32 / plan.lanes))
      : 0,
    weights: plan.packed ? groupVectors * plan.phases * plan.blocks * plan.taps * 32 : 0,
    sums:
      plan.tapChunks > 1
        ? wholes * plan.tapChunks * plan.positionsPerChunk * plan.blocksPerChunk * 32
        : 0,
  };
}

/** Byte strides of a view [batch, channels, …spatial], with the spatial axes in three. */
function stepsOf(view: View, group: number): OperandSteps {
  const size = bytesOf(view.dtype);
  const [batch, channel, ...spatial] = view.strides.map((s) => s * size) as [number, number];
  return {
    group,
    batch,
    channel,
    axes: [...new Array<number>(3 - spatial.length).fill(0), ...(spatial as number[])],
  };
}

/** Strides of the input's copy: [groups][batch][channels][axes][lanes], or [batch][channels][axes] as the input is. */
function copySteps(plan: ConvPlan, params: ConvParams): OperandSteps {
  const size = 32 / plan.lanes;
  const axes = [0, 0, 0];
  let step = plan.byGroup ? 32 : size;
  for (let i = 2; i >= 0; i--) {
    axes[i] = step;
    step *= (plan.axes[i] as (typeof plan.axes)[number]).extent;
  }
  const channel = step;
  const channels = plan.groupChannels * (plan.byGroup ? 1 : params.groups);
  const batch = channel * channels;
  const group =
    plan.byGroup || params.batchGroups > 1 ? batch * plan.groupBatch : channel * plan.groupChannels;
  return { group, batch, channel, axes };
}

/** Copies the input with its padding to `to`. */
function padLaunch(
  plan: ConvPlan,
  x: View,
  from: OperandSteps,
  to: number,
  params: ConvParams,
): Launch[] {
  const { axes, byGroup, lanes, groupVectors } = plan;
  const [slow, middle, fast] = axes as [(typeof axes)[0], (typeof axes)[0], (typeof axes)[0]];
  const batch = byGroup ? plan.groupBatch : plan.groupBatch * params.batchGroups;
  const channels = byGroup ? plan.groupChannels : plan.groupChannels * params.groups;
  const vectors = byGroup ? groupVectors : 1;
  const planes = vectors * batch * channels * slow.extent;
  const width = byGroup ? lanes : 1;
  if (planes * middle.extent * fast.extent === 0) return [];
  const nanoseconds = middle.extent * (5 + fast.extent * width * (byGroup ? 0.5 : 0.3));
  const perChunk = Math.ceil(20_000 / nanoseconds);
  const block = new ArgumentBlock()
    .i32(x.pointer, to, planes, perChunk)
    .i32(width, byGroup ? plan.groups : 1, from.group, from.group * lanes)
    .i32(batch, from.batch, channels, from.channel);
  axes.forEach((axis, i) => {
    block.i32(axis.extent, axis.input, axis.origin, from.axes[i] as number);
  });
  return [
    {
      kernel: `convPad_${x.dtype}`,
      args: block.words,
      chunks: Math.ceil(planes / perChunk),
      nanoseconds: planes * nanoseconds,
    },
  ];
}

/** The argument words that the packing, the main kernel and the reduction share. */
function argumentsOf(
  plan: ConvPlan,
  pointers: readonly number[],
  x: OperandSteps,
  w: OperandSteps,
  out: OperandSteps,
  copied: boolean,
): ArgumentBlock {
  const { byGroup, lanes } = plan;
  const each = byGroup ? lanes : 1;
  // Blocks and lanes run over channels, or lanes over groups and blocks over channels.
  const lane = (steps: OperandSteps, channel: number): number => (byGroup ? steps.group : channel);
  const block = new ArgumentBlock()
    .i32(...pointers)
    .i32(plan.groupVectors, x.group, w.group * each, out.group * each)
    .i32(plan.blocks, w.batch * (byGroup ? 1 : lanes), out.channel * (byGroup ? 1 : lanes))
    .i32(byGroup ? plan.groups : plan.groupOutputs, lane(w, w.batch), lane(out, out.channel))
    .i32(byGroup ? 1 : 0)
    .i32(plan.groupChannels, x.channel, w.channel, plan.groupBatch, x.batch, out.batch)
    .i32(plan.phases, plan.positionChunks, plan.positionsPerChunk)
    .i32(plan.blockChunks, plan.blocksPerChunk)
    .i32(plan.tapChunks, plan.tapsPerChunk, plan.tapsPerPass, plan.taps)
    .i32(tilesPerReduction(plan), blocksPerPacking(plan), 0, 0, 0);
  plan.axes.forEach((axis, i) => {
    block
      .i32(axis.stride, axis.dilation, axis.holes, axis.before, axis.window, axis.output)
      .i32(x.axes[i] as number, w.axes[i] as number, out.axes[i] as number)
      .i32(copied ? axis.origin : 0, axis.phases, axis.step);
  });
  return block;
}

const tilesPerReduction = (plan: ConvPlan): number =>
  Math.max(1, Math.floor((1 << 16) / (plan.blocksPerChunk * 32 * plan.tapChunks)));

const blocksPerPacking = (plan: ConvPlan): number =>
  Math.max(1, Math.floor((1 << 15) / (plan.lanes * Math.max(1, plan.taps))));

/**
 * General convolution.
 *
 * Sums are kept for tiles of 4 output positions × 8 output channels (4 in f64), so any strides
 * of the input will do: it is copied only to give it its padding. Weights are packed so that the
 * lanes of a tap lie together. Where the input is dilated, each phase of the output has its own
 * list of taps, and holes are never multiplied. A gradient of the kernel has few sums of very many
 * products; its taps are cut into chunks whose partial sums are added in a fixed order.
 */
export const convLowering: Lowering<ConvParams> = {
  scratch: ([x, w], [out], params) => {
    if (sizeOf((out as View).shape) === 0) return 0;
    const { input, weights, sums } = scratchOf(planConv(x as View, w as View, out as View, params));
    return input + weights + sums;
  },
  launch: (inputs, outputs, params, scratch) => {
    const [x, w] = inputs as [View, View];
    const [out] = outputs as [View];
    if (sizeOf(out.shape) === 0) return [];
    const plan = planConv(x, w, out, params);
    const room = scratchOf(plan);
    const weights = plan.packed ? scratch + room.input : 0;
    const sums = plan.tapChunks > 1 ? scratch + room.input + room.weights : 0;
    const size = bytesOf(out.dtype);
    const xGroup =
      params.batchGroups > 1
        ? (x.strides[0] as number) * plan.groupBatch
        : (x.strides[1] as number) * plan.groupChannels;
    const xSteps = stepsOf(x, xGroup * size);
    const wSteps = stepsOf(w, (w.strides[0] as number) * plan.groupOutputs * size);
    const outSteps = stepsOf(out, (out.strides[1] as number) * plan.groupOutputs * size);
    const steps = plan.copied ? copySteps(plan, params) : xSteps;
    const pointers = [plan.copied ? scratch : x.pointer, w.pointer, out.pointer, weights, sums];
    const args = argumentsOf(plan, pointers, steps, wSteps, outSteps, plan.copied).words;
    const wholes = plan.groupVectors * plan.phases * plan.positionChunks * plan.blockChunks;
    const launches: Launch[] = plan.copied ? padLaunch(plan, x, xSteps, scratch, params) : [];
    if (plan.packed) {
      const parts = Math.ceil(plan.blocks / blocksPerPacking(plan));
      launches.push({
        kernel: `convPack_${out.dtype}`,
        args,
        chunks: plan.groupVectors * plan.phases * parts,
        nanoseconds: plan.groupVectors * plan.phases * plan.blocks * plan.taps * plan.lanes,
      });
    }
    const tiles = (wholes * plan.positionsPerChunk * plan.blocksPerChunk) / 4;
    launches.push({
      kernel: `conv_${out.dtype}`,
      args,
      chunks: wholes * plan.tapChunks,
      nanoseconds: tiles * (20 + 1.7 * plan.taps),
    });
    if (plan.tapChunks > 1) {
      const pieces = Math.ceil(plan.positionsPerChunk / 4 / tilesPerReduction(plan));
      launches.push({
        kernel: `convReduce_${out.dtype}`,
        args,
        chunks: wholes * pieces,
        nanoseconds: tiles * (20 + 4 * plan.tapChunks),
      });
    }
    return launches;
  },
  flops: ([, w], [out], { lhsDilation }) =>
    (2 * sizeOf((out as View).shape) * sizeOf((w as View).shape.slice(1))) /
    lhsDilation.reduce((n, d) => n * d, 1),
};
