import { bytesOf } from "../../dtype";
import type { ConvParams } from "../../primitives/conv";
import type { View } from "../view";
import { type ConvAxis, convAxis, pointAxis } from "./conv-axis";

/** A convolution cut into chunks; names as in the argument words of the kernels. */
export interface ConvPlan {
  /** Three axes, slowest first. */
  readonly axes: readonly ConvAxis[];
  /** Elements in 32 bytes: how many sums a position holds in one block. */
  readonly lanes: number;
  /** Lanes run over groups of few channels, instead of over the output channels of one group. */
  readonly byGroup: boolean;
  readonly groups: number;
  /** Groups, or vectors of groups, that are worked on one by one. */
  readonly groupVectors: number;
  readonly groupChannels: number;
  readonly groupOutputs: number;
  readonly groupBatch: number;
  /** Blocks of lanes of one group. */
  readonly blocks: number;
  readonly phases: number;
  /** Taps and positions of the largest phase. */
  readonly taps: number;
  readonly positions: number;
  readonly positionsPerChunk: number;
  readonly positionChunks: number;
  readonly blocksPerChunk: number;
  readonly blockChunks: number;
  readonly tapsPerChunk: number;
  readonly tapChunks: number;
  readonly tapsPerPass: number;
  /** Whether the input is copied, with its padding, before it is read. */
  readonly copied: boolean;
  /** Whether the weights are packed once for all chunks. */
  readonly packed: boolean;
}

/** Multiplications of one chunk and lane, about: 50 µs. */
const chunkProducts = 1 << 17;
/** At most so many tap chunks: enough for the threads of most machines, without sums of sums taking over. */
const mostTapChunks = 32;
/** Taps that a tile goes through at once, so that the elements they meet stay in the first-level cache. */
const mostPassTaps = 160;
/** Tiles of sums (4 positions × 1 block) that fit the kernel's scratch memory. */
const mostTiles = 4096;

const multiple = (n: number, of: number): number => Math.ceil(n / of) * of;
const clamp = (n: number, low: number, high: number): number => Math.max(low, Math.min(high, n));
/** `n` in equal parts of at most `most`. */
const evenly = (n: number, most: number): number => Math.ceil(n / Math.ceil(n / most));

/** Chooses the loops of a convolution from its shapes. */
export function planConv(x: View, w: View, out: View, params: ConvParams): ConvPlan {
  const axes = axesOf(x, w, out, params);
  const lanes = 32 / bytesOf(out.dtype);
  const groups = params.groups * params.batchGroups;
  const groupChannels = w.shape[1] as number;
  const groupOutputs = (w.shape[0] as number) / groups;
  const groupBatch = out.shape[0] as number;
  // Few output channels in each of many groups would leave most lanes empty.
  const fill = (n: number): number => n / multiple(n, lanes);
  const byGroup = fill(groups) > 1.5 * fill(groupOutputs);
  const groupVectors = byGroup ? Math.ceil(groups / lanes) : groups;
  const blocks = byGroup ? groupOutputs : Math.ceil(groupOutputs / lanes);
  const product = (f: (axis: ConvAxis) => number): number =>
    axes.reduce((n, axis) => n * f(axis), 1);
  const phases = product((axis) => axis.phases);
  const taps = groupChannels * product((axis) => Math.ceil(axis.window / axis.step));
  const positions = groupBatch * product((axis) => Math.ceil(axis.output / axis.phases));
  const outside = axes.some((a) => a.origin < 0 || a.origin + a.extent > a.input);
  return {
    axes,
    lanes,
    byGroup,
    groups,
    groupVectors,
    groupChannels,
    groupOutputs,
    groupBatch,
    blocks,
    phases,
    taps,
    positions,
    ...cut(taps, positions, blocks, lanes, groupVectors, phases),
    copied: byGroup || outside,
  };
}

/** Cuts the work into chunks: by positions and blocks, or by taps if there are few sums of many products. */
function cut(
  taps: number,
  positions: number,
  blocks: number,
  lanes: number,
  groupVectors: number,
  phases: number,
): Pick<
  ConvPlan,
  | "positionsPerChunk"
  | "positionChunks"
  | "blocksPerChunk"
  | "blockChunks"
  | "tapsPerChunk"
  | "tapChunks"
  | "tapsPerPass"
  | "packed"
> {
  const few = phases === 1 && taps >= 1024 && groupVectors * positions * blocks * lanes <= 1 << 16;
  let blocksPerChunk = evenly(blocks, few ? 256 : 16);
  let positionsPerChunk = 1024;
  if (few) {
    blocksPerChunk = Math.min(blocksPerChunk, (4 * mostTiles) / 1024);
    positionsPerChunk = clamp(multiple(positions, 4), 4, 1024);
  } else {
    while (blocksPerChunk > 4 && 32 * blocksPerChunk * taps > 4 * chunkProducts)
      blocksPerChunk = Math.ceil(blocksPerChunk / 2);
    const wanted = clamp(chunkProducts / (blocksPerChunk * Math.max(1, taps)), 32, 1024);
    positionsPerChunk = multiple(evenly(positions, wanted), 4);
  }
  const positionChunks = Math.ceil(positions / positionsPerChunk);
  const blockChunks = Math.ceil(blocks / blocksPerChunk);
  let tapChunks = 1;
  if (few) {
    const products = positions * blocks * groupVectors * taps;
    const others = positionChunks * blockChunks * groupVectors;
    tapChunks = clamp(Math.ceil(products / chunkProducts / others), 1, mostTapChunks);
    tapChunks = Math.min(tapChunks, taps >> 8);
  }
  const tapsPerChunk = Math.ceil(taps / tapChunks);
  return {
    positionsPerChunk,
    positionChunks,
    blocksPerChunk,
    blockChunks,
    tapsPerChunk,
    tapChunks,
    tapsPerPass: taps === 0 ? 1 : evenly(tapsPerChunk, few ? 256 : mostPassTaps),
    packed: positionChunks > 1,
  };
}

function axesOf(x: View, w: View, out: View, p: ConvParams): ConvAxis[] {
  const rank = w.shape.length - 2;
  return [0, 1, 2].map((i) => {
    const axis = i - (3 - rank);
    if (axis < 0) return convAxis(pointAxis);
    return convAxis({
      stride: p.strides[axis] as number,
      dilation: p.rhsDilation[axis] as number,
      holes: p.lhsDilation[axis] as number,
      before: (p.padding[axis] as readonly [number, number])[0],
      window: w.shape[axis + 2] as number,
      input: x.shape[axis + 2] as number,
      output: out.shape[axis + 2] as number,
    });
  });
}
