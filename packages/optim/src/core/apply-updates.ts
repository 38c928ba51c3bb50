import type { Tensor } from "@x/tensor";
import { checkLeaf, zipTrees } from "./tree";

/**
 * Parameters plus updates; where an update is `null` the parameter stays.
 *
 * @param params - tree of tensors
 * @param updates - in the same structure, as `update` returns them
 * @returns new parameters in the parameters' dtypes
 * @throws ArgumentError for another structure, ShapeError for other shapes; both name the path
 * @example
 * applyUpdates({ w: tensor([1, 2]) }, { w: tensor([-0.5, 0]) }) // { w: [0.5, 2] }
 */
export function applyUpdates<P>(params: P, updates: P): P {
  const [moved] = zipTrees("applyUpdates", { updates, params }, 1, {
    leaf([update, param], path) {
      const [u, p] = [update as Tensor, param as Tensor];
      checkLeaf("applyUpdates", path, u, p);
      return [p.add(u.dtype === p.dtype ? u : u.cast(p.dtype))];
    },
    absent: ([param]) => [param],
  });
  return moved as P;
}
