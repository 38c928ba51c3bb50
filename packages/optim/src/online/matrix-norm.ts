import { tensor } from "@x/tensor";
import { inv } from "@x/tensor/linalg";
import type { Domain } from "./domains";

/** A norm √(xᵀHx) with H positive definite, and H⁻¹ beside it. */
export class MatrixNorm {
  readonly #h: Float64Array[];
  readonly #inverse: Float64Array[];
  /** Lower bound of the eigenvalues, which only grow. */
  readonly #least: number;

  private constructor(h: Float64Array[], inverse: Float64Array[], least: number) {
    this.#h = h;
    this.#inverse = inverse;
    this.#least = least;
  }

  /** H = cI. */
  static scaledIdentity(dimension: number, c: number): MatrixNorm {
    const diagonal = (value: number): Float64Array[] =>
      Array.from({ length: dimension }, (_, i) => {
        const row = new Float64Array(dimension);
        row[i] = value;
        return row;
      });
    return new MatrixNorm(diagonal(c), diagonal(1 / c), c);
  }

  /** H from its rows. */
  static fromRows(rows: readonly (readonly number[])[], least = 1): MatrixNorm {
    const inverse = inv(tensor(rows, { dtype: "f64" })).toArray() as number[][];
    return new MatrixNorm(
      rows.map((row) => Float64Array.from(row)),
      inverse.map((row) => Float64Array.from(row)),
      least,
    );
  }

  /** H as plain numbers. */
  rows(): number[][] {
    return this.#h.map((row) => [...row]);
  }

  /** H⁻¹g. */
  solve(g: Float64Array): Float64Array {
    return multiply(this.#inverse, g);
  }

  /** H ← H + c·ggᵀ; the inverse follows by the formula of Sherman and Morrison. */
  addOuter(g: Float64Array, c: number): void {
    const u = this.solve(g);
    const scale = c / (1 + c * dot(g, u));
    addTo(this.#h, g, c);
    addTo(this.#inverse, u, -scale);
  }

  /** The point of a domain that is nearest in this norm, by accelerated projected gradients. */
  project(y: Float64Array, domain: Domain): Float64Array {
    let x = domain.project(y);
    if (dot(x, y) === dot(y, y) && x.every((v, i) => v === y[i])) return x;
    const top = this.#h.reduce((most, row) => Math.max(most, absoluteSum(row)), 0);
    const ratio = Math.sqrt(this.#least / top);
    const momentum = (1 - ratio) / (1 + ratio);
    let z = x;
    for (let i = 0; i < 10_000; i++) {
      const slope = multiply(
        this.#h,
        z.map((v, k) => v - (y[k] as number)),
      );
      const next = domain.project(z.map((v, k) => v - (slope[k] as number) / top));
      const moved = next.map((v, k) => v - (x[k] as number));
      z = next.map((v, k) => v + momentum * (moved[k] as number));
      x = next;
      if (absoluteSum(moved) <= 1e-14 * (1 + absoluteSum(x))) break;
    }
    return x;
  }
}

const dot = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, v, i) => sum + v * (y[i] as number), 0);

const absoluteSum = (x: Float64Array): number => x.reduce((sum, v) => sum + Math.abs(v), 0);

const multiply = (rows: readonly Float64Array[], x: Float64Array): Float64Array =>
  Float64Array.from(rows, (row) => dot(row, x));

function addTo(rows: readonly Float64Array[], u: Float64Array, c: number): void {
  rows.forEach((row, i) => {
    const factor = c * (u[i] as number);
    u.forEach((v, j) => {
      row[j] = (row[j] as number) + factor * v;
    });
  });
}
