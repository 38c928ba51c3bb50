import { ArgumentError, type Tensor, tree } from "@x/tensor";
import { affineProjection } from "./affine-projection";
import type { LowerConstraints } from "./problem";
import { dtypeOf, type Vector } from "./vectors";

/** Projection of a pair on the feasible set. */
export type Projection = (x: Vector, y: Vector) => readonly [Vector, Vector];

/** The exponent of the penalty, in (0, ½). */
export function checkExponent(p: number): void {
  if (p > 0 && p < 0.5) return;
  throw new ArgumentError(`lvHba: expected p in (0, 0.5); got ${p}`, { p });
}

/** The projection of a problem: its own, that on its affine constraints, or none. */
export function projectionOf(
  constraints: LowerConstraints<Vector, Vector>,
  x: Vector,
  y: Vector,
): Projection {
  const { inequality, equality, projectXY, projectY } = constraints;
  if (projectXY !== undefined) {
    return (u, v) => {
      const [a, b] = projectXY(u, v);
      return [kept("projectXY", "x", u, a), kept("projectXY", "y", v, b)];
    };
  }
  if (inequality === undefined && equality === undefined) {
    if (projectY === undefined) return (u, v) => [u, v];
    return (u, v) => [u, kept("projectY", "y", v, projectY(v))];
  }
  if (projectY !== undefined) {
    throw new ArgumentError(
      "lvHba: expected projectXY beside projectY and constraints, a projection on both at once; got none",
    );
  }
  return affineProjection(constraints, x, y);
}

/** The projection of a vector, refused unless it has the vector's tree and shapes: others would be broadcast. */
function kept(projection: string, name: string, before: Vector, after: Vector): Vector {
  const [from, to] = [before, after].map((v) => {
    const { leaves, structure } = tree.flatten(v as never);
    const shapes = (leaves as Tensor[]).map((a) => `${a.dtype} [${a.shape.join(", ")}]`).join(", ");
    return { key: structure.key, shapes };
  }) as [Layout, Layout];
  if (from.key === to.key && from.shapes === to.shapes) return after;
  throw new ArgumentError(
    `lvHba: expected ${projection} to keep the tree and the shapes of ${name}, ${from.shapes}; it returns ${to.shapes}`,
  );
}

interface Layout {
  readonly key: string;
  readonly shapes: string;
}

/** The projected start, refused when it is not feasible. */
export function feasibleStart(
  constraints: LowerConstraints<Vector, Vector>,
  project: Projection,
  x: Vector,
  y: Vector,
): readonly [Vector, Vector] {
  const [u, v] = project(x, y);
  const violations = [
    constraints.inequality?.(u, v).max().item() ?? 0,
    constraints.equality?.(u, v).abs().max().item() ?? 0,
  ];
  const worst = Math.max(0, ...violations);
  // Room for a projection that is itself iterative.
  const allowed = dtypeOf([u, v]) === "f64" ? 1e-6 : 1e-3;
  if (worst <= allowed) return [u, v];
  throw new ArgumentError(
    `lvHba: expected a feasible point after projection; the largest violation is ${worst}; check that the constraints can be met and that projectXY projects on them`,
    { violation: worst },
  );
}
