import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind, bind1 } from "../internal/trace";
import { sizeOf } from "../shape";
import type { Tensor } from "../tensor";
import { batchLeading } from "./batching";
import { gather } from "./indexing";
import { reshape } from "./movement";

type None = Record<never, never>;

/** Elements of the last axis at indices of the last axis, row by row. */
export function takeAlongLast(x: Tensor, index: Tensor): Tensor {
  const n = x.shape.at(-1) as number;
  const k = index.shape.at(-1) as number;
  const rows = sizeOf(x.shape.slice(0, -1));
  return reshape(gather(reshape(x, [rows, n]), reshape(index, [rows, k]), 1, 1), index.shape);
}

const sortPrimitive: Primitive<None> = {
  name: "sort",
  shape: ([x]) => [x as Aval],
  jvp: ([x], [t]): JvpResult => {
    if (t == null) return { primals: [sort(x as Tensor)], tangents: [null] };
    const order = argsort(x as Tensor);
    return { primals: [takeAlongLast(x as Tensor, order)], tangents: [takeAlongLast(t, order)] };
  },
  batch: batchLeading(),
};

/** The last axis in ascending order; NaN last; stable. */
export const sort = (x: Tensor): Tensor => bind1(sortPrimitive, [x], {});

const argsortPrimitive: Primitive<None> = {
  name: "argsort",
  shape: ([x]) => [{ shape: (x as Aval).shape, dtype: "i32" }],
  batch: batchLeading(),
};

/** Indices that sort the last axis; stable. */
export const argsort = (x: Tensor): Tensor => bind1(argsortPrimitive, [x], {});

interface TopKParams {
  readonly k: number;
}

const topKPrimitive: Primitive<TopKParams> = {
  name: "topK",
  shape: ([x], { k }) => {
    const { shape, dtype } = x as Aval;
    const out = [...shape.slice(0, -1), k];
    return [
      { shape: out, dtype },
      { shape: out, dtype: "i32" },
    ];
  },
  jvp: ([x], [t], { k }): JvpResult => {
    const [values, index] = topK(x as Tensor, k);
    return {
      primals: [values, index],
      tangents: [t == null ? null : takeAlongLast(t, index), null],
    };
  },
  batch: batchLeading(),
};

/** The k largest of the last axis in descending order, and their indices. */
export const topK = (x: Tensor, k: number): readonly [Tensor, Tensor] =>
  bind(topKPrimitive, [x], { k }) as unknown as readonly [Tensor, Tensor];

interface SearchParams {
  readonly side: "left" | "right";
}

const searchSortedPrimitive: Primitive<SearchParams> = {
  name: "searchSorted",
  shape: ([, queries]) => [{ shape: (queries as Aval).shape, dtype: "i32" }],
  batch: batchLeading(),
};

/** Insertion points of queries [B…, m] into sorted rows [B…, n]. */
export const searchSorted = (sorted: Tensor, queries: Tensor, side: "left" | "right"): Tensor =>
  bind1(searchSortedPrimitive, [sorted, queries], { side });
