import { grad, type Tensor } from "@x/tensor";
import type { Derivatives } from "./derivatives";
import type { LowerConstraints } from "./problem";
import { add, addScaled, dot, scale, subtract, type Vector } from "./vectors";

/** Multipliers of both kinds of constraints; null where a problem has none. */
export interface Multipliers {
  /** ≥ 0, shape [ℓ]. */
  readonly inequality: Tensor | null;
  /** Of either sign, shape [m]. */
  readonly equality: Tensor | null;
}

/** Where the proximal value is taken. */
interface Anchor {
  readonly x: Vector;
  readonly y: Vector;
  readonly z: Multipliers;
  readonly batch: unknown;
}

/** The saddle point of the proximal problem, or an estimate of it. */
interface Saddle {
  readonly theta: Vector;
  readonly lambda: Multipliers;
}

const combine = (
  a: Multipliers,
  b: Multipliers,
  f: (a: Tensor, b: Tensor, kind: keyof Multipliers) => Tensor,
): Multipliers => ({
  inequality: a.inequality && f(a.inequality, b.inequality as Tensor, "inequality"),
  equality: a.equality && f(a.equality, b.equality as Tensor, "equality"),
});

/** g(x, θ) + λᵀc(x, θ) + ‖θ − y‖²/2γ₁ − ‖λ − z‖²/2γ₂, and steps towards its saddle point in (θ, λ). */
export class ProximalLagrangian {
  readonly #derivatives: Derivatives;
  readonly #constraints: LowerConstraints<Vector, Vector>;
  readonly #gamma1: number;
  readonly #gamma2: number;
  readonly #zMax: number;
  /** Whether there is any constraint. */
  readonly constrained: boolean;

  constructor(
    derivatives: Derivatives,
    constraints: LowerConstraints<Vector, Vector>,
    options: { readonly gamma1: number; readonly gamma2: number; readonly zMax: number },
  ) {
    this.#derivatives = derivatives;
    this.#constraints = constraints;
    this.#gamma1 = options.gamma1;
    this.#gamma2 = options.gamma2;
    this.#zMax = options.zMax;
    this.constrained = constraints.inequality !== undefined || constraints.equality !== undefined;
  }

  /** Values of the constraints, in the places of their multipliers. */
  #violations(x: Vector, y: Vector): Multipliers {
    const { inequality, equality } = this.#constraints;
    return { inequality: inequality?.(x, y) ?? null, equality: equality?.(x, y) ?? null };
  }

  /** Multipliers of 0. */
  zeros(x: Vector, y: Vector): Multipliers {
    const like = this.#violations(x, y);
    return combine(like, like, (a) => a.mul(0));
  }

  #lagrangian(x: Vector, { theta, lambda }: Saddle, batch: unknown): Tensor {
    const terms = combine(lambda, this.#violations(x, theta), (l, c) => l.mul(c).sum());
    return [terms.inequality, terms.equality].reduce<Tensor>(
      (sum, t) => (t === null ? sum : sum.add(t.cast(sum.dtype))),
      this.#derivatives.lower(x, theta, batch),
    );
  }

  /** The value at an anchor, of an estimate of its saddle point. */
  at({ x, y, z, batch }: Anchor, saddle: Saddle): Tensor {
    const away = subtract(saddle.theta, y);
    const value = this.#lagrangian(x, saddle, batch).add(dot(away, away).div(2 * this.#gamma1));
    if (!this.constrained) return value;
    const excess = subtract(saddle.lambda as never, z as never);
    return value.sub(dot(excess, excess).div(2 * this.#gamma2));
  }

  /** ∇_x of the Lagrangian. */
  gradientX({ x, theta, lambda, batch }: Saddle & { x: Vector; batch: unknown }): Vector {
    return grad((at: Vector) => this.#lagrangian(at, { theta, lambda }, batch))(x);
  }

  /** One projected step down in θ and up in λ, both from the old pair. */
  step({ x, y, z, batch }: Anchor, { theta, lambda }: Saddle, eta: Tensor): Saddle {
    const slope = grad((at: Vector) => this.#lagrangian(x, { theta: at, lambda }, batch))(theta);
    const pull = scale(1 / this.#gamma1, subtract(theta, y));
    const moved = addScaled(theta, eta.neg(), add(slope, pull));
    const violations = this.#violations(x, theta);
    const towards = combine(z, lambda, (zi, li) => zi.sub(li).div(this.#gamma2));
    const raised = combine(
      lambda,
      combine(violations, towards, (v, t) => v.add(t)),
      (l, d, kind) => {
        const next = l.add(d.mul(eta.cast(l.dtype)));
        return kind === "inequality" ? next.maximum(0) : next;
      },
    );
    return { theta: this.#constraints.projectY?.(moved) ?? moved, lambda: raised };
  }

  /** z moves towards λ within its bounds. */
  stepZ(z: Multipliers, lambda: Multipliers, beta: Tensor): Multipliers {
    return combine(z, lambda, (zi, li, kind) => {
      const next = zi.add(li.sub(zi).mul(beta.cast(zi.dtype)).div(this.#gamma2));
      return next.clip(kind === "inequality" ? 0 : -this.#zMax, this.#zMax);
    });
  }
}
