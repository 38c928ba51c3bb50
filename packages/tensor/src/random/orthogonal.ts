import type { TypedArray } from "../dtype";
import { ArgumentError } from "../errors";
import type { Aval, Primitive } from "../internal/primitive";
import { bind1 } from "../internal/trace";
import { batchLeading } from "../primitives/batching";
import { cast } from "../primitives/elementwise";
import { transpose } from "../primitives/movement";
import { sizeOf } from "../shape";
import type { Tensor } from "../tensor";
import { normal } from "./normal";
import { type FloatOptions, floatOf } from "./parameters";

const haarPrimitive: Primitive<Record<never, never>> = {
  name: "haar",
  shape: ([x]) => [x as Aval],
  batch: batchLeading(),
  host([x], [aval]) {
    const [n, m] = (aval as Aval).shape.slice(-2) as [number, number];
    const out = new Float64Array(sizeOf((aval as Aval).shape));
    for (let at = 0; at < out.length; at += n * m) {
      reflect((x as TypedArray).subarray(at, at + n * m), n, m, out.subarray(at, at + n * m));
    }
    return [out];
  },
};

/**
 * The first m ≤ n columns of a product of reflections, the k-th of which turns the part of column k of a normal
 * matrix from row k on to its axis.
 */
function reflect(x: TypedArray, n: number, m: number, q: Float64Array): void {
  const v = new Float64Array(n);
  const w = new Float64Array(m);
  for (let k = m - 1; k >= 0; k--) {
    let squares = 0;
    for (let i = k; i < n; i++) {
      v[i] = x[i * m + k] as number;
      squares += (v[i] as number) ** 2;
    }
    const first = v[k] as number;
    const sign = first < 0 ? -1 : 1;
    v[k] = first + sign * Math.sqrt(squares);
    const scale = 2 / (squares - first * first + (v[k] as number) ** 2);
    // Q holds the later reflections, and the identity in row and column k: Q −= scale v (vᵀQ). The sign of the
    // column makes the diagonal of the triangular factor positive, without which Q is not uniform.
    w.fill(0, k);
    q[k * m + k] = 1;
    for (let i = k; i < n; i++) {
      const t = v[i] as number;
      for (let j = k; j < m; j++) w[j] = (w[j] as number) + t * (q[i * m + j] as number);
    }
    for (let i = k; i < n; i++) {
      const t = scale * (v[i] as number);
      for (let j = k; j < m; j++) q[i * m + j] = (q[i * m + j] as number) - t * (w[j] as number);
      q[i * m + k] = -sign * (q[i * m + k] as number);
    }
  }
}

/**
 * A matrix uniform (by Haar's measure) among those with orthonormal columns, or rows if it is wide.
 *
 * @param n - rows
 * @param m - columns; default n
 * @returns [n, m]
 * @throws ArgumentError unless n and m are integers ≥ 0
 * @see Stewart 1980, "The efficient generation of random orthogonal matrices"
 */
export function orthogonal(
  key: Tensor,
  n: number,
  m: number = n,
  options: FloatOptions = {},
): Tensor {
  const dtype = floatOf("orthogonal", options);
  if (![n, m].every((d) => Number.isInteger(d) && d >= 0)) {
    throw new ArgumentError(
      `orthogonal: expected whole numbers of rows and columns; got ${n} and ${m}`,
      { n, m },
    );
  }
  const x = normal(key, [Math.max(n, m), Math.min(n, m)], { dtype: "f64" });
  const q = cast(bind1(haarPrimitive, [x], {}), dtype);
  return n >= m ? q : transpose(q, [1, 0]);
}
