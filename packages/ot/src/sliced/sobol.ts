import { ArgumentError } from "@x/tensor";
import { sobolNumbers } from "./sobol-numbers";

/** Dimensions for which there are direction numbers. */
const sobolDimensions = 128;

const bits = 32;

/** Direction numbers v_1 … v_32 of one dimension, scaled by 2^32. */
function directionNumbers(row: string | undefined): Uint32Array {
  const v = new Uint32Array(bits);
  if (row === undefined) {
    // The first dimension is van der Corput's sequence.
    for (let k = 0; k < bits; k++) v[k] = 2 ** (31 - k);
    return v;
  }
  const [polynomial = 1, ...initial] = row.split(",").map(Number);
  const degree = initial.length;
  for (let k = 0; k < bits; k++) {
    if (k < degree) {
      v[k] = (initial[k] as number) * 2 ** (31 - k);
      continue;
    }
    const first = v[k - degree] as number;
    let value = first ^ (first >>> degree);
    for (let i = 1; i < degree; i++) {
      if ((polynomial >>> (degree - i)) & 1) value ^= v[k - i] as number;
    }
    v[k] = value >>> 0;
  }
  return v;
}

/**
 * The first points of Sobol's sequence in the unit cube, in the order of Gray's code, each moved to the middle of its
 * cell: half the spacing 2^−⌈log₂ count⌉ is added to every coordinate, so that none is 0.
 *
 * @param count - ≥ 1
 * @param d - 1 … 128
 * @returns [count, d]
 * @throws ArgumentError for more dimensions
 * @see Joe & Kuo 2008, "Constructing Sobol sequences with better two-dimensional projections"
 */
export function sobol(count: number, d: number): Float64Array {
  if (d > sobolDimensions) {
    throw new ArgumentError(
      `sobol: expected at most ${sobolDimensions} dimensions; got ${d}; use other directions, such as orthogonal ones`,
      { d },
    );
  }
  const rows = sobolNumbers.split(" ");
  const numbers = Array.from({ length: d }, (_, k) =>
    directionNumbers(k === 0 ? undefined : rows[k - 1]),
  );
  const half = 0.5 / 2 ** Math.ceil(Math.log2(count));
  const out = new Float64Array(count * d);
  const state = new Uint32Array(d);
  for (let i = 0; i < count; i++) {
    // Step i changes the bit at the lowest zero of i − 1.
    const bit = i === 0 ? -1 : 31 - Math.clz32(i & -i);
    for (let k = 0; k < d; k++) {
      if (bit >= 0) state[k] = (state[k] as number) ^ ((numbers[k] as Uint32Array)[bit] as number);
      out[i * d + k] = (state[k] as number) / 2 ** 32 + half;
    }
  }
  return out;
}
