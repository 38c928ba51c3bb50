import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { isUnknown } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import { constantLike } from "../primitives/constants";
import { concat, slice } from "../primitives/movement";
import type { Tensor, TensorLike } from "../tensor";
import { exponential } from "./dense/exponential";
import { asSquare, batchOf, checkFinite, matrixAt, Results, sizes, transposed } from "./matrices";

type None = Record<never, never>;

const expmPrimitive: Primitive<None> = {
  name: "expm",
  shape: ([a]) => [a as Aval],
  batch: batchLeading(),
  jvp: ([a], [t]): JvpResult => ({
    primals: [bind1(expmPrimitive, [a as Tensor], {})],
    tangents: [t == null ? null : bind1(slopePrimitive, [a as Tensor, t], {})],
  }),
  host([a], [aval]) {
    const x = aval as Aval;
    const out = new Results(x);
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      checkFinite("expm", matrix, x, i);
      out.push(exponential(matrix, sizes(x)[0]));
    }
    return [out.array];
  },
};

/** [A, E; 0, A] */
function doubled(a: Tensor, e: Tensor): Tensor {
  const last = a.shape.length - 1;
  const above = concat([a, e], last);
  return concat([above, concat([constantLike(a, 0), a], last)], last - 1);
}

/** The block that {@link doubled} puts its second argument in. */
function upperRight(x: Tensor): Tensor {
  const n = (x.shape.at(-1) as number) / 2;
  const lead = x.shape.slice(0, -2);
  return slice(x, [...lead.map(() => 0), 0, n], [...lead, n, n]);
}

/**
 * The derivative of the exponential at A in the direction E, linear in E: the upper right block of
 * exp([A, E; 0, A]).
 *
 * @see Van Loan 1978, "Computing integrals involving the matrix exponential"
 */
const slopePrimitive: Primitive<None> = {
  name: "expmSlope",
  shape: ([, e]) => [e as Aval],
  batch: batchLeading(),
  jvp: ([a, e], [ta, te]): JvpResult => {
    const [x, y] = [a as Tensor, e as Tensor];
    const value = bind1(slopePrimitive, [x, y], {});
    if (ta == null) {
      return {
        primals: [value],
        tangents: [te == null ? null : bind1(slopePrimitive, [x, te], {})],
      };
    }
    // The same block of the derivative of that exponential.
    const change = doubled(ta, te ?? constantLike(y, 0));
    const wide = bind1(slopePrimitive, [doubled(x, y), change], {});
    return { primals: [value], tangents: [upperRight(wide)] };
  },
  transpose: ([ct], [a, e]) => [
    null,
    ct == null || !isUnknown(e!) ? null : bind1(slopePrimitive, [transposed(a as Tensor), ct], {}),
  ],
  host([a, e], [aval]) {
    const x = aval as Aval;
    const [n] = sizes(x);
    const out = new Results(x);
    for (let i = 0; i < batchOf(x); i++) {
      const [p, q] = [matrixAt(a!, x, i), matrixAt(e!, x, i)];
      const block = new Float64Array(4 * n * n);
      for (let r = 0; r < n; r++) {
        block.set(p.subarray(r * n, (r + 1) * n), 2 * r * n);
        block.set(q.subarray(r * n, (r + 1) * n), 2 * r * n + n);
        block.set(p.subarray(r * n, (r + 1) * n), 2 * (r + n) * n + n);
      }
      const result = exponential(block, 2 * n);
      for (let r = 0; r < n; r++) out.push(result.subarray(2 * r * n + n, 2 * (r + 1) * n));
    }
    return [out.array];
  },
};

/**
 * The matrix exponential Σ Aᵏ / k!, by Padé's approximation of degree 13 with scaling and squaring.
 *
 * Differentiable any number of times.
 *
 * @param a - square matrices [..., n, n], finite
 * @throws ShapeError when a is not square; ArgumentError on NaN or infinity
 * @see Higham 2005, "The scaling and squaring method for the matrix exponential revisited"
 */
export const expm = (a: TensorLike): Tensor => bind1(expmPrimitive, [asSquare("expm", a)], {});
