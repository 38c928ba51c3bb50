import type { Products } from "./products";

const blockSize = 32;

/**
 * Turns a vector x into a Householder reflector I − τ v vᵀ that maps x to (β, 0, …, 0), β having the sign
 * opposite to that of the first element.
 *
 * The first element is replaced by β and the others by those of v, whose first element is 1.
 *
 * @param stride - from one element of x to the next
 * @returns τ; 0 if x has that form already
 */
export function reflector(
  data: Float64Array,
  start: number,
  stride: number,
  length: number,
): number {
  const end = start + length * stride;
  let scale = 0;
  for (let i = start + stride; i < end; i += stride) {
    scale = Math.max(scale, Math.abs(data[i] as number));
  }
  if (scale === 0) return 0;
  scale = Math.max(scale, Math.abs(data[start] as number));
  // Subnormal numbers have too few digits for v to be of unit length: lift them first.
  const lift = scale < 2 ** -960 ? 2 ** 960 : 1;
  let squares = 0;
  for (let i = start; i < end; i += stride) {
    squares += ((data[i] as number) / scale) ** 2;
    data[i] = (data[i] as number) * lift;
  }
  const alpha = data[start] as number;
  const norm = scale * lift * Math.sqrt(squares);
  const beta = alpha > 0 ? -norm : norm;
  const divisor = alpha - beta;
  for (let i = start + stride; i < end; i += stride) data[i] = (data[i] as number) / divisor;
  data[start] = beta / lift;
  return (beta - alpha) / beta;
}

/** Reflectors as they lie in the matrix they were made of. */
export interface Reflectors {
  readonly data: Float64Array;
  /** Length of the vectors that they act on. */
  readonly length: number;
  readonly taus: Float64Array;
  /** Steps from an element of a reflector to the next, and from a reflector to the next. */
  readonly elementStride: number;
  readonly reflectorStride: number;
  /** Reflector j has its 1 at element j + shift. */
  readonly shift: number;
}

/** A product of some reflectors as I − V T Vᵀ, acting on elements from `first` on. */
interface Panel {
  readonly first: number;
  readonly rows: number;
  readonly width: number;
  readonly v: Float64Array;
  readonly t: Float64Array;
}

/**
 * Multiplies C by Q = H₀ H₁ … or by its transpose, panel by panel.
 *
 * @param c - row-major, one row for each element of the reflectors' vectors
 * @param columns - of c
 * @param triangular - C is zero below the rows that each panel starts with, up to its own column: as the
 *   identity is, from which Q is formed
 */
export function applyReflectors(
  products: Products,
  reflectors: Reflectors,
  c: Float64Array,
  columns: number,
  transposed: boolean,
  triangular = false,
): void {
  const count = reflectors.taus.length;
  const panels = Math.ceil(count / blockSize);
  for (let step = 0; step < panels; step++) {
    const index = transposed ? step : panels - 1 - step;
    const from = index * blockSize;
    const panel = panelOf(products, reflectors, from, Math.min(count, from + blockSize));
    applyPanel(products, panel, c, columns, triangular ? panel.first : 0, transposed);
  }
}

/** The first `columns` columns of Q. */
export function formQ(products: Products, reflectors: Reflectors, columns: number): Float64Array {
  const q = new Float64Array(reflectors.length * columns);
  for (let i = 0; i < Math.min(reflectors.length, columns); i++) q[i * columns + i] = 1;
  applyReflectors(products, reflectors, q, columns, false, true);
  return q;
}

/** @see Schreiber & van Loan 1989, "A storage-efficient WY representation for products of Householder transformations" */
function panelOf(products: Products, r: Reflectors, from: number, to: number): Panel {
  const width = to - from;
  const first = from + r.shift;
  const rows = r.length - first;
  const v = new Float64Array(rows * width);
  for (let j = 0; j < width; j++) {
    if (j < rows) v[j * width + j] = 1;
    const base = (from + j) * r.reflectorStride + first * r.elementStride;
    for (let i = j + 1; i < rows; i++)
      v[i * width + j] = r.data[base + i * r.elementStride] as number;
  }
  const block = { data: v, offset: 0, rows, columns: width, stride: width };
  const gram = products.multiply({ ...block, transposed: true }, block);
  const t = new Float64Array(width * width);
  for (let j = 0; j < width; j++) {
    const tau = r.taus[from + j] as number;
    t[j * width + j] = tau;
    for (let i = 0; i < j; i++) {
      let s = 0;
      for (let k = i; k < j; k++)
        s += (t[i * width + k] as number) * (gram[k * width + j] as number);
      t[i * width + j] = -tau * s;
    }
  }
  return { first, rows, width, v, t };
}

function applyPanel(
  products: Products,
  { first, rows, width, v, t }: Panel,
  c: Float64Array,
  columns: number,
  fromColumn: number,
  transposed: boolean,
): void {
  const n = columns - fromColumn;
  if (n <= 0 || rows <= 0) return;
  const target = {
    data: c,
    offset: first * columns + fromColumn,
    rows,
    columns: n,
    stride: columns,
  };
  const left = { data: v, offset: 0, rows, columns: width, stride: width };
  const inner = products.multiply({ ...left, transposed: true }, target);
  const factor = { data: t, offset: 0, rows: width, columns: width, stride: width, transposed };
  const mixed = { data: inner.slice(), offset: 0, rows: width, columns: n, stride: n };
  const weights = products.multiply(factor, mixed).slice();
  products.subtract(target, left, { ...mixed, data: weights });
}

/**
 * Applies one reflector to the rows of a matrix from the left: A −= τ v (vᵀ A).
 *
 * @param v - where v lies in `data`; its first element is taken to be 1
 * @param work - at least `lastColumn` numbers
 */
export function reflectRows(
  a: Float64Array,
  n: number,
  firstRow: number,
  lastRow: number,
  firstColumn: number,
  lastColumn: number,
  v: { readonly start: number; readonly stride: number },
  tau: number,
  work: Float64Array,
): void {
  if (tau === 0 || firstColumn >= lastColumn) return;
  for (let j = firstColumn; j < lastColumn; j++) work[j] = a[firstRow * n + j] as number;
  for (let i = firstRow + 1; i < lastRow; i++) {
    const x = a[v.start + (i - firstRow) * v.stride] as number;
    const row = i * n;
    for (let j = firstColumn; j < lastColumn; j++)
      work[j] = (work[j] as number) + x * (a[row + j] as number);
  }
  for (let i = firstRow; i < lastRow; i++) {
    const x = tau * (i === firstRow ? 1 : (a[v.start + (i - firstRow) * v.stride] as number));
    const row = i * n;
    for (let j = firstColumn; j < lastColumn; j++)
      a[row + j] = (a[row + j] as number) - x * (work[j] as number);
  }
}
