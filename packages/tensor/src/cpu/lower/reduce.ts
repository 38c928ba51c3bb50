import { bytesOf, type DType } from "../../dtype";
import { sizeOf } from "../../shape";
import { ArgumentBlock, type Launch, type Lowering } from "../launch";
import type { View } from "../view";
import { collapse } from "./axes";
import { laneBits } from "./map-builder";
import { costOfProgram, encode } from "./map-encode";
import { fuse } from "./map-fuse";
import { castRegister } from "./map-operations";
import { laneWidth, type MapProgram, registerTypes } from "./map-program";
import { planScratch } from "./map-scratch";
import {
  joinInterval,
  joinOp,
  kindFor,
  laneCodes,
  lanesFor,
  neutralElement,
  type ReduceKind,
  reduceKinds,
} from "./reduce-kind";
import { orderAxes, planReduction, type ReductionPlan } from "./reduce-plan";
import { typeCodes } from "./rows";

/** Parameters of the reduction primitive. */
export interface ReduceParams {
  /** Computes the elements; one output register. */
  readonly program: MapProgram;
  readonly kind: ReduceKind;
  readonly domain: readonly number[];
  /** Axes of the domain that are reduced. */
  readonly axes: readonly number[];
}

/** Blocks that a segment of columns may have: rows are read from end to end where that is possible. */
const segmentBlocks = 4;

/** Results that one chunk of the second launch joins, times the parts of each. */
const joinsPerChunk = 16384;

const planOf = (inputs: readonly View[], { program, domain, axes }: ReduceParams): ReductionPlan =>
  planReduction(orderAxes(inputs, domain, axes), domain, program.code.length);

/** What both launches of a reduction know of the elements. */
interface Joining {
  readonly kind: ReduceKind;
  readonly lanes: DType;
  readonly width: 4 | 8;
  readonly out: View;
}

/**
 * Reduces what a fused program computes over some axes of its domain.
 *
 * Float sums: at most 64 elements are summed one after the other in the program's dtype, everything beyond
 * in f64, so that the error does not grow with the length. Sums and products of integers wrap at 32 bits;
 * NaN wins in max and min. Without elements: sum 0, prod 1, any false, all true, max and min the least and
 * the greatest value of the dtype.
 */
export const reduceLowering: Lowering<ReduceParams> = {
  scratch(inputs, _, params) {
    const { outers, columns, parts } = planOf(inputs, params);
    return parts > 1 ? outers * columns * parts * 8 : 0;
  },
  launch(inputs, outputs, params, scratch) {
    const out = outputs[0] as View;
    if (sizeOf(out.shape) === 0) return [];
    const { program } = params;
    const cuts = planOf(inputs, params);
    const type = registerTypes(program)[program.outputs[0] as number] as DType;
    const kind = kindFor(params.kind, type);
    const width = laneWidth(program, inputs, [{ ...out, dtype: type }]);
    const joining: Joining = { kind, lanes: lanesFor(kind, width, type), width, out };
    const first = reduceParts(inputs, params, cuts, type, joining, scratch);
    return cuts.parts === 1 ? [first] : [first, joinParts(cuts, joining, scratch)];
  },
  flops: (_, __, { program, domain }) => (program.code.length + 1) * sizeOf(domain),
};

/** Computes the elements and reduces each part of them. */
function reduceParts(
  inputs: readonly View[],
  { program, domain }: ReduceParams,
  cuts: ReductionPlan,
  type: DType,
  { kind, lanes, width, out }: Joining,
  scratch: number,
): Launch {
  const { outers, length, columns, parts, partLength } = cuts;
  const axes = collapse(
    [...cuts.outer, ...cuts.reduced, ...cuts.inner].map((axis) => ({
      size: domain[axis] as number,
      strides: inputs.map((v) => (v.strides[axis] as number) * bytesOf(v.dtype)),
    })),
  );
  const fused = fuse(program, width, axes, inputs, []);
  const { builder, results } = fused;
  const register = builder.block(castRegister(builder, results[0] as number, type, lanes));
  const byColumns = cuts.inner.length > 0;
  const extra = byColumns ? [width, width * segmentBlocks, 8 * segmentBlocks] : [width];
  const plan = planScratch(fused, [register], extra);
  const [spare = 0, accumulators = 0, totals = 0] = plan.extra;
  const { segment, rows, units, perChunk } = cutUnits(cuts, plan.block, kind);
  const identity = neutralElement(kind, lanes);
  const words = new ArgumentBlock()
    .i32(reduceKinds.indexOf(kind), laneCodes[lanes])
    .i32(parts > 1 ? scratch : out.pointer, typeCodes[parts > 1 ? "f64" : out.dtype])
    .i32(register * 4, length, parts, partLength, units, perChunk, rows)
    .i32(columns, segment, joinOp(kind, lanes), accumulators, spare, totals, joinInterval(kind))
    .i32(...laneBits(width, lanes, identity))
    .f64(identity).words;
  const elements = outers * length * columns;
  return {
    kernel: byColumns ? "reduce_columns" : "reduce_rows",
    args: encode(fused, plan, elements, 0, words),
    chunks: Math.ceil(units / perChunk),
    nanoseconds: elements * (costOfProgram(fused) + 0.1) + units * 30 + 300,
  };
}

/** Cuts the work into units: parts of rows, groups of short rows, or segments of columns. */
function cutUnits(
  { inner, outers, length, columns, parts, partLength, chunk }: ReductionPlan,
  block: number,
  kind: ReduceKind,
): { segment: number; rows: number; units: number; perChunk: number } {
  const count = (unit: number, units: number) => ({
    units,
    perChunk: Math.max(1, Math.round(chunk / Math.max(1, unit))),
  });
  if (inner.length === 0) {
    const fitting = Math.floor(block / Math.max(1, length));
    const rows = Math.max(1, parts === 1 && length > 0 ? Math.min(fitting, outers) : 1);
    if (rows === 1) return { segment: 1, rows, ...count(partLength, outers * parts) };
    return { segment: 1, rows, ...count(rows * length, Math.ceil(outers / rows)) };
  }
  const segments = Math.ceil(columns / (block * segmentBlocks));
  const segment = Math.min(columns, Math.ceil(columns / segments / 16) * 16);
  // A power of two, so that the rows of a block can be joined half to half.
  const fitting = kind === "prod" ? 1 : Math.min(Math.floor(block / segment), length);
  const rows = 2 ** Math.floor(Math.log2(Math.max(1, fitting)));
  const units = outers * parts * Math.ceil(columns / segment);
  return { segment, rows, ...count(partLength * segment, units) };
}

/** Joins the results of the parts. */
function joinParts(
  { inner, outers, columns, parts }: ReductionPlan,
  { kind, lanes, out }: Joining,
  scratch: number,
): Launch {
  const results = outers * columns;
  const perChunk = Math.max(1, Math.ceil(joinsPerChunk / parts));
  const [next, nextPart] = inner.length > 0 ? [8, results * 8] : [parts * 8, 8];
  return {
    kernel: "reduce_combine",
    args: new ArgumentBlock()
      .i32(scratch, out.pointer, typeCodes[out.dtype])
      .i32(reduceKinds.indexOf(kind), laneCodes[lanes])
      .i32(results, perChunk, parts, next, nextPart)
      .f64(neutralElement(kind, lanes)).words,
    chunks: Math.ceil(results / perChunk),
    nanoseconds: results * parts * 2,
  };
}
