import { bytesOf } from "../../dtype";
import { sizeOf } from "../../shape";
import type { Launch, Lowering } from "../launch";
import type { View } from "../view";
import { collapse } from "./axes";
import { costOfProgram, encode } from "./map-encode";
import { fuse } from "./map-fuse";
import { laneWidth, type MapProgram } from "./map-program";
import { planScratch } from "./map-scratch";
import { straighten, straightenedBytes } from "./map-straighten";

/** Parameters of the fused elementwise primitive. */
export interface MapParams {
  readonly program: MapProgram;
}

/** Rough time of one chunk: long enough that handing it out costs nothing beside it. */
const chunkNanoseconds = 50_000;

/**
 * Runs a fused elementwise program over views broadcast to the outputs' shape.
 *
 * An output may share its memory with an input that has the same address, strides and size of elements.
 */
export const mapLowering: Lowering<MapParams> = {
  scratch: (inputs, outputs) => straightenedBytes(inputs, sizeOf((outputs[0] as View).shape)),
  launch(inputs, outputs, { program }, scratch) {
    const { shape } = outputs[0] as View;
    const elements = sizeOf(shape);
    if (elements === 0) return [];
    const { views, launches } = straighten(inputs, elements, scratch);
    const axes = collapse(
      shape.map((size, axis) => ({
        size,
        strides: views.map((v) => (v.strides[axis] as number) * bytesOf(v.dtype)),
      })),
    );
    const fused = fuse(program, laneWidth(program, inputs, outputs), axes, views, outputs);
    const plan = planScratch(fused, []);
    const cost = costOfProgram(fused);
    const blocks = Math.max(1, Math.round(chunkNanoseconds / cost / plan.block));
    const perChunk = blocks * plan.block;
    const launch: Launch = {
      kernel: "map",
      args: encode(fused, plan, elements, perChunk),
      chunks: Math.ceil(elements / perChunk),
      nanoseconds: elements * cost + 300,
    };
    return [...launches, launch];
  },
  flops: (_, outputs, { program }) => program.code.length * sizeOf((outputs[0] as View).shape),
};
