import { allocate, type TypedArray } from "../dtype";
import { ArgumentError, TraceError } from "../errors";
import { isContiguous, sizeOf } from "../shape";
import type { Concrete, Tensor } from "../tensor";
import type { RemoteBlock } from "./device";
import type { Storage } from "./storage";
import { leaked, type Tracer } from "./trace";

/** The elements behind a storage; resident ones are copied out. */
export function storageArray(storage: Storage, operation: string): TypedArray {
  if (storage.donatedTo !== undefined) {
    throw new ArgumentError(
      `${operation}: this tensor was donated to ${storage.donatedTo}; use the function's result, or call it without donate`,
      { operation },
    );
  }
  storage.remote?.refuse(operation);
  return storage.array ?? (storage.block as NonNullable<Storage["block"]>).read();
}

/** A copy of the elements of a strided window in C order. */
export function readConcrete(
  shape: readonly number[],
  concrete: Concrete,
  operation: string,
): TypedArray {
  return readWindow(shape, concrete, storageArray(concrete.storage, operation));
}

/** A copy of the elements of a strided window on an array in C order. */
function readWindow(
  shape: readonly number[],
  { storage, offset, strides }: Concrete,
  source: TypedArray,
): TypedArray {
  const size = sizeOf(shape);
  if (isContiguous(shape, strides)) return source.slice(offset, offset + size) as TypedArray;
  const out = allocate(storage.dtype, size);
  if (size === 0) return out;
  const last = shape.length - 1;
  const inner = shape[last] as number;
  const step = strides[last] as number;
  const index = new Array<number>(last).fill(0);
  let from = offset;
  for (let to = 0; to < size; ) {
    for (let j = 0, at = from; j < inner; j++, at += step) out[to++] = source[at] as number;
    for (let axis = last - 1; axis >= 0; axis--) {
      from += strides[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      from -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}

/** {@link readElements} for a tensor on another device. */
export async function readRemote({ shape, concrete }: Tensor): Promise<TypedArray> {
  const { storage } = concrete as Concrete;
  // Donated storage is refused in the same words everywhere.
  if (storage.donatedTo !== undefined) storageArray(storage, "data");
  const elements = await (storage.remote as RemoteBlock).read();
  return readWindow(shape, concrete as Concrete, elements);
}

const insteadOf = {
  graph:
    "inside jit (or a scan, cond or whileLoop body) there are no values yet: use where, cond, scan or whileLoop instead of a branch, and return what you want to look at",
  batch:
    "inside vmap it stands for a whole batch: use where or cond instead of a branch, and return what you want to look at",
  linear: "it is a tangent, which has no value while it is recorded",
};

/**
 * The elements of a tensor in C order.
 *
 * Inside `grad` and `jvp` outside of `jit`, values exist and can be read.
 *
 * @throws TraceError when the value is only being traced
 */
export function readElements(x: Tensor, operation: string): TypedArray {
  let t = x;
  while (t.tracer !== undefined) {
    const tracer = t.tracer as Tracer & { readonly primal?: Tensor };
    const { kind, active } = tracer.trace;
    if (!active) throw leaked(operation, tracer.trace);
    if (tracer.primal === undefined) {
      const reason = kind === "graph" || kind === "batch" ? insteadOf[kind] : insteadOf.linear;
      throw new TraceError(
        `${operation}: expected a value; got a tensor of shape [${x.shape.join(", ")}] that is being traced; ${reason}`,
        { operation, shape: x.shape },
      );
    }
    t = tracer.primal;
  }
  return readConcrete(t.shape, t.concrete as Concrete, operation);
}

/** The value behind transformations, if there is one. */
export function primalOf(x: Tensor): Tensor | undefined {
  let t: Tensor | undefined = x;
  while (t?.tracer !== undefined) t = (t.tracer as Tracer & { readonly primal?: Tensor }).primal;
  return t;
}

/** True when a tensor has elements, on whichever device. */
export const isReadable = (x: Tensor): boolean => primalOf(x) !== undefined;

/** True when the elements of a tensor can be read at once: they are in the CPU's memory. */
export function isAtHand(x: Tensor): boolean {
  const t = primalOf(x);
  return t !== undefined && t.concrete?.storage.remote === undefined;
}
