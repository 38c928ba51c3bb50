import { tensor } from "@x/tensor";

/** Products of two numbers that plain loops do in the time in which an operation on tensors begins. */
const FEW = 1 << 14;

/** How much slower plain loops are than a product of tensors. */
const SLOWER = 12;

/**
 * The product of matrices in C order, A [n, k] and B [k, m].
 *
 * Zeros of A cost nothing where they are many, as in the plans at the ends of conditional gradients' steps.
 */
export function multiply(A: Float64Array, B: Float64Array, k: number): Float64Array {
  const [n, m] = [A.length / k, B.length / k];
  let terms = 0;
  for (let i = 0; i < A.length; i++) if (A[i] !== 0) terms += m;
  if (terms > Math.max(FEW, (n * k * m) / SLOWER)) {
    const [left, right] = [
      tensor(A, { shape: [n, k], copy: false }),
      tensor(B, { shape: [k, m], copy: false }),
    ];
    return left.matmul(right).dataSync() as Float64Array;
  }
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let l = 0; l < k; l++) addRow(out, i * m, A[i * k + l] as number, B, l * m, m);
  return out;
}

/** Adds a multiple of one row to another. */
function addRow(
  out: Float64Array,
  to: number,
  factor: number,
  B: Float64Array,
  from: number,
  length: number,
): void {
  if (factor === 0) return;
  for (let j = 0; j < length; j++)
    out[to + j] = (out[to + j] as number) + factor * (B[from + j] as number);
}

/** The transpose of a matrix with rows of `columns` elements. */
export function transpose(A: Float64Array, columns: number): Float64Array {
  const rows = A.length / columns;
  const out = new Float64Array(A.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) out[j * rows + i] = A[i * columns + j] as number;
  return out;
}
