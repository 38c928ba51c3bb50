import { ArgumentError, isTensor, type Tensor, type TensorLike, tensor } from "@x/tensor";
import { valuesOf } from "../internal/check";
import { firstPosition } from "../internal/first-position";

/**
 * Class numbers as i32, checked where their values are known.
 *
 * @throws ArgumentError for floats, and naming the position and value of a label that is no class
 */
export function classLabels(
  operation: string,
  labels: TensorLike,
  classes: number,
  ignoreIndex: number | undefined,
): Tensor {
  const t = isTensor(labels) ? labels : tensor(labels, { dtype: "i32" });
  const values = valuesOf(t);
  if (isTensor(labels) && (t.dtype === "f32" || t.dtype === "f64")) {
    throw new ArgumentError(
      `${operation}: expected integer labels, or probabilities of the logits' shape; got ${t.dtype} of shape [${t.shape.join(", ")}]; cast labels to i32`,
      { operation, dtype: t.dtype, shape: t.shape },
    );
  }
  const at = firstPosition(values, (v) => v !== ignoreIndex && !(v >= 0 && v < classes));
  if (at >= 0) {
    throw new ArgumentError(
      `${operation}: expected labels from 0 to ${classes - 1}; got ${values?.[at]} at position ${at}; set ignoreIndex to leave labels out`,
      { operation, position: at, value: values?.[at] },
    );
  }
  return t.dtype === "i32" ? t : t.cast("i32");
}
