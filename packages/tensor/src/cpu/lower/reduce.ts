import { bytesOf, type DType, isFloat } from "../../dtype";
import { sizeOf } from "../../shape";
import { ArgumentBlock, type Launch, type Lowering } from "../launch";
import type { View } from "../view";
import { collapse } from "./axes";
import { laneBits } from "./map-builder";
import { costOfProgram, encode } from "./map-encode";
import { fuse } from "./map-fuse";
import { floatOps, group, integerOps, move } from "./map-opcodes";
import { castRegister } from "./map-operations";
import { laneWidth, type MapProgram, registerTypes } from "./map-program";
import { planScratch } from "./map-scratch";
import { orderAxes, planReduction, type ReductionPlan } from "./reduce-plan";

/** How elements are joined. */
export type ReduceKind = "sum" | "prod" | "max" | "min" | "any" | "all";

/** Parameters of the reduction primitive. */
export interface ReduceParams {
  /** Computes the elements; one output register. */
  readonly program: MapProgram;
  readonly kind: ReduceKind;
  readonly domain: readonly number[];
  /** Axes of the domain that are reduced. */
  readonly axes: readonly number[];
}

const kinds: readonly ReduceKind[] = ["sum", "prod", "max", "min", "any", "all"];
const dtypeCodes: Record<DType, number> = { f32: 0, f64: 1, i32: 2, u32: 3, u8: 4, bool: 5 };
/** What lanes hold, as the kernels count it. */
const laneCodes: Record<DType, number> = { f32: 0, f64: 1, i32: 2, u32: 3, u8: 3, bool: 4 };

/** Blocks of lanes that are summed before their sum goes on in f64. */
const sumInterval = 64;
/** Blocks that a segment of columns may have: rows are read from end to end where that is possible. */
const segmentBlocks = 4;
const forever = 2 ** 31 - 1;

/** The neutral element of a reduction. */
function neutral(kind: ReduceKind, dtype: DType): number {
  if (kind === "sum" || kind === "any") return 0;
  if (kind === "prod" || kind === "all") return 1;
  if (isFloat(dtype)) return kind === "max" ? -Infinity : Infinity;
  if (dtype === "i32") return kind === "max" ? -(2 ** 31) : 2 ** 31 - 1;
  return kind === "max" ? 0 : 2 ** 32 - 1;
}

/** The kernel operation that joins two blocks of lanes. */
function joinOp(kind: ReduceKind, dtype: DType): number {
  if (kind === "any") return move.or;
  if (kind === "all") return move.and;
  const op = kind === "sum" ? "add" : kind === "prod" ? "mul" : kind;
  if (isFloat(dtype)) return (dtype === "f64" ? group.f64 : group.f32) + (floatOps[op] as number);
  return group.integer + (integerOps[op]?.[dtype === "i32" ? 0 : 1] as number);
}

const planOf = (inputs: readonly View[], { program, domain, axes }: ReduceParams): ReductionPlan =>
  planReduction(orderAxes(inputs, domain, axes), domain, program.code.length);

/** max and min of masks are any and all. */
function logical(kind: ReduceKind, type: DType): ReduceKind {
  if (type !== "bool") return kind;
  return kind === "max" ? "any" : kind === "min" ? "all" : kind;
}

/** What the lanes of the result register hold: masks for any and all, numbers otherwise. */
function lanesOf(kind: ReduceKind, width: 4 | 8, type: DType): DType {
  if (kind === "any" || kind === "all") return "bool";
  if (width === 8) return "f64";
  return type === "f64" ? "f32" : type === "bool" ? "i32" : type;
}

/**
 * Reduces what a fused program computes over some axes of its domain.
 *
 * Float sums: lanes are summed over at most 64 elements in the program's dtype, everything beyond in f64, so
 * the error does not grow with the length. Sums and products of integers wrap at 32 bits; NaN wins in max
 * and min. Without elements: sum 0, prod 1, any false, all true, max and min the least and the greatest
 * value of the dtype.
 */
