import { ShapeError, type Tensor, tensor } from "@x/tensor";
import type { Values } from "../values";
import { elements, tensorOf } from "./read";

/** The product of a matrix with V in C order, of some width. */
type Product = (V: Float64Array, width: number) => Float64Array;

/** What to do with vectors that `grad` looks at; products with a plan are linear in them. */
const LINEAR = {
  apply: "use plan().matmul(V), which has one",
  applyT: "use plan().T.matmul(V), which has one",
};

/**
 * The product of a plan that is not stored with a vector or with the columns of a matrix.
 *
 * @param V - shape [from] or [from, k]
 * @returns shape [to] or [to, k]
 * @throws ShapeError on another shape
 * @throws TraceError inside grad, jit and vmap
 */
export function applyPlan(
  name: "apply" | "applyT",
  V: Values,
  [from, to]: readonly [number, number],
  product: Product,
): Tensor {
  const x = tensorOf(name, "V", V);
  if (x.shape.length < 1 || x.shape.length > 2 || x.shape[0] !== from) {
    throw new ShapeError(
      `${name}: expected V with shape [${from}] or [${from}, k]; got [${x.shape.join(", ")}]`,
      { V: x.shape },
    );
  }
  const width = x.shape[1] ?? 1;
  const data = product(elements(name, "V", x, LINEAR[name]), width);
  return tensor(data, { shape: x.shape.length === 1 ? [to] : [to, width], copy: false });
}
