import { random, type Shape, ShapeError, type Tensor } from "@x/tensor";
import type { InitOptions } from "../types";
import { checkGain } from "./draw";

/** Options of {@link orthogonal}. */
export interface OrthogonalOptions extends InitOptions {
  /** Factor; default 1. */
  readonly gain?: number | undefined;
}

/**
 * A random weight whose rows (or columns, if it has more rows) are orthogonal and have length `gain`.
 *
 * Kernels [out, in, …k] are orthogonal as matrices [out, in · Πk]. Uniform among such matrices.
 *
 * @param key - u32 [2]
 * @param shape - [out, in, …k]
 * @param options.gain - default 1
 * @throws ShapeError for fewer than two axes
 * @example
 * const w = init.orthogonal(random.key(0), [2, 4]);
 * w.matmul(w.T) // [[1, 0], [0, 1]]
 * @see Saxe, McClelland & Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks"
 */
export function orthogonal(key: Tensor, shape: Shape, options: OrthogonalOptions = {}): Tensor {
  const { gain = 1, dtype = "f32" } = options;
  if (shape.length < 2) {
    throw new ShapeError(
      `init.orthogonal: expected a weight [out, in, …kernel]; got shape [${shape.join(", ")}]`,
      { shape },
    );
  }
  const [rows, ...rest] = shape as [number, ...number[]];
  const columns = rest.reduce((n, d) => n * d, 1);
  const q = random.orthogonal(key, rows, columns, { dtype });
  return q.mul(checkGain("init.orthogonal", gain)).reshape(shape);
}
