import { RotationChain, turnRows } from "./rotations";

/** Rows that take part in rotations: singular vectors, transposed. */
export interface VectorRows {
  readonly rows: Float64Array;
  readonly length: number;
}

const epsilon = 2 ** -52;

/** Below this a number is as good as 0 beside one of size 1. */
const tiny = 2 ** -966;

/**
 * Singular values of an upper bidiagonal matrix by implicit QR steps, in descending order.
 *
 * @param d - the diagonal, overwritten
 * @param e - the elements right of it, overwritten
 * @param left - rows that become left singular vectors
 * @param right - rows that become right ones
 * @returns undefined if a value took more than 75 steps
 * @see Golub & Reinsch 1970; the order of the tests as in LINPACK's dsvdc
 */
export function diagonalize(
  d: Float64Array,
  e: Float64Array,
  n: number,
  left: VectorRows | undefined,
  right: VectorRows | undefined,
): { readonly s: Float64Array } | undefined {
  const lefts = new RotationChain(n);
  const rights = new RotationChain(n);
  const turn = (
    chain: RotationChain,
    on: VectorRows | undefined,
    row: number,
    direction: 1 | -1,
  ) => (on === undefined ? chain.clear() : chain.apply(on.rows, on.length, row, direction));

  for (let end = n, steps = 0; end > 0; ) {
    // The block k … end − 1 is what has no negligible element above the diagonal.
    let k = end - 1;
    for (; k > 0; k--) {
      const near = Math.abs(d[k - 1] as number) + Math.abs(d[k] as number);
      if (Math.abs(e[k - 1] as number) <= tiny + epsilon * near) {
        e[k - 1] = 0;
        break;
      }
    }
    if (k === end - 1) {
      settle(d, k, right);
      end--;
      steps = 0;
      continue;
    }
    const zero = negligible(d, e, k, end);
    if (zero === end - 1) {
      d[zero] = 0;
      chaseUp(d, e, k, end, right);
    } else if (zero >= 0) {
      d[zero] = 0;
      chaseAlong(d, e, zero, end, left);
    } else {
      if (steps++ === 75) return undefined;
      step(d, e, k, end, lefts, rights);
      turn(rights, right, k, 1);
      turn(lefts, left, k, 1);
    }
  }
  sortDescending(d, n, left, right);
  return { s: d };
}

/** The last diagonal element of the block that is negligible beside its neighbours; −1: none. */
function negligible(d: Float64Array, e: Float64Array, k: number, end: number): number {
  for (let i = end - 1; i >= k; i--) {
    const near =
      (i < end - 1 ? Math.abs(e[i] as number) : 0) + (i > k ? Math.abs(e[i - 1] as number) : 0);
    if (Math.abs(d[i] as number) <= tiny + epsilon * near) return i;
  }
  return -1;
}

/** Makes a singular value positive. */
function settle(d: Float64Array, k: number, right: VectorRows | undefined): void {
  const value = d[k] as number;
  if (!(value < 0 || Object.is(value, -0))) return;
  d[k] = -value;
  if (right === undefined) return;
  const { rows, length } = right;
  for (let i = k * length; i < (k + 1) * length; i++) rows[i] = -(rows[i] as number);
}

/** Mixes two rows: row i becomes c x + s y, row j becomes c y − s x. */
function rotateRows(on: VectorRows | undefined, i: number, j: number, c: number, s: number): void {
  if (on !== undefined) turnRows(on.rows, i * on.length, on.length, (j - i) * on.length, c, s);
}

/** Cosine, sine and length of the turn that maps (f, g) to (r, 0). */
function turnOf(f: number, g: number): readonly [c: number, s: number, r: number] {
  const r = Math.sqrt(f * f + g * g);
  return r === 0 ? [1, 0, 0] : [f / r, g / r, r];
}

/** The last diagonal element of the block is 0: turns the element above it away to the left. */
function chaseUp(
  d: Float64Array,
  e: Float64Array,
  k: number,
  end: number,
  right: VectorRows | undefined,
): void {
  let f = e[end - 2] as number;
  e[end - 2] = 0;
  for (let j = end - 2; j >= k; j--) {
    const [c, s, r] = turnOf(d[j] as number, f);
    d[j] = r;
    if (j > k) {
      f = -s * (e[j - 1] as number);
      e[j - 1] = c * (e[j - 1] as number);
    }
    rotateRows(right, j, end - 1, c, s);
  }
}

/** Diagonal element `zero` is 0: turns the element right of it away downwards. */
function chaseAlong(
  d: Float64Array,
  e: Float64Array,
  zero: number,
  end: number,
  left: VectorRows | undefined,
): void {
  let f = e[zero] as number;
  e[zero] = 0;
  for (let j = zero + 1; j < end; j++) {
    const [c, s, r] = turnOf(d[j] as number, f);
    d[j] = r;
    f = -s * (e[j] as number);
    e[j] = c * (e[j] as number);
    rotateRows(left, j, zero, c, s);
  }
}

/** One implicit QR step on the block k … end − 1, shifted by an eigenvalue of its lower corner. */
function step(
  d: Float64Array,
  e: Float64Array,
  k: number,
  end: number,
  lefts: RotationChain,
  rights: RotationChain,
): void {
  let [f, g] = firstTurn(d, e, k, end);
  for (let j = k; j < end - 1; j++) {
    let [c, s, r] = turnOf(f, g);
    if (j > k) e[j - 1] = r;
    const [dj, ej, dn] = [d[j] as number, e[j] as number, d[j + 1] as number];
    f = c * dj + s * ej;
    const over = c * ej - s * dj;
    g = s * dn;
    const down = c * dn;
    rights.push(c, s);
    [c, s, r] = turnOf(f, g);
    d[j] = r;
    f = c * over + s * down;
    d[j + 1] = c * down - s * over;
    g = s * (e[j + 1] as number);
    e[j + 1] = c * (e[j + 1] as number);
    lefts.push(c, s);
  }
  e[end - 2] = f;
}

/** The vector that the first turn of a shifted step maps to an axis. */
function firstTurn(
  d: Float64Array,
  e: Float64Array,
  k: number,
  end: number,
): [f: number, g: number] {
  const parts = [d[end - 1], d[end - 2], e[end - 2], d[k], e[k]] as number[];
  const scale = parts.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  const [last, before, beside, first, next] = parts.map((x) => x / scale) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const b = ((before + last) * (before - last) + beside * beside) / 2;
  const c = (last * beside) ** 2;
  const root = Math.sqrt(b * b + c);
  const shift = root === 0 ? 0 : c / (b + (b < 0 ? -root : root));
  return [(first + last) * (first - last) + shift, first * next];
}

function sortDescending(
  d: Float64Array,
  n: number,
  left: VectorRows | undefined,
  right: VectorRows | undefined,
): void {
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => (d[j] as number) - (d[i] as number),
  );
  const values = d.slice();
  order.forEach((from, to) => {
    d[to] = values[from] as number;
  });
  for (const on of [left, right]) {
    if (on === undefined) continue;
    const { rows, length } = on;
    const before = rows.slice(0, n * length);
    order.forEach((from, to) => {
      if (from !== to) rows.set(before.subarray(from * length, (from + 1) * length), to * length);
    });
  }
}
