import { ArgumentError, arange, random, stopGradient, type Tensor, take, where } from "@x/tensor";
import { checkSize, checkTensor, valuesOf } from "./internal/check";
import type { Layer } from "./types";

/** Parameters of {@link embedding}. */
export interface EmbeddingParams {
  /** [count, features]. */
  readonly weight: Tensor;
}

/** Options of {@link embedding}. */
export interface EmbeddingOptions {
  /** Index whose row begins at zero and gets no gradient; default none. */
  readonly paddingIdx?: number;
}

/**
 * A table of vectors looked up by index.
 *
 * Rows begin standard normal. Indices whose values can be read must be in range; inside `jit` and `vmap` and on a GPU,
 * negative ones count from the end, and what is still out of range stands for the nearest row.
 *
 * @param count - number of rows
 * @param features - length of a row
 * @returns a layer from integers of shape [...] to [..., features]
 * @throws ArgumentError when an index is not 0 … count − 1, naming it and its position
 * @example
 * const layer = embedding(10, 4);
 * layer.apply(layer.init(random.key(0)), tensor([[1, 2, 3]], { dtype: "i32" })).shape // [1, 3, 4]
 */
export function embedding(
  count: number,
  features: number,
  options: EmbeddingOptions = {},
): Layer<EmbeddingParams> {
  const { paddingIdx } = options;
  checkSize("embedding", "count", count);
  checkSize("embedding", "features", features);
  if (
    paddingIdx !== undefined &&
    !(Number.isInteger(paddingIdx) && paddingIdx >= 0 && paddingIdx < count)
  ) {
    throw new ArgumentError(
      `embedding: expected paddingIdx from 0 to ${count - 1}; got ${paddingIdx}`,
      { paddingIdx, count },
    );
  }
  const isPadding = (): Tensor =>
    arange(count)
      .equal(paddingIdx as number)
      .reshape([count, 1]);
  return {
    dims: { weight: { out: 1, in: 0, role: "embedding" } },
    init: (key, initOptions = {}) => {
      const { dtype = "f32" } = initOptions;
      const weight = random.normal(key, [count, features], { dtype });
      return { weight: paddingIdx === undefined ? weight : where(isPadding(), 0, weight) };
    },
    apply: ({ weight }, ids) => {
      checkIndices(ids, count);
      const table =
        paddingIdx === undefined ? weight : where(isPadding(), stopGradient(weight), weight);
      return take(table, ids);
    },
  };
}

function checkIndices(ids: Tensor, count: number): void {
  checkTensor("embedding", ids);
  if (!["i32", "u32", "u8"].includes(ids.dtype)) {
    throw new ArgumentError(
      `embedding: expected integer indices; got ${ids.dtype}; cast them to i32`,
      { dtype: ids.dtype },
    );
  }
  const values = valuesOf(ids) ?? [];
  for (let i = 0; i < values.length; i++) {
    const id = values[i] as number;
    if (id >= 0 && id < count) continue;
    throw new ArgumentError(
      `embedding: expected indices from 0 to ${count - 1}; got ${id} at position ${i} of shape [${ids.shape.join(", ")}]`,
      { index: id, position: i, count },
    );
  }
}
