import type { Aval, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import type { Tensor } from "../tensor";
import { batchToFront, moveAxis } from "./batching";
import { constantLike } from "./constants";
import { and, cast, ge, lt, select } from "./elementwise";
import { broadcastInDim } from "./movement";

interface GatherParams {
  /** Leading axes that x and the indices share. */
  readonly batchDims: number;
  /** Axis of x that the indices point into, ≥ batchDims. */
  readonly axis: number;
}

const gatherPrimitive: Primitive<GatherParams> = {
  name: "gather",
  shape: ([x, index], { batchDims, axis }) => {
    const { shape, dtype } = x as Aval;
    const rest = (index as Aval).shape.slice(batchDims);
    return [{ shape: [...shape.slice(0, axis), ...rest, ...shape.slice(axis + 1)], dtype }];
  },
  jvp: ([x, index], [t], { batchDims, axis }) => ({
    primals: [gather(x as Tensor, index as Tensor, batchDims, axis)],
    tangents: [t == null ? null : gather(t, index as Tensor, batchDims, axis)],
  }),
  transpose: ([ct], [x, index], { batchDims, axis }) => [
    ct == null
      ? null
      : scatterAdd(ct, index as Tensor, batchDims, axis, (x as Aval).shape[axis] as number),
    null,
  ],
  batch: ([x, index], [ax, ai], size, { batchDims, axis }) => {
    if (ai == null) {
      // The batch of x joins the axes before the indexed one, behind the shared ones.
      const moved = moveAxis(x as Tensor, ax as number, batchDims);
      return { outputs: [gather(moved, index as Tensor, batchDims, axis + 1)], axes: [batchDims] };
    }
    if (ax == null && batchDims === 0) {
      const moved = moveAxis(index as Tensor, ai, 0);
      return { outputs: [gather(x as Tensor, moved, 0, axis)], axes: [axis] };
    }
    const [values, indices] = [x, index].map((t, i) =>
      batchToFront(t as Tensor, [ax, ai][i] ?? null, size),
    );
    return {
      outputs: [gather(values as Tensor, indices as Tensor, batchDims + 1, axis + 1)],
      axes: [0],
    };
  },
};

/** x [B…, pre…, n, post…] at indices [B…, I…] of axis `axis`: [B…, pre…, I…, post…]. */
export const gather = (x: Tensor, index: Tensor, batchDims: number, axis: number): Tensor =>
  bind1(gatherPrimitive, [x, index], { batchDims, axis });

interface ScatterParams extends GatherParams {
  readonly size: number;
}

const scatterAddPrimitive: Primitive<ScatterParams> = {
  name: "scatterAdd",
  shape: ([updates, index], { batchDims, axis, size }) => {
    const { shape, dtype } = updates as Aval;
    const span = (index as Aval).shape.length - batchDims;
    return [{ shape: [...shape.slice(0, axis), size, ...shape.slice(axis + span)], dtype }];
  },
  jvp: ([updates, index], [t], { batchDims, axis, size }) => ({
    primals: [scatterAdd(updates as Tensor, index as Tensor, batchDims, axis, size)],
    tangents: [t == null ? null : scatterAdd(t, index as Tensor, batchDims, axis, size)],
  }),
  transpose: ([ct], [updates, index], params) => [
    ct == null || !isUnknown(updates!) ? null : gatherInside(ct, index as Tensor, updates, params),
    null,
  ],
  batch: ([updates, index], [au, ai], size, p) => {
    if (ai == null) {
      const moved = moveAxis(updates as Tensor, au as number, p.batchDims);
      return {
        outputs: [scatterAdd(moved, index as Tensor, p.batchDims, p.axis + 1, p.size)],
        axes: [p.batchDims],
      };
    }
    const u = batchToFront(updates as Tensor, au ?? null, size);
    const i = batchToFront(index as Tensor, ai, size);
    return { outputs: [scatterAdd(u, i, p.batchDims + 1, p.axis + 1, p.size)], axes: [0] };
  },
};

/** Cotangent of the updates: gathered where the index is in range, 0 where the update was dropped. */
function gatherInside(ct: Tensor, index: Tensor, updates: Aval, params: ScatterParams): Tensor {
  const { batchDims, axis, size } = params;
  const place = cast(index, "i32");
  const inside = and(ge(place, constantLike(place, 0)), lt(place, constantLike(place, size)));
  const axes = index.shape.map((_, i) => (i < batchDims ? i : axis + i - batchDims));
  const mask = broadcastInDim(inside, updates.shape, axes);
  const taken = gather(ct, index, batchDims, axis);
  return select(mask, taken, constantLike(taken, 0));
}

/**
 * Zeros [B…, pre…, size, post…] plus `updates` [B…, pre…, I…, post…] at indices [B…, I…]: the transpose of
 * {@link gather}. Indices out of range are dropped.
 */
export const scatterAdd = (
  updates: Tensor,
  index: Tensor,
  batchDims: number,
  axis: number,
  size: number,
): Tensor => bind1(scatterAddPrimitive, [updates, index], { batchDims, axis, size });
