import type { Aval, Primitive } from "../internal/primitive";
import { isElementwise } from "../primitives/elementwise";
import { isReduction, type ReduceParams } from "../primitives/reduction";
import { contiguousStrides } from "../shape";
import type { Lowering } from "./launch";
import { argReduceLowering } from "./lower/arg-reduce";
import { concatLowering } from "./lower/concat";
import { convLowering } from "./lower/conv";
import { copyInto, copyLowering } from "./lower/copy";
import { cumulativeLowering } from "./lower/cumulative";
import { dotLowering } from "./lower/dot";
import { gatherLowering } from "./lower/gather";
import { mapLowering } from "./lower/map";
import type { MapProgram } from "./lower/map-program";
import { padLowering } from "./lower/pad";
import { maxPoolLowering, sumPoolLowering, sumPoolTransposeLowering } from "./lower/pool";
import { randomBitsLowering } from "./lower/random-bits";
import { recurrenceLowering } from "./lower/recurrence";
import { reduceLowering } from "./lower/reduce";
import { scatterAddLowering } from "./lower/scatter-add";
import { searchSortedLowering } from "./lower/search-sorted";
import { argsortLowering, sortLowering } from "./lower/sort";
import { topKLowering } from "./lower/top-k";
import type { View } from "./view";

/** A lowering with the parameters it is to be called with. */
export interface BoundLowering {
  readonly lowering: Lowering<never>;
  readonly params: unknown;
}

/** A reshape that needs a copy: the elements in C order, so the target counts as having the source's shape. */
const reshapeLowering: Lowering<never> = {
  launch: ([x], [y]) => {
    const { shape } = x as View;
    return [copyInto(x as View, { ...(y as View), shape, strides: contiguousStrides(shape) })];
  },
  flops: () => 0,
};

const byName: Readonly<Record<string, Lowering<never>>> = {
  argReduce: argReduceLowering,
  argsort: argsortLowering,
  concat: concatLowering,
  conv: convLowering,
  cumulative: cumulativeLowering,
  dot: dotLowering,
  gather: gatherLowering,
  maxPool: maxPoolLowering,
  pad: padLowering,
  randomBits: randomBitsLowering,
  recurrence: recurrenceLowering,
  reshape: reshapeLowering,
  scatterAdd: scatterAddLowering,
  searchSorted: searchSortedLowering,
  sort: sortLowering,
  sumPool: sumPoolLowering,
  sumPoolTranspose: sumPoolTransposeLowering,
  topK: topKLowering,
};

/** A copy into contiguous memory. */
export const copy: BoundLowering = { lowering: copyLowering, params: {} };

/** The kernels of a fused elementwise program. */
export const mapOf = (program: MapProgram): BoundLowering => ({
  lowering: mapLowering,
  params: { program },
});

/** The kernels of a reduction of the program's result over axes of the domain. */
export const reduceOf = (
  program: MapProgram,
  kind: string,
  domain: readonly number[],
  axes: readonly number[],
): BoundLowering => ({ lowering: reduceLowering, params: { program, kind, domain, axes } });

/** The program that applies one elementwise primitive. */
function single(primitive: Primitive, inputs: readonly Aval[], params: unknown): MapProgram {
  const { op } = primitive as Primitive & { op: MapProgram["code"][number]["op"] };
  const dtype = (op === "select" ? inputs[1] : inputs[0])?.dtype as Aval["dtype"];
  const { to } = params as { to?: Aval["dtype"] };
  return {
    inputs: inputs.map((x) => x.dtype),
    constants: [],
    code: [{ op, dtype, ...(to && { to }), args: inputs.map((_, i) => i) }],
    outputs: [inputs.length],
  };
}

/** How a primitive is computed on the CPU, if by kernels at all. */
export function lowerPrimitive(
  primitive: Primitive,
  inputs: readonly Aval[],
  params: unknown,
): BoundLowering | undefined {
  if (isElementwise(primitive)) return mapOf(single(primitive, inputs, params));
  if (isReduction(primitive)) {
    const [x] = inputs as [Aval];
    const identity = { inputs: [x.dtype], constants: [], code: [], outputs: [0] };
    return reduceOf(identity, primitive.reduction, x.shape, (params as ReduceParams).axes);
  }
  const lowering = byName[primitive.name];
  return lowering && { lowering, params };
}
