import { type Tensor, zerosLike } from "@x/tensor";
import { entriesOf, keyOf, mapLeaves } from "./tree";

/** Updates in the whole structure of the gradients: zeros where a transformation left out a leaf. */
export function fillZeros<P>(caller: string, grads: P, updates: P): P {
  const given = new Map<string, Tensor>();
  for (const { path, leaf } of entriesOf(caller, updates)) given.set(keyOf(path), leaf);
  return mapLeaves(caller, grads, (g, path) => given.get(keyOf(path)) ?? zerosLike(g));
}
