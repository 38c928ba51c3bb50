import { ShapeError } from "../errors";
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
