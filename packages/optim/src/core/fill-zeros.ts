import { type Tensor, zerosLike } from "@x/tensor";
import { entriesOf, mapLeaves } from "./tree";

/** Updates in the whole structure of the gradients: zeros where a transformation left out a leaf. */
export function fillZeros<P>(caller: string, grads: P, updates: P): P {
  const given = new Map<string, Tensor>();
  for (const { path, leaf } of entriesOf(caller, updates)) given.set(path.join("."), leaf);
  return mapLeaves(caller, grads, (g, path) => given.get(path.join(".")) ?? zerosLike(g));
}
