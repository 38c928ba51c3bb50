import type { DType } from "../dtype";
import { checkShape, type Shape } from "../shape";
import type { Tensor } from "../tensor";
import { jit } from "../transform/jit";
import { checkKey } from "./key";

/** A sampler's arithmetic: from a key, the shape and dtype of the result and parameters. */
export type Draw = (
  key: Tensor,
  shape: Shape,
  dtype: DType,
  ...parameters: readonly Tensor[]
) => Tensor;

/**
 * A sampler that runs as one compiled program, also when it is called outside of jit: its words never leave
 * the device between steps.
 *
 * The program is made at the first call, as importing the package has no effects.
 */
export function fused(name: string, draw: Draw): Draw {
  let run: ((key: Tensor, shape: string, dtype: string, ...ps: Tensor[]) => Tensor) | undefined;
  return (key, shape, dtype, ...parameters) => {
    checkKey(name, key);
    checkShape(name, shape);
    run ??= jit(
      (k: Tensor, text: string, type: string, ...ps: Tensor[]) =>
        draw(k, text === "" ? [] : text.split(",").map(Number), type as DType, ...ps),
      { static: [1, 2], name },
    );
    return run(key, shape.join(), dtype, ...parameters);
  };
}
