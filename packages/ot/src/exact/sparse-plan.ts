import { type Tensor, tensor } from "@x/tensor";

/** A transport plan of n×m entries, most of them zero: entry (`rows[k]`, `columns[k]`) is `values[k]`. */
export interface SparsePlan {
  /** [n, m]. */
  readonly shape: readonly [number, number];
  /** Row numbers, ascending. */
  readonly rows: Int32Array;
  /** Column numbers; ascending within a row. */
  readonly columns: Int32Array;
  /** Positive masses. */
  readonly values: Float64Array;
  /** The plan as an f64 tensor, shape [n, m]. */
  toDense(): Tensor;
}

/** A plan from entries that are in order already. */
export function sparsePlan(
  shape: readonly [number, number],
  rows: Int32Array,
  columns: Int32Array,
  values: Float64Array,
): SparsePlan {
  return {
    shape,
    rows,
    columns,
    values,
    toDense() {
      const dense = new Float64Array(shape[0] * shape[1]);
      values.forEach((value, k) => {
        dense[(rows[k] as number) * shape[1] + (columns[k] as number)] = value;
      });
      return tensor(dense, { shape, copy: false });
    },
  };
}
