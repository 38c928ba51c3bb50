import {
  ArgumentError,
  grad,
  isTensor,
  jvp,
  linearize,
  type Tensor,
  valueAndGrad,
} from "@x/tensor";
import type { BilevelProblem } from "./problem";
import type { Vector } from "./vectors";

/** A problem whose trees are not told apart: what the methods compute with. */
export type AnyProblem = BilevelProblem<Vector, Vector, unknown>;

/** Where derivatives are taken. */
export interface Point {
  readonly x: Vector;
  readonly y: Vector;
  readonly batch: unknown;
}

/** A level that refuses anything but a float scalar under the name of the method. */
const scalarLevel =
  (operation: string, problem: AnyProblem, level: "upper" | "lower") =>
  (x: Vector, y: Vector, batch: unknown): Tensor => {
    const value: unknown = problem[level](x, y, batch);
    if (isTensor(value) && value.shape.length === 0 && /^f/.test(value.dtype)) return value;
    const got = isTensor(value)
      ? `${value.dtype} of shape [${value.shape.join(", ")}]`
      : `${typeof value}`;
    throw new ArgumentError(
      `${operation}: expected the ${level} level to return a float scalar; got ${got}; reduce it with sum() or mean()`,
      { operation, level },
    );
  };

/** Values and derivatives of both levels of a problem. */
export class Derivatives {
  readonly upper: (x: Vector, y: Vector, batch: unknown) => Tensor;
  readonly lower: (x: Vector, y: Vector, batch: unknown) => Tensor;
  readonly operation: string;

  constructor(operation: string, problem: AnyProblem) {
    for (const level of ["upper", "lower"] as const) {
      if (typeof problem?.[level] !== "function") {
        throw new ArgumentError(
          `${operation}: expected a problem with functions upper and lower; got ${typeof problem?.[level]} for ${level}`,
          { operation, level },
        );
      }
    }
    this.operation = operation;
    this.upper = scalarLevel(operation, problem, "upper");
    this.lower = scalarLevel(operation, problem, "lower");
  }

  /** F, ∇_x F and ∇_y F. */
  upperGradients({ x, y, batch }: Point): readonly [Tensor, Vector, Vector] {
    const [value, [gx, gy]] = valueAndGrad(this.upper, { argnums: [0, 1] })(x, y, batch);
    return [value, gx, gy];
  }

  /** ∇_y g. */
  lowerGradient({ x, y, batch }: Point): Vector {
    return grad(this.lower, { argnums: 1 })(x, y, batch);
  }

  /** ∇_x g and ∇_y g. */
  lowerGradients({ x, y, batch }: Point): readonly [Vector, Vector] {
    return grad(this.lower, { argnums: [0, 1] })(x, y, batch);
  }

  /** ∇_x g. */
  lowerGradientX({ x, y, batch }: Point): Vector {
    return grad(this.lower)(x, y, batch);
  }

  /** v ↦ ∇²_yy g · v, forward over reverse; the gradient is taken once for all products. */
  lowerHessian({ x, y, batch }: Point): (v: Vector) => Vector {
    return linearize((at: Vector) => this.lowerGradient({ x, y: at, batch }), y)[1];
  }

  /** ∇_x ⟨∇_y g, v⟩ with v constant, as the derivative of ∇_x g along v: second derivatives are symmetric. */
  crossProduct({ x, y, batch }: Point, v: Vector): Vector {
    return jvp((at: Vector) => this.lowerGradientX({ x, y: at, batch }), [y], [v])[1];
  }

  /** Both products with one direction: ∇²_yy g · v and ∇²_xy g · v. */
  secondProducts({ x, y, batch }: Point, v: Vector): readonly [Vector, Vector] {
    const both = jvp((at: Vector) => this.lowerGradients({ x, y: at, batch }), [y], [v])[1];
    const [cross, hessian] = both as unknown as readonly [Vector, Vector];
    return [hessian, cross];
  }
}
