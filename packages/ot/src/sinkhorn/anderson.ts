/** Added to the unit diagonal of the normal equations, which squares leave with half the digits. */
const RIDGE = 1e-14;
/** Errors that grow by this show that the past says nothing about where the iteration stands. */
const GROWTH = 5;
/** Decrease of the objective, in units of its size, that rounding explains. */
const ROUNDING = 1e-13;
/** Largest difference between an accelerated step and the plain one. */
const LARGEST = 30;

/** Steps that are remembered unless options say otherwise. */
const MEMORY = 20;

/** How iterations are accelerated: by Anderson's method unless over-relaxation, or nothing, is asked for. */
export const memoryOf = (options: {
  readonly anderson?: number | false | undefined;
  readonly overrelax?: "auto" | number | false | undefined;
}): number => (options.anderson ?? (options.overrelax === undefined ? MEMORY : false)) || 0;

/** A point of the iteration, and the step that was made from it. */
interface Visit {
  readonly f: Float64Array;
  readonly step: Float64Array;
  readonly objective: number;
  readonly error: number;
}

/** A remembered step. */
interface Change {
  /** Δf, what the step changed of the residual, of length 1. */
  readonly residual: Float64Array;
  /** Δy + Δf in the same units. */
  readonly sum: Float64Array;
  /** Inner products of Δf with those before it, the oldest first. */
  readonly products: number[];
}

/**
 * Anderson acceleration of a fixed-point iteration y ← y + f(y) that never lowers an objective.
 *
 * Of the last steps Δy and the changes Δf of the residual that they made, the combination Δf γ closest to f is what
 * they explain of it: y ← y + f − (Δy + Δf) γ, with γ by weighted least squares (type II; on linear problems GMRES).
 * Far from the solution that may fail. Where the objective falls or the error grows much, the accelerated step is taken
 * back, the plain one is made instead, and the past is forgotten.
 *
 * @see Walker and Ni 2011, "Anderson acceleration for fixed-point iterations"
 */
export class Anderson {
  readonly #weights: Float64Array;
  readonly #memory: number;
  #changes: Change[] = [];
  #last: Visit | undefined;

  /**
   * @param weights - of the inner product, one for each number of y
   * @param memory - how many steps are remembered, at least one
   */
  constructor(weights: Float64Array, memory: number) {
    this.#weights = weights;
    this.#memory = Math.min(memory, weights.length);
  }

  /** Forgets the past. */
  clear(): void {
    this.#changes = [];
    this.#last = undefined;
  }

  /**
   * The step to make next.
   *
   * @param f - the residual here, which is what a plain step adds; it is kept
   * @param objective - what plain steps never lower
   * @param error - what should become 0
   */
  step(f: Float64Array, objective: number, error: number): Float64Array {
    const last = this.#last;
    if (last && last.step !== last.f && !isBetter(last, objective, error)) {
      this.clear();
      this.#last = { ...last, step: last.f };
      return last.f.map((value, j) => value - (last.step[j] as number));
    }
    if (last) this.#remember(last, f);
    const step = this.#changes.length === 0 ? f : this.#accelerated(f);
    this.#last = { f, step, objective, error };
    return step;
  }

  #dot(x: Float64Array, y: Float64Array): number {
    const weights = this.#weights;
    let sum = 0;
    for (let j = 0; j < x.length; j++)
      sum += (weights[j] as number) * (x[j] as number) * (y[j] as number);
    return sum;
  }

  #remember({ f: before, step }: Visit, f: Float64Array): void {
    const residual = f.map((value, j) => value - (before[j] as number));
    const length = Math.sqrt(this.#dot(residual, residual));
    if (!(length > 0)) return;
    const sum = residual.map((value, j) => (value + (step[j] as number)) / length);
    for (let j = 0; j < residual.length; j++) residual[j] = (residual[j] as number) / length;
    if (this.#changes.length === this.#memory) {
      this.#changes.shift();
      for (const change of this.#changes) change.products.shift();
    }
    const products = this.#changes.map((change) => this.#dot(change.residual, residual));
    this.#changes.push({ residual, sum, products });
  }

  /** The accelerated step, or f itself if that leads too far away. */
  #accelerated(f: Float64Array): Float64Array {
    const changes = this.#changes;
    const explained = changes.map(({ residual }) => this.#dot(residual, f));
    const gamma = solveUnitGram(
      changes.map(({ products }) => products),
      explained,
    );
    const step = f.slice();
    changes.forEach(({ sum }, k) => {
      const share = gamma[k] as number;
      for (let j = 0; j < step.length; j++)
        step[j] = (step[j] as number) - share * (sum[j] as number);
    });
    let most = 0;
    for (let j = 0; j < step.length; j++)
      most = Math.max(most, Math.abs((step[j] as number) - (f[j] as number)));
    if (most <= LARGEST) return step;
    this.clear();
    return f;
  }
}

function isBetter(last: Visit, objective: number, error: number): boolean {
  const slack = ROUNDING * (1 + Math.abs(objective));
  return objective >= last.objective - slack && error <= GROWTH * last.error;
}

/**
 * Solves (G + λI) x = y by Cholesky's factorisation, for a Gram matrix of vectors of length 1; λ grows until all pivots
 * are positive.
 *
 * @param below - the rows of G below its diagonal
 */
function solveUnitGram(below: readonly number[][], y: readonly number[]): number[] {
  for (let ridge = RIDGE; ; ridge *= 100) {
    const factor = choleskyOf(below, ridge);
    if (factor) return substitute(factor, y);
  }
}

function choleskyOf(below: readonly number[][], ridge: number): number[][] | undefined {
  const factor: number[][] = [];
  for (let i = 0; i < below.length; i++) {
    const row: number[] = [];
    let pivot = 1 + ridge;
    for (let j = 0; j < i; j++) {
      const other = factor[j] as number[];
      let entry = (below[i] as number[])[j] as number;
      for (let k = 0; k < j; k++) entry -= (row[k] as number) * (other[k] as number);
      entry /= other[j] as number;
      row.push(entry);
      pivot -= entry * entry;
    }
    if (!(pivot > ridge / 2)) return undefined;
    row.push(Math.sqrt(pivot));
    factor.push(row);
  }
  return factor;
}

function substitute(factor: readonly number[][], y: readonly number[]): number[] {
  const at = (i: number, j: number): number => (factor[i] as number[])[j] as number;
  const x = [...y];
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] as number) - at(i, k) * (x[k] as number);
    x[i] = (x[i] as number) / at(i, i);
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] = (x[i] as number) - at(k, i) * (x[k] as number);
    x[i] = (x[i] as number) / at(i, i);
  }
  return x;
}
