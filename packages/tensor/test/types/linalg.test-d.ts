import { grad, type Tensor, tensor, vmap } from "@x/tensor";
import { det, eigh, lstsq, norm, qr, slogdet, solve, svd, triangularSolve } from "@x/tensor/linalg";
import { expectTypeOf, test } from "vitest";

const a = tensor([
  [2, 1],
  [1, 3],
]);

test("decompositions return named parts", () => {
  expectTypeOf(qr(a)).toExtend<{ readonly q: Tensor; readonly r: Tensor }>();
  expectTypeOf(svd(a, { fullMatrices: true }).vt).toEqualTypeOf<Tensor>();
  expectTypeOf(eigh(a).values).toEqualTypeOf<Tensor>();
  // @ts-expect-error a pair in other libraries, an object here
  const [q] = qr(a);
  // @ts-expect-error NumPy's option
  svd(a, { full_matrices: true });
  // @ts-expect-error R alone has a function of its own
  qr(a, { mode: "r" });
  void q;
});

test("solvers take matrices and right-hand sides", () => {
  expectTypeOf(solve(a, [1, 2])).toEqualTypeOf<Tensor>();
  triangularSolve(a, a, { lower: false, transpose: true, unitDiagonal: true });
  lstsq(a, [1, 2], { tolerance: 1e-6 });
  // @ts-expect-error no right-hand side
  solve(a);
  // @ts-expect-error NumPy's name
  lstsq(a, [1, 2], { rcond: 1e-6 });
  // @ts-expect-error another kind
  norm(a, "max");
});

test("functions of matrices are differentiated and batched as they are", () => {
  expectTypeOf(grad(det)(a)).toEqualTypeOf<Tensor>();
  expectTypeOf(grad((x: Tensor) => slogdet(x).logAbsDet)(a)).toEqualTypeOf<Tensor>();
  expectTypeOf(vmap(solve)(a, a)).toEqualTypeOf<Tensor>();
});
