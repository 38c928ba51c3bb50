import { wrap } from "../creation";
import { isTensor, type Tensor } from "../tensor";
import type { RawTensor } from "./raw";
import { refuse } from "./refuse";

/** A tensor over an array that a reader has just made; nothing is copied. */
export const toTensor = (raw: RawTensor): Tensor => wrap(raw.data, raw.shape, raw.dtype);

/** Tensors by name, in an object without a prototype, so that a file's names cannot reach one. */
export function toTensors(arrays: ReadonlyMap<string, RawTensor>): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = Object.create(null);
  for (const [name, raw] of arrays) tensors[name] = toTensor(raw);
  return tensors;
}

/** The elements of a tensor, row-major, for a writer. */
export function fromTensor(writer: string, value: Tensor, field = "argument"): RawTensor {
  if (!isTensor(value)) {
    refuse({ reader: writer, field, expected: "a tensor", came: typeof value });
  }
  return { dtype: value.dtype, shape: value.shape, data: value.dataSync() };
}

/** The elements of tensors by name, for a writer. */
export function fromTensors(
  writer: string,
  tensors: Readonly<Record<string, Tensor>>,
): Map<string, RawTensor> {
  const arrays = new Map<string, RawTensor>();
  for (const [name, value] of Object.entries(tensors)) {
    arrays.set(name, fromTensor(writer, value, `tensor ${JSON.stringify(name)}`));
  }
  return arrays;
}