export const reduceLowering: Lowering<ReduceParams> = {
  scratch(inputs, _, params) {
    const { outers, columns, parts } = planOf(inputs, params);
    return parts > 1 ? outers * columns * parts * 8 : 0;
  },
  launch(inputs, outputs, params, scratch) {
    const out = outputs[0] as View;
    const results = sizeOf(out.shape);
    if (results === 0) return [];
    const { program, domain } = params;
    const cuts = planOf(inputs, params);
    const type = registerTypes(program)[program.outputs[0] as number] as DType;
    const kind = logical(params.kind, type);
    const width = laneWidth(program, inputs, [{ ...out, dtype: type }]);
    const lanes = lanesOf(kind, width, type);
    const axes = collapse(
      [...cuts.outer, ...cuts.reduced, ...cuts.inner].map((axis) => ({
        size: domain[axis] as number,
        strides: inputs.map((v) => (v.strides[axis] as number) * bytesOf(v.dtype)),
      })),
    );
    const fused = fuse(program, width, axes, inputs, []);
    const { builder } = fused;
    const value = castRegister(builder, fused.results[0] as number, type, lanes);
    const register = builder.block(value);
    const { outers, length, columns, parts, partLength, chunk } = cuts;
    const byColumns = cuts.inner.length > 0;
    const plan = planScratch(
      fused,
      [register],
      byColumns ? [width, width * segmentBlocks, 8 * segmentBlocks] : [width],
    );
    const { block } = plan;
    const segments = byColumns ? Math.ceil(columns / (block * segmentBlocks)) : 1;
    const segment = byColumns ? Math.min(columns, Math.ceil(columns / segments / 16) * 16) : 1;
    const most = Math.floor(block / (byColumns ? segment : Math.max(length, 1)));
    const several = byColumns ? (kind === "prod" ? 1 : length) : parts === 1 ? outers : 1;
    const fitting = length === 0 ? 1 : Math.max(1, Math.min(most, several));
    const rows = byColumns ? 2 ** Math.floor(Math.log2(fitting)) : fitting;
    const grouped = !byColumns && rows > 1;
    const units = grouped
      ? Math.ceil(outers / rows)
      : outers * parts * (byColumns ? Math.ceil(columns / segment) : 1);
    const unitSize = grouped ? rows * length : partLength * segment;
    const perChunk = Math.max(1, Math.round(chunk / Math.max(1, unitSize)));
    const code = kinds.indexOf(kind);
    const lane = width === 8 && lanes !== "bool" ? laneCodes.f64 : laneCodes[lanes];
    const identity = neutral(kind, lanes);
    const target = parts > 1 ? scratch : out.pointer;
    const interval = kind === "sum" ? sumInterval : kind === "prod" ? 1 : forever;
    const [low, high] = laneBits(width, lanes, identity);
    const [spare = 0, accumulator = 0, totals = 0] = plan.extra;
    const words = new ArgumentBlock()
      .i32(code, lane, target, parts > 1 ? dtypeCodes.f64 : dtypeCodes[out.dtype], register * 4)
      .i32(length, parts, partLength, units, perChunk, rows)
      .i32(columns, segment, joinOp(kind, lanes), accumulator, spare, totals, interval)
      .i32(low, high)
      .f64(identity).words;
    const elements = outers * length * columns;
    const first: Launch = {
      kernel: byColumns ? "reduce_columns" : "reduce_rows",
      args: encode(fused, plan, elements, 0, words),
      chunks: Math.ceil(units / perChunk),
      nanoseconds: elements * (costOfProgram(fused) + 0.1) + units * 30 + 300,
    };
    if (parts === 1) return [first];
    const itemStep = byColumns ? 8 : parts * 8;
    const partStep = byColumns ? results * 8 : 8;
    const joinChunk = Math.max(1, Math.ceil(16384 / parts));
    const second: Launch = {
      kernel: "reduce_combine",
      args: new ArgumentBlock()
        .i32(scratch, out.pointer, dtypeCodes[out.dtype], code, lane)
        .i32(results, joinChunk, parts, itemStep, partStep)
        .f64(identity).words,
      chunks: Math.ceil(results / joinChunk),
      nanoseconds: results * parts * 2,
    };
    return [first, second];
  },
  flops: (_, __, { program, domain }) => (program.code.length + 1) * sizeOf(domain),
};
