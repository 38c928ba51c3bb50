import { ArgumentError, ShapeError } from "../errors";
import { transposed } from "../linalg/matrices";
import { qr } from "../linalg/qr";
import { where } from "../ops/compare";
import { norm } from "../ops/reduce";
import type { Shape } from "../shape";
import type { Tensor } from "../tensor";
import { type Draw, fused } from "./fused";
import { normal } from "./normal";
import { type FloatDType, type FloatOptions, floatOf } from "./parameters";

const sphere: Draw = fused("unitSphere", (key, shape, dtype) => {
  const x = normal(key, shape, { dtype: dtype as FloatDType });
  const length = norm(x, -1, { keepDims: true });
  // In one dimension a normal number may round to 0.
  const lost = length.equal(0);
  const axis = 1 / Math.sqrt(shape.at(-1) as number);
  return where(lost, axis, x.div(where(lost, 1, length)));
});

/**
 * Directions: points uniform on the sphere of radius 1.
 *
 * @param shape - of the result, the coordinates along its last axis
 * @throws ShapeError when there is no axis
 * @see Muller 1959, "A note on a method for generating points uniformly on n-dimensional spheres"
 */
export function unitSphere(key: Tensor, shape: Shape, options: FloatOptions = {}): Tensor {
  if (shape.length === 0) {
    throw new ShapeError(
      "unitSphere: expected a shape whose last axis holds the coordinates; got []",
      { shape },
    );
  }
  return sphere(key, shape, floatOf("unitSphere", options));
}

/**
 * A matrix uniform (by Haar's measure) among those with orthonormal columns, or rows if it is wide.
 *
 * @param n - rows
 * @param m - columns; default n
 * @returns [n, m]
 * @throws ArgumentError unless n and m are integers ≥ 0
 * @see Stewart 1980; Mezzadri 2007, "How to generate random matrices from the classical compact groups"
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
  // Q alone would depend on the signs that QR chooses; a positive diagonal of R takes that away.
  const { q } = qr(normal(key, [Math.max(n, m), Math.min(n, m)], { dtype }));
  return n >= m ? q : transposed(q);
}
