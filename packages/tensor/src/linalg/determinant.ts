import type { Aval, JvpResult, Primitive } from "../internal/primitive";
import { bind, bind1 } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import { dot } from "../primitives/dot";
import { reduceSum } from "../primitives/reduction";
import type { Tensor, TensorLike } from "../tensor";
import { cofactors } from "./dense/cofactors";
import { luInPlace } from "./dense/lu";
import { asSquare, batchOf, matrixAt, Results, sizes, transposed } from "./matrices";
import { inv, solveSquare } from "./solve";

type None = Record<never, never>;

/** Σ_ij A_ij B_ij of matrices. */
const inner = (a: Tensor, b: Tensor): Tensor =>
  reduceSum(a.mul(b), [a.shape.length - 2, a.shape.length - 1]);

/** The matrix of cofactors, det(A) A⁻ᵀ where A is invertible, but defined for all. */
const cofactorPrimitive: Primitive<None> = {
  name: "cofactors",
  shape: ([a]) => [a as Aval],
  batch: batchLeading(),
  // With C = det(A) A⁻ᵀ: Ċ = A⁻ᵀ (tr(Cᵀ Ȧ) I − Ȧᵀ C).
  jvp: ([a], [t]): JvpResult => {
    const c = bind1(cofactorPrimitive, [a as Tensor], {});
    if (t == null) return { primals: [c], tangents: [null] };
    const at = transposed(a as Tensor);
    const scaled = solveSquare("det", at, dot(transposed(t), c));
    const inverse = transposed(inv(a as Tensor));
    const change = inverse.mul(inner(c, t).expandDims(-1).expandDims(-1)).sub(scaled);
    return { primals: [c], tangents: [change] };
  },
  host([a], [aval]) {
    const x = aval as Aval;
    const out = new Results(x);
    for (let i = 0; i < batchOf(x); i++) out.push(cofactors(matrixAt(a!, x, i), sizes(x)[0]));
    return [out.array];
  },
};

const scalars = (a: Aval): Aval => ({ shape: a.shape.slice(0, -2), dtype: a.dtype });

const detPrimitive: Primitive<None> = {
  name: "det",
  shape: ([a]) => [scalars(a as Aval)],
  batch: batchLeading(),
  jvp: ([a], [t]): JvpResult => ({
    primals: [bind1(detPrimitive, [a as Tensor], {})],
    tangents: [t == null ? null : inner(bind1(cofactorPrimitive, [a as Tensor], {}), t)],
  }),
  host([a], [aval]) {
    const x = aval as Aval;
    const [n] = sizes(x);
    const out = new Results(scalars(x));
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      let product: number = luInPlace(matrix, n, n).sign;
      for (let j = 0; j < n; j++) product *= matrix[j * n + j] as number;
      // Not −0.
      out.push([product + 0]);
    }
    return [out.array];
  },
};

const slogdetPrimitive: Primitive<None> = {
  name: "slogdet",
  shape: ([a]) => [scalars(a as Aval), scalars(a as Aval)],
  batch: batchLeading(),
  jvp: ([a], [t]): JvpResult => ({
    primals: bind(slogdetPrimitive, [a as Tensor], {}),
    tangents: [null, t == null ? null : inner(transposed(inv(a as Tensor)), t)],
  }),
  host([a], [aval]) {
    const x = aval as Aval;
    const [n] = sizes(x);
    const [signs, logs] = [new Results(scalars(x)), new Results(scalars(x))];
    for (let i = 0; i < batchOf(x); i++) {
      const matrix = matrixAt(a!, x, i);
      let sign: number = luInPlace(matrix, n, n).sign;
      let log = 0;
      for (let j = 0; j < n; j++) {
        const pivot = matrix[j * n + j] as number;
        sign *= Math.sign(pivot);
        log += Math.log(Math.abs(pivot));
      }
      signs.push([sign + 0]);
      logs.push([log]);
    }
    return [signs.array, logs.array];
  },
};

/**
 * Determinants of square matrices [..., n, n]; 1 for n = 0.
 *
 * The gradient is the matrix of cofactors, which exists for singular matrices, too; second derivatives need an
 * invertible one.
 *
 * @throws ShapeError when a is not square
 * @example
 * det([[2, 0], [0, 4]]) // 8
 */
export const det = (a: TensorLike): Tensor => bind1(detPrimitive, [asSquare("det", a)], {});

/** det(A) = sign · exp(logAbsDet). */
export interface SlogdetResult {
  /** −1, 0 or 1, [...]. */
  readonly sign: Tensor;
  /** log |det A|, [...]; −Infinity for singular matrices. */
  readonly logAbsDet: Tensor;
}

/**
 * Sign and logarithm of determinants, without overflow. Differentiable any number of times for invertible ones.
 *
 * @param a - square matrices [..., n, n]
 * @throws ShapeError when a is not square
 */
export function slogdet(a: TensorLike): SlogdetResult {
  const [sign, logAbsDet] = bind(slogdetPrimitive, [asSquare("slogdet", a)], {}) as [
    Tensor,
    Tensor,
  ];
  return { sign, logAbsDet };
}
