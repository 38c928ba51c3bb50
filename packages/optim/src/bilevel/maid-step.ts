import { type Tensor, tensor } from "@x/tensor";
import type { MaidState } from "./maid";
import type { MaidKernels } from "./maid-kernels";
import { addCost } from "./solver";
import { addScaled, type Vector } from "./vectors";

/** Constants of the lower level at an x. */
export interface Constants {
  readonly mu: number;
  readonly L: number;
}

/** Options of the method with their defaults. */
export interface Settings {
  readonly eta: number;
  readonly rhoDown: number;
  readonly rhoUp: number;
  readonly nuDown: number;
  readonly nuUp: number;
  readonly maxBacktrack: number;
  readonly LgradG: number;
  readonly convexUpper: boolean;
  /** Which constants are estimated on the way. */
  readonly estimated: { readonly LB: boolean; readonly LAinv: boolean };
  /** The smallest accuracy worth asking for. */
  readonly floor: number;
}

type State = MaidState<Vector, Vector>;

interface Direction {
  readonly z: Vector;
  readonly size: number;
}

interface UpperValue {
  readonly value: number;
  readonly slope: number;
}

const scalar = (x: number): Tensor => tensor(x, { dtype: "f64" });

/** One outer step: raises the accuracy until a step is accepted, or until it cannot be raised. */
export class MaidStep {
  readonly #kernels: MaidKernels;
  readonly #constants: (x: Vector) => Constants;
  readonly #settings: Settings;
  readonly #start: State;
  #y: Vector;
  #q: Vector;
  #eps: number;
  #delta: number;
  #lipschitzCross: number;
  #lipschitzInverse: number;
  #inner = 0;
  #cg = 0;
  #cost = { upperGradients: 0, lowerGradients: 0, hessianProducts: 0, crossProducts: 0 };

  constructor(
    kernels: MaidKernels,
    constants: (x: Vector) => Constants,
    settings: Settings,
    start: State,
  ) {
    this.#kernels = kernels;
    this.#constants = constants;
    this.#settings = settings;
    this.#start = start;
    this.#y = start.y;
    this.#q = start.q;
    this.#eps = start.eps.item();
    this.#delta = start.delta.item();
    this.#lipschitzCross = start.estimates.LB.item();
    this.#lipschitzInverse = start.estimates.LAinv.item();
  }

  run(): State {
    const { nuDown, nuUp, rhoUp, floor } = this.#settings;
    const { x } = this.#start;
    let size = Number.NaN;
    for (let failures = 0; this.#eps >= floor; ) {
      this.#y = this.#solve(x, this.#y);
      const direction = this.#direction();
      size = direction?.size ?? size;
      if (size === 0) break;
      if (direction !== undefined) {
        const accepted = this.#search(direction, failures++);
        if (accepted !== undefined) {
          this.#eps *= nuUp;
          this.#delta *= nuUp;
          return this.#state({ ...accepted, stepSize: accepted.stepSize * rhoUp, size });
        }
      }
      this.#eps *= nuDown;
      this.#delta *= nuDown;
    }
    const { bound, stepSize } = this.#start;
    const kept = { x, y: this.#y, bound: bound.item(), stepSize: stepSize.item() };
    return this.#state({ ...kept, size, accuracyFloor: true });
  }

  /** y within ε of the minimum: the distance is at most ‖∇_y g‖ / μ. */
  #solve(x: Vector, from: Vector): Vector {
    const { mu, L } = this.#constants(x);
    const bound = scalar(mu * this.#eps);
    const { y, iterations } = this.#kernels.lower(x, from, bound, scalar(mu), scalar(L));
    this.#inner += iterations.item();
    this.#cost.lowerGradients += iterations.item() + 1;
    return y;
  }

  #upper(x: Vector, y: Vector): UpperValue {
    const { value, slope } = this.#kernels.upper(x, y);
    this.#cost.upperGradients++;
    return { value: value.item(), slope: slope.item() };
  }

