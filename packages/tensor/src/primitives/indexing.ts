import type { Aval, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import type { Shape } from "../shape";
import type { Tensor } from "../tensor";
import { batchToFront, moveAxis } from "./batching";
import { constantLike } from "./constants";
import { and, cast, ge, lt, select } from "./elementwise";
import { broadcastInDim } from "./movement";
import type { PoolParams } from "./pool";

/** What is known of indices that a pooling found: each lies in the window of its output. */
export interface IndexWindows extends PoolParams {
  /** Lengths of the axes that the indices count, in C order; the indices' own axis counts the windows. */
  readonly input: Shape;
}

interface GatherParams {
  /** Leading axes that x and the indices share. */
  readonly batchDims: number;
  /** Axis of x that the indices point into, ≥ batchDims. */
  readonly axis: number;
  /** For devices that would have to search all indices: only for one axis of indices into the last axis of x. */
  readonly windows?: IndexWindows | undefined;
}

const gatherPrimitive: Primitive<GatherParams> = {
  name: "gather",
  shape: ([x, index], { batchDims, axis }) => {
    const { shape, dtype } = x as Aval;
    const rest = (index as Aval).shape.slice(batchDims);
    return [{ shape: [...shape.slice(0, axis), ...rest, ...shape.slice(axis + 1)], dtype }];
  },
  jvp: ([x, index], [t], { batchDims, axis, windows }) => ({
    primals: [gather(x as Tensor, index as Tensor, batchDims, axis, windows)],
    tangents: [t == null ? null : gather(t, index as Tensor, batchDims, axis, windows)],
  }),
  transpose: ([ct], [x, index], { batchDims, axis, windows }) => [
    ct == null
      ? null
      : scatterAdd(
          ct,
          index as Tensor,
          batchDims,
          axis,
          (x as Aval).shape[axis] as number,
          windows,
        ),
    null,
  ],
  batch: ([x, index], [ax, ai], size, { batchDims, axis, windows }) => {
    if (ai == null) {
      // The batch of x joins the axes before the indexed one, behind the shared ones.
      const moved = moveAxis(x as Tensor, ax as number, batchDims);
      const out = gather(moved, index as Tensor, batchDims, axis + 1, windows);
      return { outputs: [out], axes: [batchDims] };
    }
    if (ax == null && batchDims === 0) {
      const moved = moveAxis(index as Tensor, ai, 0);
      return { outputs: [gather(x as Tensor, moved, 0, axis)], axes: [axis] };
    }
    const [values, indices] = [x, index].map((t, i) =>
      batchToFront(t as Tensor, [ax, ai][i] ?? null, size),
    );
    return {
      outputs: [gather(values as Tensor, indices as Tensor, batchDims + 1, axis + 1, windows)],
      axes: [0],
    };
  },
};

/** x [B…, pre…, n, post…] at indices [B…, I…] of axis `axis`: [B…, pre…, I…, post…]. */
export const gather = (
  x: Tensor,
  index: Tensor,
  batchDims: number,
  axis: number,
  windows?: IndexWindows,
): Tensor => bind1(gatherPrimitive, [x, index], { batchDims, axis, windows });

export interface ScatterParams extends GatherParams {
  readonly size: number;
}

const scatterAddPrimitive: Primitive<ScatterParams> = {
  name: "scatterAdd",
  shape: ([updates, index], { batchDims, axis, size }) => {
    const { shape, dtype } = updates as Aval;
    const span = (index as Aval).shape.length - batchDims;
    return [{ shape: [...shape.slice(0, axis), size, ...shape.slice(axis + span)], dtype }];
  },
  jvp: ([updates, index], [t], { batchDims, axis, size, windows }) => ({
    primals: [scatterAdd(updates as Tensor, index as Tensor, batchDims, axis, size, windows)],
    tangents: [t == null ? null : scatterAdd(t, index as Tensor, batchDims, axis, size, windows)],
  }),
  transpose: ([ct], [updates, index], params) => [
    ct == null || !isUnknown(updates!) ? null : gatherInside(ct, index as Tensor, updates, params),
    null,
  ],
  batch: ([updates, index], [au, ai], size, p) => {
    if (ai == null) {
      const moved = moveAxis(updates as Tensor, au as number, p.batchDims);
      return {
        outputs: [scatterAdd(moved, index as Tensor, p.batchDims, p.axis + 1, p.size, p.windows)],
        axes: [p.batchDims],
      };
    }
    const u = batchToFront(updates as Tensor, au ?? null, size);
    const i = batchToFront(index as Tensor, ai, size);
    const out = scatterAdd(u, i, p.batchDims + 1, p.axis + 1, p.size, p.windows);
    return { outputs: [out], axes: [0] };
  },
};

/** Cotangent of the updates: gathered where the index is in range, 0 where the update was dropped. */
function gatherInside(ct: Tensor, index: Tensor, updates: Aval, params: ScatterParams): Tensor {
  const { batchDims, axis, size, windows } = params;
  const place = cast(index, "i32");
  const inside = and(ge(place, constantLike(place, 0)), lt(place, constantLike(place, size)));
  const axes = index.shape.map((_, i) => (i < batchDims ? i : axis + i - batchDims));
  const mask = broadcastInDim(inside, updates.shape, axes);
  const taken = gather(ct, index, batchDims, axis, windows);
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
  windows?: IndexWindows,
): Tensor => bind1(scatterAddPrimitive, [updates, index], { batchDims, axis, size, windows });
