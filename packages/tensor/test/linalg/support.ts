import fc from "fast-check";
import { expect } from "vitest";
import { eye, type Tensor, tensor } from "../../src/index";
import { key, normal } from "../../src/random";

/** Matrices of normal numbers. */
export const randomMatrix = (
  shape: readonly number[],
  seed = 0,
  dtype: "f32" | "f64" = "f64",
): Tensor => normal(key(seed), shape, { dtype });

/** Symmetric positive definite matrices, condition numbers of about 10 … 100. */
export function randomDefinite(shape: readonly number[], seed = 0): Tensor {
  const a = randomMatrix(shape, seed);
  const n = shape.at(-1) as number;
  return a.matmul(a.swapAxes(-1, -2)).add(eye(n, n, { dtype: "f64" }).mul(n / 4 + 0.5));
}

/** Symmetric matrices. */
export function randomSymmetric(shape: readonly number[], seed = 0): Tensor {
  const a = randomMatrix(shape, seed);
  return a.add(a.swapAxes(-1, -2));
}

/** Hilbert's matrix 1 / (i + j + 1): positive definite, with a condition number of e^(3.5 n). */
export const hilbert = (n: number): Tensor =>
  tensor(
    Float64Array.from({ length: n * n }, (_, i) => 1 / (Math.floor(i / n) + (i % n) + 1)),
    { shape: [n, n] },
  );

/** Aᵀ. */
export const turned = (a: Tensor): Tensor => a.swapAxes(-1, -2);

/** Checks that the columns are orthonormal to `ulps` n ε. */
export function expectOrthonormal(q: Tensor, ulps = 20): void {
  const n = q.shape.at(-1) as number;
  const gap = turned(q)
    .matmul(q)
    .sub(eye(n, n, { dtype: q.dtype }));
  expectSmall(gap, ulps * Math.max(1, q.shape.at(-2) as number) * epsilonOf(q));
}

const epsilonOf = (x: Tensor): number => (x.dtype === "f64" ? 2 ** -52 : 2 ** -23);

/** Checks that all elements are at most `bound` in size. */
export function expectSmall(x: Tensor, bound: number): void {
  if (x.size > 0) expect(x.abs().max().item()).toBeLessThanOrEqual(bound);
}

/** Checks that products reproduce a matrix to `ulps` · n · ε of its largest element. */
export function expectSame(product: Tensor, a: Tensor, ulps = 20): void {
  expect(product.shape).toEqual(a.shape);
  if (a.size === 0) return;
  const length = Math.max(...a.shape.slice(-2));
  const scale = Math.max(a.abs().max().item(), 1e-300);
  expectSmall(product.sub(a), ulps * length * scale * epsilonOf(a));
}

/** Numbers of rows and columns up to 70, beyond the sizes of blocks, with an emphasis on small ones. */
export const lengths: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: 7, max: 70 }) },
);

/** Seeds of matrices. */
export const seeds: fc.Arbitrary<number> = fc.nat(2 ** 30);

/** How often properties on generated matrices are tried. */
export const runs = { numRuns: 40, seed: 1 } as const;
