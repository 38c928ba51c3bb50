import type { Tensor, TensorLike } from "../tensor";
import { truePositions } from "./index-values";

/**
 * Indices of the true (non-zero) elements, one i32 tensor for each axis.
 *
 * @throws TraceError while the value is being traced, as the result's length depends on it
 */
export const nonZero = (x: TensorLike): Tensor[] => truePositions("nonZero", x);