  /** The inexact hypergradient if its error bound ω leaves it a descent direction. */
  #direction(): Direction | undefined {
    const { x } = this.#start;
    const { mu } = this.#constants(x);
    const { LgradG, eta } = this.#settings;
    const found = this.#kernels.hypergradient(x, this.#y, this.#q, scalar(this.#delta));
    this.#q = found.q;
    this.#cg += found.iterations.item();
    this.#cost.hessianProducts += found.iterations.item() + 1;
    this.#cost.crossProducts++;
    const { slope } = this.#upper(x, this.#y);
    const cross = this.#kernels.crossNorm(x, this.#y).item();
    // Each step of the power method takes a product and its transpose.
    this.#cost.crossProducts += 17;
    this.#estimate(mu, slope);
    const [eps, lb, la] = [this.#eps, this.#lipschitzCross, this.#lipschitzInverse];
    const omega =
      ((LgradG * cross) / mu + la * slope * cross + (lb * slope) / mu) * eps +
      (cross / mu) * this.#delta +
      ((LgradG * lb) / mu) * eps ** 2;
    const size = found.norm.item();
    return omega <= (1 - eta) * size ? { z: found.z, size } : undefined;
  }

  /** Raises the estimates of Lipschitz constants that were not given. */
  #estimate(mu: number, slope: number): void {
    const { LB, LAinv } = this.#settings.estimated;
    if (!LB && !LAinv) return;
    const { cross, hessian } = this.#kernels.variation(
      this.#start.x,
      this.#y,
      this.#q,
      scalar(Math.max(this.#eps, 1e-6)),
    );
    this.#cost.hessianProducts += 2;
    this.#cost.crossProducts += 2;
    if (LB) this.#lipschitzCross = Math.max(this.#lipschitzCross, cross.item());
    // A⁻¹(y′) − A⁻¹(y) = A⁻¹(y′)(A(y) − A(y′))A⁻¹(y), and q is A⁻¹(y)∇F up to δ / μ.
    const length = (slope + this.#delta) / mu;
    if (LAinv && slope > 0) {
      const inverse = (hessian.item() * length) / (mu * slope);
      this.#lipschitzInverse = Math.max(this.#lipschitzInverse, inverse);
    }
  }

  /** The first of a falling sequence of steps that decreases F whatever the error in y does. */
  #search(
    { z, size }: Direction,
    failures: number,
  ): { x: Vector; y: Vector; bound: number; stepSize: number } | undefined {
    const { LgradG, eta, rhoDown, maxBacktrack, convexUpper } = this.#settings;
    const { x } = this.#start;
    const here = this.#upper(x, this.#y);
    const curvature = (LgradG * this.#eps ** 2) / 2;
    const floor = here.value - here.slope * this.#eps - (convexUpper ? 0 : curvature);
    let stepSize = this.#start.stepSize.item();
    for (let i = 0; i < maxBacktrack + failures; i++, stepSize *= rhoDown) {
      const next = addScaled(x, scalar(-stepSize), z);
      const y = this.#solve(next, this.#y);
      const there = this.#upper(next, y);
      const bound = there.value + there.slope * this.#eps + curvature;
      if (bound <= floor - eta * stepSize * size ** 2) return { x: next, y, bound, stepSize };
    }
    return undefined;
  }

  #state(end: {
    x: Vector;
    y: Vector;
    bound: number;
    stepSize: number;
    size: number;
    accuracyFloor?: boolean;
  }): State {
    const start = this.#start;
    return {
      ...start,
      x: end.x,
      y: end.y,
      q: this.#q,
      eps: scalar(this.#eps),
      delta: scalar(this.#delta),
      stepSize: scalar(end.stepSize),
      estimates: { LB: scalar(this.#lipschitzCross), LAinv: scalar(this.#lipschitzInverse) },
      bound: scalar(end.bound),
      innerIterations: start.innerIterations.add(this.#inner),
      cgIterations: start.cgIterations.add(this.#cg),
      accuracyFloor: tensor(end.accuracyFloor ?? false),
      step: start.step.add(1),
      error: scalar(end.size),
      cost: addCost(start.cost, this.#cost),
    };
  }
}
