import { ArgumentError, concat, jacobian, jit, range, type Tensor, tensor, tree } from "@x/tensor";
import { pinv } from "@x/tensor/linalg";
import { loop } from "./loop";
import type { LowerConstraints } from "./problem";
import { dtypeOf, type Vector } from "./vectors";

type AnyConstraints = LowerConstraints<Vector, Vector>;

/**
 * Euclidean projection on the (x, y) that satisfy affine constraints.
 *
 * For A z + b ≤ 0 (or = 0): z − Aᵀλ with λ ≥ 0 (free) minimising ½‖Aᵀλ‖² − λᵀ(A z + b). Equalities alone are solved
 * in closed form; with inequalities the dual runs accelerated projected gradients with restarts until no λ moves
 * by more than the tolerance.
 *
 * The matrix is formed, [constraints, numbers in x and y], once; the projection itself works inside `jit`.
 *
 * @param constraints - `inequality` and `equality`, affine in (x, y) together
 * @param x - any x, for its shapes
 * @param y - any y, for its shapes
 * @param options.tolerance - on the constraints at the projection, > 0; default 1e-10 in f64 and 1e-5 in f32
 * @param options.maxIterations - of the dual; default 10000
 * @returns (x, y) ↦ the nearest feasible pair
 * @throws ArgumentError when there are no constraints, or they are not affine
 * @example
 * const project = affineProjection(
 *   { equality: (x: Tensor, y: Tensor) => x.add(y).reshape([1]) }, tensor(0), tensor(0),
 * );
 * project(tensor(3), tensor(1))[0].item() // 1
 * @see Beck & Teboulle 2009; O'Donoghue & Candès 2015 (restarts)
 */
export function affineProjection<X, Y>(
  constraints: LowerConstraints<X, Y>,
  x: X,
  y: Y,
  options: { readonly tolerance?: number; readonly maxIterations?: number } = {},
): (x: X, y: Y) => readonly [X, Y] {
  return untyped(constraints as never, x as Vector, y as Vector, options) as never;
}

function untyped(
  constraints: AnyConstraints,
  x: Vector,
  y: Vector,
  options: { readonly tolerance?: number; readonly maxIterations?: number },
): (x: Vector, y: Vector) => readonly [Vector, Vector] {
  const { inequality, equality } = constraints;
  const dtype = dtypeOf([x, y]);
  const { tolerance = dtype === "f64" ? 1e-10 : 1e-5, maxIterations = 10_000 } = options;
  if (inequality === undefined && equality === undefined) {
    throw new ArgumentError(
      "affineProjection: expected constraints; got neither inequality nor equality",
    );
  }
  const { structure, leaves } = tree.flatten([x, y] as readonly Vector[]) as tree.Flattened<Tensor>;
  const flat = (xs: readonly Tensor[]): Tensor => concat(xs.map((a) => a.cast(dtype).ravel()));
  const unflat = (z: Tensor): [Vector, Vector] => {
    let at = 0;
    const parts = leaves.map((a) => {
      const part = z.at(range(at, at + a.size));
      at += a.size;
      return part.reshape(a.shape).cast(a.dtype);
    });
    return tree.unflatten(structure, parts) as [Vector, Vector];
  };
  const values = (z: Tensor): Tensor => {
    const [u, v] = unflat(z);
    const both = [inequality, equality].flatMap((f) => (f === undefined ? [] : [f(u, v).ravel()]));
    return concat(both.map((g) => g.cast(dtype)));
  };
  const zero = flat(leaves).mul(0);
  const free = inequality === undefined ? 0 : inequality(x, y).size;
  const rows = jacobian(values)(zero) as Tensor;
  checkAffine(values, rows, zero);

  // Rows of length 1 keep the dual well scaled; a row of zeros constrains nothing.
  const lengths = rows.square().sum(1).sqrt();
  const scaling = lengths.equal(0).where(1, lengths.reciprocal());
  const a = rows.mul(scaling.reshape([-1, 1]));
  const b = values(zero).mul(scaling);
  const gram = a.matmul(a.T);
  if (free === 0) {
    const inverse = a.T.matmul(pinv(gram));
    return (u, v) => {
      const z = flat(tree.leaves([u, v]) as Tensor[]);
      return unflat(z.sub(inverse.matmul(a.matmul(z).add(b))));
    };
  }
  const count = b.size;
  const bound = tensor(
    Array.from({ length: count }, (_, i) => (i < free ? 0 : Number.NEGATIVE_INFINITY)),
    { dtype },
  );
  // Gershgorin's bound on the largest eigenvalue.
  const rate = gram.abs().sum(1).max().reciprocal();
  // Hundreds of short steps: one program, also where a loop of the caller does not compile it.
  return jit((u: Vector, v: Vector) => {
    const z = flat(tree.leaves([u, v]) as Tensor[]);
    const r = a.matmul(z).add(b);
    const { lambda } = loop(
      ({ moved, k }) => moved.greater(tolerance).logicalAnd(k.less(maxIterations)),
      ({ lambda: old, ahead, t, k }) => {
        const slope = gram.matmul(ahead).sub(r);
        const next = ahead.sub(slope.mul(rate)).maximum(bound);
        const step = next.sub(old);
        // Momentum that points uphill is dropped.
        const uphill = ahead.sub(next).mul(step).sum().greater(0);
        const grown = t.square().mul(4).add(1).sqrt().add(1).div(2);
        const momentum = uphill.where(0, t.sub(1).div(grown));
        return {
          lambda: next,
          ahead: next.add(step.mul(momentum)),
          t: uphill.where(1, grown),
          // The projected gradient: how far a unit step would move the multipliers.
          moved: ahead.sub(next).div(rate).abs().max(),
          k: k.add(1),
        };
      },
      {
        lambda: b.mul(0),
        ahead: b.mul(0),
        t: tensor(1, { dtype }),
        moved: tensor(Number.POSITIVE_INFINITY, { dtype }),
        k: tensor(0, { dtype: "i32" }),
      },
    );
    return unflat(z.sub(a.T.matmul(lambda)));
  }) as (u: Vector, v: Vector) => readonly [Vector, Vector];
}

/** Refuses constraints whose values at another point are not what the matrix says. */
function checkAffine(values: (z: Tensor) => Tensor, rows: Tensor, zero: Tensor): void {
  const n = zero.size;
  // Any point without symmetry serves.
  const z = tensor(
    Array.from({ length: n }, (_, i) => Math.sin(1.7 * (i + 1))),
    { dtype: zero.dtype },
  );
  const expected = rows.matmul(z).add(values(zero));
  const error = values(z).sub(expected).abs().max().item();
  const size = 1 + expected.abs().max().item();
  if (error <= (zero.dtype === "f64" ? 1e-9 : 1e-4) * size) return;
  throw new ArgumentError(
    `affineProjection: expected constraints that are affine in (x, y); they are off by ${error}; give projectXY for others`,
    { error },
  );
}
