import type { MapProgram } from "../cpu/lower/map-program";
import type { Aval, Primitive } from "../internal/primitive";
import { isElementwise } from "../primitives/elementwise";
import type { ScatterParams } from "../primitives/indexing";
import { isReduction, type ReduceParams } from "../primitives/reduction";
import { argReduceLowering } from "./lower/arg-reduce";
import { convLowering } from "./lower/conv";
import { concatLowering, copyLowering, padLowering } from "./lower/copy";
import { cumulativeLowering, recurrenceLowering } from "./lower/cumulative";
import { deriveKeysLowering } from "./lower/derive-keys";
import { dotLowering } from "./lower/dot";
import { gatherLowering } from "./lower/gather";
import type { GpuLowering } from "./lower/lowering";
import { mapLowering } from "./lower/map";
import { maxPoolTransposeLowering } from "./lower/max-pool-transpose";
import { maxPoolLowering, sumPoolLowering, sumPoolTransposeLowering } from "./lower/pool";
import { randomBitsLowering } from "./lower/random-bits";
import { type ReduceTask, reduceLowering } from "./lower/reduce";
import { scatterAddLowering } from "./lower/scatter-add";
import { searchSortedLowering } from "./lower/search-sorted";
import { argsortLowering, sortLowering, topKLowering } from "./lower/sort";

/** A lowering with the parameters that it is to be called with. */
export interface BoundLowering {
  readonly lowering: GpuLowering<never>;
  readonly params: unknown;
}

/** Lowerings of primitives by name; every other primitive runs on the CPU. */
const byName: Readonly<Record<string, GpuLowering<never>>> = {
  argReduce: argReduceLowering,
  argsort: argsortLowering,
  concat: concatLowering,
  conv: convLowering,
  cumulative: cumulativeLowering,
  deriveKeys: deriveKeysLowering,
  dot: dotLowering,
  gather: gatherLowering,
  maxPool: maxPoolLowering,
  pad: padLowering,
  randomBits: randomBitsLowering,
  recurrence: recurrenceLowering,
  reshape: copyLowering,
  scatterAdd: scatterAddLowering,
  searchSorted: searchSortedLowering,
  sort: sortLowering,
  sumPool: sumPoolLowering,
  sumPoolTranspose: sumPoolTransposeLowering,
  topK: topKLowering,
};

/** The kernels of a fused elementwise program. */
export const mapOf = (program: MapProgram): BoundLowering => ({
  lowering: mapLowering,
  params: { program },
});

/** The kernels of a reduction with the elementwise work before it. */
export const reduceOf = (params: ReduceTask): BoundLowering => ({
  lowering: reduceLowering,
  params,
});

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

/** How a primitive is computed on the device, if at all. */
export function lowerPrimitive(
  primitive: Primitive,
  inputs: readonly Aval[],
  params: unknown,
): BoundLowering | undefined {
  if (isElementwise(primitive)) return mapOf(single(primitive, inputs, params));
  if (isReduction(primitive)) {
    const [x] = inputs as [Aval];
    const program = { inputs: [x.dtype], constants: [], code: [], outputs: [0] };
    const { axes } = params as ReduceParams;
    return reduceOf({ program, kind: primitive.reduction, domain: x.shape, axes });
  }
  const { windows } = params as Partial<ScatterParams>;
  const scatter = primitive.name === "scatterAdd" && windows !== undefined;
  const lowering = scatter ? maxPoolTransposeLowering : byName[primitive.name];
  return lowering && { lowering, params };
}
