import { ArgumentError, type Tensor, tensor } from "@x/tensor";
import type { Matrix } from "../internal/read";

const most = 10_000;

/** Non-decreasing lists of `degree` coordinates: one for each monomial. */
function exponents(d: number, degree: number): number[][] {
  let lists: number[][] = [[]];
  for (let k = 0; k < degree; k++) {
    lists = lists.flatMap((list) =>
      Array.from({ length: d - (list.at(-1) ?? 0) }, (_, i) => [...list, (list.at(-1) ?? 0) + i]),
    );
  }
  return lists;
}

/** How many monomials of a degree there are in d variables: C(d + degree − 1, degree). */
function countOf(d: number, degree: number): number {
  let count = 1;
  for (let k = 1; k <= degree; k++) count = (count * (d + k - 1)) / k;
  return Math.round(count);
}

/**
 * All monomials of one degree of each point, f64 [n, C(d + degree − 1, degree)], in lexicographic order.
 *
 * @throws ArgumentError for more than 10 000 of them
 */
export function monomials(
  operation: string,
  { data, rows, columns: d }: Matrix,
  degree: number,
): Tensor {
  const count = countOf(d, degree);
  if (count > most) {
    throw new ArgumentError(
      `${operation}: expected at most ${most} monomials; degree ${degree} in ${d} dimensions has ${count}; lower the degree`,
      { degree, d },
    );
  }
  const lists = exponents(d, degree);
  const out = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) {
    lists.forEach((list, c) => {
      out[i * count + c] = list.reduce((product, k) => product * (data[i * d + k] as number), 1);
    });
  }
  return tensor(out, { shape: [rows, count], copy: false });
}
