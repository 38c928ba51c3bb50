import { ArgumentError, ShapeError } from "../errors";
import { broadcastInDim } from "../primitives/movement";
import { showShape } from "../shape";
import type { Tensor, TensorLike } from "../tensor";
import { unifyAll } from "./promote";

/** Order of the axes of {@link meshgrid}. */
export interface MeshgridOptions {
  /** "xy" (default): the first coordinate runs along axis 1; "ij": along axis 0. */
  readonly indexing?: "xy" | "ij";
}

/**
 * Coordinates of a grid: one tensor for each vector, that vector repeated along all other axes. No copy.
 *
 * @param xs - vectors of lengths n₀, n₁, …
 * @returns tensors of shape [n₀, n₁, …] for "ij", [n₁, n₀, …] for "xy"
 * @throws ShapeError when an operand is not a vector
 */
export function meshgrid(xs: readonly TensorLike[], options: MeshgridOptions = {}): Tensor[] {
  const { indexing = "xy" } = options;
  if (indexing !== "xy" && indexing !== "ij") {
    throw new ArgumentError(
      `meshgrid: expected indexing "xy" or "ij"; got ${JSON.stringify(indexing)}`,
      { indexing },
    );
  }
  const vectors = unifyAll("meshgrid", xs);
  vectors.forEach((x, i) => {
    if (x.shape.length !== 1) {
      throw new ShapeError(
        `meshgrid: expected vectors; operand ${i} has shape ${showShape(x.shape)}; ravel it first`,
        { shape: x.shape, operand: i },
      );
    }
  });
  const axisOf = (i: number): number =>
    indexing === "xy" && i < 2 && vectors.length > 1 ? 1 - i : i;
  const shape = vectors.map((_, i) => (vectors[axisOf(i)] as Tensor).shape[0] as number);
  return vectors.map((x, i) => broadcastInDim(x, shape, [axisOf(i)]));
}
