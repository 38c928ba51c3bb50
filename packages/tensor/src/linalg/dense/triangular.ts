import { type Block, type Products, withProducts } from "./products";

const blockSize = 64;

/** Which triangle of a matrix counts, and whether its diagonal is taken to be ones. */
export interface Triangle {
  readonly lower: boolean;
  readonly unitDiagonal: boolean;
}

/**
 * Replaces B by the solution of T X = B.
 *
 * @param t - n × n, row-major; the other triangle is not read
 * @param b - n × k, row-major
 * @returns the first row whose diagonal element is 0, if there is one: B is not solved then
 */
export function solveTriangularInPlace(
  t: Float64Array,
  n: number,
  b: Float64Array,
  k: number,
  { lower, unitDiagonal }: Triangle,
): number | undefined {
  if (!unitDiagonal) {
    for (let i = 0; i < n; i++) if (t[i * n + i] === 0) return i;
  }
  withProducts((products) => {
    const blocks = Math.ceil(n / blockSize);
    for (let step = 0; step < blocks; step++) {
      const from = (lower ? step : blocks - 1 - step) * blockSize;
      const to = Math.min(n, from + blockSize);
      const known = lower ? ([0, from] as const) : ([to, n] as const);
      if (known[0] < known[1]) takeOff(products, t, n, b, k, from, to, known);
      if (lower) forward(t, n, b, k, from, to, unitDiagonal);
      else backward(t, n, b, k, from, to, unitDiagonal);
    }
  });
  return undefined;
}

/** Takes what is known of X off the right-hand sides of rows `from` … `to`. */
function takeOff(
  products: Products,
  t: Float64Array,
  n: number,
  b: Float64Array,
  k: number,
  from: number,
  to: number,
  [first, last]: readonly [number, number],
): void {
  const target: Block = { data: b, offset: from * k, rows: to - from, columns: k, stride: k };
  const factors: Block = {
    data: t,
    offset: from * n + first,
    rows: to - from,
    columns: last - first,
    stride: n,
  };
  const solved: Block = { data: b, offset: first * k, rows: last - first, columns: k, stride: k };
  products.subtract(target, factors, solved);
}

/** b[i] −= factor · b[j] for rows of length k. */
function axpy(b: Float64Array, k: number, i: number, j: number, factor: number): void {
  if (factor === 0) return;
  for (let p = i * k, q = j * k; p < (i + 1) * k; p++, q++) {
    b[p] = (b[p] as number) - factor * (b[q] as number);
  }
}

function divide(b: Float64Array, k: number, i: number, divisor: number): void {
  for (let p = i * k; p < (i + 1) * k; p++) b[p] = (b[p] as number) / divisor;
}

function forward(
  t: Float64Array,
  n: number,
  b: Float64Array,
  k: number,
  from: number,
  to: number,
  unit: boolean,
): void {
  for (let i = from; i < to; i++) {
    for (let j = from; j < i; j++) axpy(b, k, i, j, t[i * n + j] as number);
    if (!unit) divide(b, k, i, t[i * n + i] as number);
  }
}

function backward(
  t: Float64Array,
  n: number,
  b: Float64Array,
  k: number,
  from: number,
  to: number,
  unit: boolean,
): void {
  for (let i = to - 1; i >= from; i--) {
    for (let j = i + 1; j < to; j++) axpy(b, k, i, j, t[i * n + j] as number);
    if (!unit) divide(b, k, i, t[i * n + i] as number);
  }
}
